# SPDX-License-Identifier: MIT
"""CRIU212: the beginning of an option's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.options import option_table
from criulint.criu.releases import releases
from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.line import write_text
from criulint.source import decode, encode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.releases import Release
    from criulint.rules.line import Line


@rule(
    "CRIU212",
    "abbreviation",
    Severity.WARNING,
    bad="tcp-est\n",
    good="tcp-established\n",
    fixable=True,
)
def abbreviation(line: Line) -> Iterator[Problem]:
    """The name is an abbreviation, which a later CRIU may refuse.

    CRIU accepts every unambiguous beginning of an option's name. A new option can make it
    ambiguous, and CRIU then refuses the file: `pre` stopped working with 3.14, `ghost` with
    3.18, `image` with 4.3.
    """
    found = line.first_option
    if not found:
        return
    written, name = line.words[0][2:].partition(b"=")[0], found.option.name
    if written == encode(name):
        return
    start = line.word_span(0)[0]
    end = start + len(decode(written))
    shown = shorten(decode(written))
    message = (
        f"CRIU may refuse `{shown}` after an upgrade:"
        f" it is short for `{name}`, and a new option can make it ambiguous"
    )
    if newer := _first_refusal(written, line):
        message = f"CRIU {newer} refuses `{shown}`, which here is short for `{name}`, as ambiguous"
    yield Problem(
        start,
        end,
        message,
        f"write the full name: `{name}`",
        write_text(line.replace(start, end, name), safe=True),
    )


def _first_refusal(written: bytes, line: Line) -> Release | None:
    """Return the first release after the line's in which an abbreviation fits several options."""
    newer = (release for release in releases() if release > line.table.release)
    return next(
        (release for release in newer if not option_table(release).resolve(written)[0]), None
    )
