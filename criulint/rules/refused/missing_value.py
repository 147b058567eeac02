# SPDX-License-Identifier: MIT
"""CRIU104 missing-value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ErrorKind, ParsedOption, ParseError
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, rule
from criulint.source import decode, encode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import OptionTable
    from criulint.criu.reading import Reading
    from criulint.rules.line import Line


@rule(
    "CRIU104",
    "missing-value",
    Severity.ERROR,
    bad="tcp-close\nlog-file\n",
    good="tcp-close\nlog-file /var/log/criu.log\n",
)
def missing_value(reading: Reading) -> Iterator[FileProblem]:
    """The option needs a value and has none.

    At the end of the file CRIU refuses that. Anywhere else it reads the next line as the value, and
    refuses the file if the option does not accept that value; CRIU213 reports the next lines that
    it accepts.
    """
    refused = set()
    for result in reading.parsed.results:
        place = reading.place(result.word)
        if isinstance(result, ParseError):
            if place.line in refused or result.kind is not ErrorKind.MISSING_VALUE:
                refused.add(place.line)
                continue
            refused.add(place.line)
            name = decode(result.name)
            message = f"needs a value: {shorten(decode(result.message))}"
        elif isinstance(result, ParsedOption) and reading.takes_next_line(result):
            if not result.refusal:
                continue
            name = result.option.name
            message = (
                f"has no value, so CRIU reads the next line as its value: {shorten(result.refusal)}"
            )
        else:
            continue
        problem = _problem(reading.table, place.start, place.end, name, message)
        yield FileProblem(place.line, problem)


@missing_value.also
def missing_value_in_line(line: Line) -> Iterator[Problem]:
    """Report a line that would wait for its value if it stood in the file."""
    unfinished = line.unfinished_option
    if unfinished and not line.refused and not line.tree.dashes:
        start, end = line.word_span(unfinished.word)
        message = f"needs a value: {shorten(decode(unfinished.message))}"
        yield _problem(line.table, start, end, decode(unfinished.name), message)


def _problem(table: OptionTable, start: int, end: int, name: str, message: str) -> Problem:
    short = table.short.get(encode(name))
    if short:
        help_text = f"write `{short.option.name} VALUE` on a line of its own"
        return Problem(start, end, f"`-{name}` {message}", help_text)
    name = shorten(name)
    return Problem(start, end, f"`{name}` {message}", f"write `{name} VALUE` or `{name}=VALUE`")
