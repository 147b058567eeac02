# SPDX-License-Identifier: MIT
"""The difference between two versions of a file, as ``diff -u`` shows it."""

from __future__ import annotations

import sys
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, TextIO

from criulint.cli.streams import write_safe
from criulint.report.terminal import BOLD, CYAN, GREEN, RED, style_for
from criulint.source import decode, lines_with_ends
from criulint.text import escape, make_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# How many lines may differ before difflib is avoided: its time can grow with their square.
_MAX_COMPARED = 2000

# How many lines name the file, and the ANSI codes of the others by their first character.
_HEAD = 2
_COLOURS = {"-": RED, "+": GREEN, "@": CYAN}

_Change = tuple[str, int, int, int, int]


def print_diff(
    path: str, before: bytes, after: bytes, colour: str = "auto", stream: TextIO | None = None
) -> bool:
    """Print the difference; return whether it is the exact one, which ``patch`` can apply.

    It is not if the file contains characters that would control a terminal or a CI system. `colour`
    is the value of ``--color``. Without a `stream` it goes to standard output.
    """
    stream = stream or sys.stdout
    exact = True
    style = style_for(stream, colour)
    for number, line in enumerate(_diff_lines(path, decode(before), decode(after))):
        shown = line[:1] + make_safe(line[1:-1]) + line[-1:]
        if line[:1] in " +-" and make_safe(line) != line:
            exact = False
        code = _COLOURS.get(line[:1], "") if number >= _HEAD else BOLD
        write_safe(stream, style.paint(shown[:-1], code) + shown[-1:])
    return exact


def _diff_lines(path: str, before: str, after: str) -> Iterator[str]:
    old, new = lines_with_ends(before), lines_with_ends(after)
    groups = list(_groups(old, new))
    if groups:
        yield f"--- {escape(path)}\n"
        yield f"+++ {escape(path)}\n"
    for group in groups:
        _, first, _, first_new, _ = group[0]
        _, _, last, _, last_new = group[-1]
        yield f"@@ -{_range(first, last)} +{_range(first_new, last_new)} @@\n"
        for kind, start, end, start_new, end_new in group:
            if kind == "equal":
                yield from _mark_lines(" ", old[start:end])
            else:
                yield from _mark_lines("-", old[start:end])
                yield from _mark_lines("+", new[start_new:end_new])


def _mark_lines(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if line.endswith("\n"):
            yield mark + line
        else:
            yield f"{mark}{line}\n"
            yield "\\ No newline at end of file\n"


def _range(start: int, end: int) -> str:
    count = end - start
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"


class _KnownChanges(SequenceMatcher[str]):
    """A matcher whose changes are already known, which groups them into hunks."""

    def __init__(self, changes: list[Any]) -> None:
        super().__init__()
        self._changes = changes

    def get_opcodes(self) -> list[Any]:
        return self._changes


def _groups(old: Sequence[str], new: Sequence[str]) -> Iterable[list[_Change]]:
    """Return the hunks, each as changes of `SequenceMatcher`."""
    return _KnownChanges(list(_changes(old, new))).get_grouped_opcodes()


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[_Change]:
    shorter = min(len(old), len(new))
    begin = next((index for index in range(shorter) if old[index] != new[index]), shorter)
    limit = shorter - begin
    tail = next((count for count in range(limit) if old[-1 - count] != new[-1 - count]), limit)
    end, end_new = len(old) - tail, len(new) - tail
    if begin:
        yield "equal", 0, begin, 0, begin
    if max(end, end_new) - begin <= _MAX_COMPARED:
        matcher = SequenceMatcher(None, old[begin:end], new[begin:end_new])
        for kind, *bounds in matcher.get_opcodes():
            start, stop, start_new, stop_new = (begin + bound for bound in bounds)
            yield kind, start, stop, start_new, stop_new
    elif end == end_new:
        yield from _line_by_line(old, new, begin, end)
    else:
        yield "replace", begin, end, begin, end_new
    if tail:
        yield "equal", end, len(old), end_new, len(new)


def _line_by_line(
    old: Sequence[str], new: Sequence[str], begin: int, end: int
) -> Iterator[_Change]:
    """Yield the changes between as many lines as before."""
    start = begin
    while start < end:
        same = old[start] == new[start]
        stop = start + 1
        while stop < end and (old[stop] == new[stop]) is same:
            stop += 1
        yield "equal" if same else "replace", start, stop, start, stop
        start = stop
