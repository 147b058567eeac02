# SPDX-License-Identifier: GPL-2.0-only
"""What CRIU does with each line of a file, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu import values
from criulint.criu.getopt import ParsedOption, ParseError
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.reading import Reading


def narrate(reading: Reading) -> Iterator[tuple[int, str]]:
    """Yield what CRIU does, as pairs of a 1-based line and a phrase.

    The pairs are in the order in which CRIU acts, except that lines that it refuses come first.
    """
    for number, line in enumerate(reading.scan.lines, 1):
        if line.refused:
            yield number, "refused: Unsupported configuration file format"
    level = 2
    for event in reading.parsed.results:
        number = reading.word_lines[event.word]
        if isinstance(event, ParseError):
            yield number, f"refused: {shorten(decode(event.message))}"
            continue
        refusal = event.refusal
        if refusal is not None:
            yield number, f"refused: {shorten(refusal)}" if refusal else "refused without a message"
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
    terminator = reading.parsed.terminator
    if terminator >= 0:
        yield reading.word_lines[terminator], "`--`: ignores what follows"
    for index in reading.parsed.dropped:
        yield reading.word_lines[index], f"ignores `{shorten(decode(reading.words[index]))}`"


def _effect(found: ParsedOption) -> str:
    option, value = found.option, found.value
    if value is None:
        return f"sets {option.name}"
    text, number = shorten(decode(value)), option.number(value)
    if number is not None and str(number) != text:
        return f"sets {option.name} to {number} (`{text}`)"
    return f"sets {option.name} to `{text}`"
