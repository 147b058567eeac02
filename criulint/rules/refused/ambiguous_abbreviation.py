# SPDX-License-Identifier: MIT
"""CRIU103 ambiguous-abbreviation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ErrorKind
from criulint.criu.options import option_table
from criulint.criu.releases import releases
from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.line import write_text
from criulint.rules.refused.meant_line import meant_line
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.releases import Release
    from criulint.rules.line import Line

_MAX_LISTED = 6


@rule(
    "CRIU103",
    "ambiguous-abbreviation",
    Severity.ERROR,
    bad="tcp\n",
    good="tcp-established\n",
)
def ambiguous_abbreviation(line: Line) -> Iterator[Problem]:
    """The name is an abbreviation of more than one option.

    CRIU accepts every unambiguous beginning of an option's name. This one fits several options,
    perhaps only since a release that added one: `image` was short for `images-dir`, until CRIU 4.3
    added `image-io-mode`.

    Write the full name.
    """
    error = line.error
    if not error or error.kind is not ErrorKind.AMBIGUOUS_OPTION:
        return
    name = decode(error.name)
    start, end = line.word_span(error.word)
    if error.word == 0:
        end = start + len(name)
    meant = meant_line(line) if error.word == 0 else None
    listed = [f"`{candidate}`" for candidate in error.candidates[:_MAX_LISTED]]
    if len(error.candidates) > _MAX_LISTED:
        listed.append("...")
    advice = f"write the full name: {', '.join(listed)}"
    if meaning := _last_meaning(error.name, line):
        option, release = meaning
        advice += f"; up to CRIU {release} it was short for `{option}`"
    yield Problem(
        start,
        end,
        f"CRIU refuses `{shorten(name)}`: it is short for {len(error.candidates)} options",
        meant.help if meant else advice,
        write_text(meant.text, safe=False) if meant and meant.text else None,
    )


def _last_meaning(name: bytes, line: Line) -> tuple[str, Release] | None:
    """Return the option that an abbreviation meant last before the line's release, and when."""
    for release in reversed(releases()):
        option = option_table(release).resolve(name)[0] if release < line.table.release else None
        if option:
            return option.name, release
    return None
