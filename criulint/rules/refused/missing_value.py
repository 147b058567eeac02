# SPDX-License-Identifier: MIT
"""CRIU104 missing-value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ErrorKind, ParsedOption, ParseError
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, rule
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    for result in reading.parsed.results:
        if isinstance(result, ParseError) and result.kind is ErrorKind.MISSING_VALUE:
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
        place = reading.place(result.word)
        yield FileProblem(place.line, _problem(place.start, place.end, name, message))


@missing_value.also
def missing_value_in_line(line: Line) -> Iterator[Problem]:
    """Report a line that would wait for its value if it stood in the file."""
    unfinished = line.unfinished_option
    if unfinished and not line.refused:
        start, end = line.word_span(unfinished.word)
        message = f"needs a value: {shorten(decode(unfinished.message))}"
        yield _problem(start, end, decode(unfinished.name), message)


def _problem(start: int, end: int, name: str, message: str) -> Problem:
    name = shorten(name)
    help_text = f"write `{name} VALUE` or `{name}=VALUE`"
    return Problem(start, end, f"`{name}` {message}", help_text)
