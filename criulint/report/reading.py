# SPDX-License-Identifier: MIT
"""What CRIU reads in a file, line by line, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ErrorKind
from criulint.criu.narration import narrate
from criulint.report.terminal import PLAIN, Style, lay_out_table
from criulint.source import decode
from criulint.text import escape, plural, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.outcome import Outcome
    from criulint.criu.reading import Reading

_VERBS = {ErrorKind.EXIT: "exits", ErrorKind.CRASH: "crashes"}
# Columns of a line's text, where a table may be of any width.
_MAX_WIDTH = 50


def render(outcome: Outcome, style: Style = PLAIN, most: int = _MAX_WIDTH) -> Iterator[str]:
    """Yield the lines of the text; without a width, the line for line N of the file is at N.

    What CRIU does then stands `most` columns to the right, if the line is not longer.
    """
    reading = outcome.reading
    yield f"{escape(reading.source.path or '')} as CRIU {reading.release} reads it:"
    lines = [shorten(decode(line)) for line in reading.source.lines]
    effects: dict[int, list[str]] = {}
    for number, effect in narrate(reading, outcome):
        effects.setdefault(number, []).append(effect)
    rows = [
        (f"{number:>5}", line, "; ".join(effects.get(number, ())))
        for number, line in enumerate(lines, 1)
    ]
    if rows:
        yield from lay_out_table(rows, style, most)
    if reading.undefined:
        yield _undefined_note(reading)
    stop = outcome.stop
    if stop:
        from criulint.filetype import foreign_type

        message = shorten(stop.message) or "without a message"
        verb = _VERBS.get(stop.kind, "stops")
        yield f"CRIU {reading.release} {verb} at line {stop.line}: {message}"
        foreign = foreign_type(reading)
        if foreign:
            yield f"This is {foreign.name}, not a CRIU configuration file"
    else:
        options = plural(len(outcome.options), "option")
        words = plural(len(outcome.dropped), "word")
        yield f"CRIU accepts the file: {options} set, {words} ignored"


def _undefined_note(reading: Reading) -> str:
    if reading.uses_scanner_3_16:
        return (
            "CRIU reads beyond its buffers in this file; this is what it reads if the memory there"
            " is empty"
        )
    return "CRIU reads beyond its buffers in this file: what it sets is unpredictable"
