# SPDX-License-Identifier: MIT
"""CRIU115 unsafe-read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ParsedOption
from criulint.criu.outcome import overflowing_line, tabbed_lines
from criulint.finding import Edit, Fix, Severity, Span
from criulint.named_tuple import NamedTuple
from criulint.rules.base import FileProblem, Problem, rule
from criulint.rules.line import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.getopt import ParseError
    from criulint.criu.reading import Reading
    from criulint.rules.line import Line

_MACVLAN = "CRIU crashes (SIGSEGV) on `macvlan` without `]:` while it reads the file"
_MACVLAN_HELP = "write `external macvlan[IN]:OUT`"


@rule(
    "CRIU115",
    "unsafe-read",
    Severity.ERROR,
    bad='log-file "criu.log"\n',
    good="log-file criu.log\n",
    criu="3.15",
    fixable=True,
)
def unsafe_read(line: Line) -> Iterator[Problem]:
    """CRIU accesses memory that it does not own here, and crashes or reads garbage.

    Up to 3.15 a quoted value is stored as a pointer into memory that CRIU frees: the value is
    garbage and CRIU aborts, and ten or more words on a line write past an array. From 3.16 on five
    or more lines in a file that separate name and value by a tab, with no space in the line, do the
    same. In all releases `external macvlan` without `]:` makes it follow a null pointer.

    Use spaces between name and value; with CRIU up to 3.15 use no quotes.
    """
    if line.scan.unsafe:
        yield _freed_value(line)
    for found in line.crashing_options:
        yield Problem(
            *line.value_span(found),
            _MACVLAN,
            _MACVLAN_HELP,
        )


@unsafe_read.also
def buffer_overflow(reading: Reading) -> Iterator[FileProblem]:
    """Report the line whose words no longer fit into the array that CRIU allocates."""
    number = overflowing_line(reading)
    if not number:
        return
    tabs = [_TabbedLine.of(reading, line) for line in tabbed_lines(reading)]
    if tabs:
        yield _too_many_tabs(tabs, number)
    else:
        text = reading.source.text(number)
        problem = Problem(
            0,
            len(text),
            f"CRIU {reading.release} crashes: the words of this line do not fit into its array",
            "an option takes one value, without spaces",
        )
        yield FileProblem(number, problem)


@unsafe_read.also
def crashing_word(reading: Reading, found: ParsedOption | ParseError) -> Iterator[Problem]:
    """Report an option that is not the first word of its line."""
    if isinstance(found, ParsedOption) and found.crashes:
        place = reading.place(found.word)
        yield Problem(place.start, place.end, _MACVLAN, _MACVLAN_HELP)


def _freed_value(line: Line) -> Problem:
    value = line.tree.value
    if value is not None and value.text == '""' and not line.text[value.end :][:1].strip():
        return Problem(
            value.start,
            value.start + 2,
            f"CRIU {line.table.release} aborts on empty quotes: it frees memory that it did not"
            " allocate",
            "write a value, or remove the line",
        )
    is_quoted = value is not None and value.kind == "QUOTED"
    text = line.rewrite_value(line.written_value) if is_quoted and line.written_value else None
    start, end = (value.start, value.end) if value else line.visible_span
    return Problem(
        start,
        end,
        f"CRIU {line.table.release} crashes or reads garbage: it frees the memory that holds this"
        " value, and still uses it",
        "write the value without quotes" if text else "use no quotes with CRIU 3.15 or earlier",
        write_text(text, safe=True) if text else None,
    )


class _TabbedLine(NamedTuple):
    """A 1-based line, its text, and the column (0-based, in code points) of its first tab."""

    number: int
    text: str
    tab: int

    @classmethod
    def of(cls, reading: Reading, number: int) -> _TabbedLine:
        """Return a line of a reading."""
        text = reading.source.text(number)
        return cls(number, text, text.find("\t"))


def _too_many_tabs(tabs: list[_TabbedLine], overflowing: int) -> FileProblem:
    """Report the line that is one too many, with a fix for all of them."""
    last = next(line for line in tabs if line.number == overflowing)
    problem = Problem(
        last.tab,
        last.tab + 1,
        "CRIU crashes: it writes past its array for lines with a tab and no space (this file has"
        f" {len(tabs)})",
        "use a space between name and value",
    )
    edits = tuple(_space_for_tabs(line) for line in tabs)
    fix = Fix("Replace the tabs with spaces", edits, safe=True)
    return FileProblem(last.number, problem, fix)


def _space_for_tabs(line: _TabbedLine) -> Edit:
    end = len(line.text) - len(line.text[line.tab :].lstrip("\t"))
    return Edit(Span(line.number, line.tab + 1, line.number, end + 1), " ")
