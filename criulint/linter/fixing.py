# SPDX-License-Identifier: MIT
"""Applying fixes: edits to the bytes of a file, until none is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.named_tuple import NamedTuple
from criulint.source import Source, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from criulint.finding import CheckResult, Edit, Fix

# Each round fixes at least one finding on each line that has one; no line has more than this.
_MAX_ROUNDS = 20


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Return `data` with all `edits` applied. ValueError if two of them overlap."""
    lines = [decode(line) for line in Source(data).lines]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    text = decode(data)

    def offset(line: int, column: int) -> int:
        return min(starts[line - 1] + column - 1, len(text))

    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        start = offset(edit.span.line, edit.span.column)
        end = offset(edit.span.end_line, edit.span.end_column)
        if start < position:
            raise ValueError("edits overlap")
        pieces += (text[position:start], edit.text)
        position = end
    pieces.append(text[position:])
    return encode("".join(pieces))


class FixedFile(NamedTuple):
    """A file after fixing: its content, what is left to report, and the number of fixes."""

    source: Source
    checked: CheckResult
    applied: int


def fix(
    source: Source, check: Callable[[Source], CheckResult], *, unsafe: bool = False
) -> FixedFile:
    """Apply the fixes of a file until none is left.

    `check` returns the findings of a source. Only safe fixes are applied unless `unsafe`.
    """
    checked = check(source)
    applied = 0
    for _ in range(_MAX_ROUNDS):
        fixes = _choose(checked, unsafe=unsafe)
        data = apply_edits(source.data, [edit for fix in fixes for edit in fix.edits])
        if data == source.data:
            break
        source = Source(data, source.path)
        applied += len(fixes)
        checked = check(source)
    return FixedFile(source, checked, applied)


def _choose(checked: CheckResult, *, unsafe: bool) -> list[Fix]:
    """Return fixes that can be applied together: no two of them change the same line."""
    fixes: list[Fix] = []
    touched: set[int] = set()
    for finding in checked.findings:
        if finding.fix and (finding.fix.safe or unsafe):
            lines = _changed_lines(finding.fix)
            if touched.isdisjoint(lines):
                touched |= lines
                fixes.append(finding.fix)
    return fixes


def _changed_lines(fix: Fix) -> set[int]:
    """Return the 1-based lines that a fix changes."""
    lines: set[int] = set()
    for edit in fix.edits:
        span = edit.span
        last = span.end_line - 1 if span.end_column == 1 else span.end_line
        lines.update(range(span.line, max(last, span.line) + 1))
    return lines
