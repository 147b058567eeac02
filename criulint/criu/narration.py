# SPDX-License-Identifier: MIT
"""What CRIU does with each line of a file, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu import values
from criulint.criu.getopt import ErrorKind, ParsedOption, ParseError
from criulint.criu.outcome import Outcome, ReadError, stop_at
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.reading import Reading

# How CRIU stops at what it does not refuse.
_VERBS = {ErrorKind.EXIT: "exits", ErrorKind.CRASH: "crashes"}


def narrate(reading: Reading, outcome: Outcome | None = None) -> Iterator[tuple[int, str]]:
    """Yield what CRIU does, as pairs of a 1-based line and a phrase.

    The pairs are in the order in which CRIU acts, except that lines that it refuses, or where it
    crashes, come first. With the `outcome` of the reading nothing is set after CRIU stops; without
    it each line is read as if CRIU went on.
    """
    for number, line in enumerate(reading.scan.lines, 1):
        if line.refused:
            yield number, "refused: Unsupported configuration file format"
    stop = outcome.stop if outcome else None
    crash = stop if stop and stop.kind is ErrorKind.CRASH else None
    if crash:
        yield crash.line, describe_stop(crash)
    yield from _narrate_results(reading, outcome, crash)
    last = stop.line if stop else len(reading.source.lines)
    terminator = reading.parsed.terminator
    if terminator is not None and reading.word_lines[terminator] <= last:
        yield reading.word_lines[terminator], "`--`: ignores what follows"
    for word in reading.parsed.dropped:
        if reading.word_lines[word] <= last:
            yield reading.word_lines[word], f"ignores `{shorten(decode(reading.words[word]))}`"


def _narrate_results(
    reading: Reading, outcome: Outcome | None, crash: ReadError | None
) -> Iterator[tuple[int, str]]:
    """Yield what CRIU does with each option and refusal; `crash` is reported already."""
    count = len(outcome.options) if outcome else len(reading.parsed.results)
    level = 2
    for index, event in enumerate(reading.parsed.results):
        number = reading.word_lines[event.word]
        fault = _fault(event, number, outcome)
        if fault:
            if fault != crash:
                yield number, describe_stop(fault)
            continue
        if isinstance(event, ParseError) or index >= count:
            continue
        if event.option.name == "verbosity":
            level = values.log_level(event.value, level)
            yield number, f"sets verbosity to {level}"
        else:
            yield number, _effect(event)
        if reading.takes_next_line(event):
            yield (
                reading.word_lines[event.value_word],
                f"read as the value of `{event.option.name}`",
            )


def describe_stop(stop: ReadError) -> str:
    """Return in a few words what stops CRIU at a line."""
    if not stop.message:
        return "refused without a message"
    return f"{_VERBS.get(stop.kind, 'refused')}: {shorten(stop.message)}"


def _fault(
    event: ParsedOption | ParseError, line: int, outcome: Outcome | None
) -> ReadError | None:
    """Return what would stop CRIU at something on a 1-based line, None if it is an option."""
    if isinstance(event, ParseError):
        return ReadError(event.kind, line, decode(event.message))
    refusal = event.refusal
    if refusal is not None:
        return ReadError(ErrorKind.INVALID_VALUE, line, refusal)
    return stop_at(event, line, outcome.role if outcome else None)


def _effect(found: ParsedOption) -> str:
    option, value = found.option, found.value
    if value is None:
        return f"sets {option.name}"
    if not value:
        return f"sets {option.name} to an empty value"
    text, number = shorten(decode(value)), option.number(value)
    if number is not None and str(number) != text:
        return f"sets {option.name} to {number} (`{text}`)"
    return f"sets {option.name} to `{text}`"
