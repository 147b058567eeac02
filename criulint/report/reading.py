# SPDX-License-Identifier: MIT
"""What CRIU reads in a file, line by line, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ErrorKind
from criulint.criu.narration import narrate
from criulint.report.terminal import BOLD, CYAN, PLAIN, RED, YELLOW, Cell, Style, lay_out_table
from criulint.source import decode
from criulint.text import escape, plural, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.outcome import Outcome
    from criulint.criu.reading import Reading

_VERBS = {ErrorKind.EXIT: "exits", ErrorKind.CRASH: "crashes"}
# The columns for a line's text where a table may have any width.
_MAX_WIDTH = 50


def render_reading(outcome: Outcome, style: Style = PLAIN, most: int = _MAX_WIDTH) -> Iterator[str]:
    """Yield the lines of the text; without a width, line N is about line N of the file.

    What CRIU does is then `most` columns to the right, unless the line is longer.
    """
    reading = outcome.reading
    path = reading.source.path or ""
    name = style.paint(style.link_path(escape(path), path), BOLD)
    yield f"{name} as CRIU {reading.release} reads it:"
    rows = list(_rows(outcome))
    if rows:
        yield from lay_out_table(rows, style, most)
    if reading.undefined:
        yield from style.fold(_undefined_note(reading))
    stop = outcome.stop
    if stop:
        from criulint.filetype import foreign_type

        message = shorten(stop.message) or "without a message"
        verb = _VERBS.get(stop.kind, "stops")
        what = f"CRIU {reading.release} {verb} at line {stop.line}: {message}"
        yield from style.fold(what, f"{RED};{BOLD}")
        foreign = foreign_type(reading)
        if foreign:
            yield f"This is {foreign.name}, not a CRIU configuration file"
    else:
        options = plural(len(outcome.options), "option")
        words = plural(len(outcome.dropped), "word")
        yield f"CRIU accepts the file: {options} set, {words} ignored"


def _rows(outcome: Outcome) -> Iterator[tuple[Cell, str, Cell]]:
    """Yield a row for each line: its number, its text, and what CRIU does with it."""
    reading, stop = outcome.reading, outcome.stop
    effects: dict[int, list[str]] = {}
    for number, effect in narrate(reading, outcome):
        effects.setdefault(number, []).append(effect)
    used = set(reading.word_lines)
    for number, line in enumerate(reading.source.lines, 1):
        line_effects = effects.get(number, [])
        if stop and number > stop.line and number in used:
            line_effects = ["not reached"]
        elif (
            stop
            and number < stop.line
            and number in used
            and not (line_effects and outcome.options)
        ):
            line_effects = ["not set"]  # CRIU refuses the file before it sets anything
        elif not line_effects and number not in used and line.strip():
            line_effects = ["comment" if line.lstrip().startswith(b"#") else "nothing"]
        effect = "; ".join(line_effects)
        yield Cell(f"{number:>5}", CYAN), shorten(decode(line)), Cell(effect, _colour(effect))


def _colour(effect: str) -> str:
    if "refused" in effect or effect.startswith(("exits", "crashes")):
        return RED
    return YELLOW if effect.startswith("not ") or "ignores" in effect else ""


def _undefined_note(reading: Reading) -> str:
    if reading.uses_scanner_3_16:
        return (
            "CRIU reads beyond its buffers in this file; this is what it reads if the memory there"
            " holds zeros"
        )
    return "CRIU reads beyond its buffers in this file: what it sets is unpredictable"
