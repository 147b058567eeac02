# SPDX-License-Identifier: MIT
"""CRIU106 invalid-value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint import guesses
from criulint.criu.getopt import ParsedOption
from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule
from criulint.rules.line import write_text
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.getopt import ParseError
    from criulint.criu.options import Option
    from criulint.criu.reading import Reading
    from criulint.rules.line import Line


@rule(
    "CRIU106",
    "invalid-value",
    Severity.ERROR,
    bad="network-lock nft\n",
    good="network-lock nftables\n",
    fixable=True,
)
def invalid_value(line: Line) -> Iterator[Problem]:
    """CRIU checks this option's value while it reads the file, and refuses this one.

    Only some options are checked; the others accept anything, and fail or do nothing later.
    """
    if not line.invalid:
        return
    found, refusal = line.invalid
    option = found.option
    start, end = line.value_span(found)
    if start < len(line.text):
        end = max(end, start + 1)
    assert found.value is not None
    suggestion, certain = guesses.intended_value(decode(found.value), option)
    rewrite: Rewrite | None = None
    if suggestion is not None and found.word == 0:
        text = line.rewrite(option, suggestion)
        if text is not None:
            rewrite = write_text(text, safe=certain)
    yield Problem(
        start,
        end,
        _message(option, refusal),
        guesses.value_help(option, suggestion),
        rewrite,
    )


@invalid_value.also
def invalid_word(reading: Reading, found: ParsedOption | ParseError) -> Iterator[Problem]:
    """Report the value of an option that is not the first word of its line."""
    refusal = found.refusal if isinstance(found, ParsedOption) else None
    if isinstance(found, ParsedOption) and refusal is not None:
        place = reading.place(found.word)
        yield Problem(place.start, place.end, _message(found.option, refusal))


def _message(option: Option, refusal: str) -> str:
    reason = f": {shorten(refusal)}" if refusal else ", and does not say why"
    return f"CRIU refuses this value of `{option.name}`{reason}"
