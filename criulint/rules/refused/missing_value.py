# SPDX-License-Identifier: MIT
"""CRIU104 missing-value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ErrorKind, ParseError
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, rule
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import Option, OptionTable
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

    At the end of the file, CRIU refuses the option. Anywhere else it reads the next line as the
    value, and refuses the file if the option does not accept that value. If the option does accept
    it, CRIU213 reports the line.
    """
    refused = set()
    for result in reading.parsed.results:
        place = reading.place(result.word)
        if isinstance(result, ParseError):
            if result.kind is not ErrorKind.MISSING_VALUE:
                refused.add(place.line)
            if place.line in refused:
                continue
            is_letter = not reading.words[result.word].startswith(b"--")
            problem = _report_end(reading.table, place.start, place.end, result, is_letter)
        elif reading.takes_next_line(result):
            if not result.refusal:
                continue
            written = reading.words[result.word].removeprefix(b"--")
            problem = Problem(
                place.start,
                place.end,
                f"`{result.option.name}` has no value, so CRIU reads the next line as its value:"
                f" {shorten(result.refusal)}",
                _advise(reading.table, written, result.option),
            )
        else:
            continue
        yield FileProblem(place.line, problem)


@missing_value.also
def missing_value_in_line(line: Line) -> Iterator[Problem]:
    """Report a line that would take its value from the next one in the file."""
    unfinished = line.unfinished_option
    assert unfinished
    if not line.refused and not line.tree.dashes:
        start, end = line.word_span(unfinished.word)
        is_letter = not line.words[unfinished.word].startswith(b"--")
        yield _report_end(line.table, start, end, unfinished, is_letter)


def _report_end(
    table: OptionTable, start: int, end: int, error: ParseError, is_letter: bool
) -> Problem:
    """Report an option without a value at the end of the file."""
    name = shorten(decode(error.name))
    dash = "-" if is_letter else ""
    message = f"`{dash}{name}` needs a value: {shorten(decode(error.message))}"
    if is_letter:
        help_text = f"write `{table.short[error.name].option.name} VALUE` on a line of its own"
    else:
        option, _ = table.resolve(error.name)
        assert option
        help_text = _advise(table, error.name, option)
    return Problem(start, end, message, help_text)


def _advise(table: OptionTable, written: bytes, option: Option) -> str:
    """Return what to do about an option without a value, whose name is `written` in the file."""
    short = table.short.get(written)
    if short and short.option is not option:
        letter = decode(written)
        question = f"did you mean `{short.option.name}`?"
        return f"{question} In a file `{letter}` is short for `{option.name}`"
    return f"write `{option.name} VALUE` or `{option.name}=VALUE`"
