# SPDX-License-Identifier: MIT
"""CRIU213: an option that uses the next line as its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ParsedOption
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, RelatedPlace, rule
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.reading import Reading


@rule(
    "CRIU213",
    "next-line-swallowed",
    Severity.WARNING,
    bad="log-file\ntcp-close\n",
    good="log-file criu.log\ntcp-close\n",
)
def next_line_swallowed(reading: Reading) -> Iterator[FileProblem]:
    """The option's value is missing, and CRIU reads the next line as the value.

    `log-file` with `tcp-close` on the next line makes CRIU log to a file called `--tcp-close`, and
    `tcp-close` is not set. A comment after the name does not help: `log-file # to be done` has no
    value either.
    """
    for result in reading.parsed.results:
        if not isinstance(result, ParsedOption) or not reading.takes_next_line(result):
            continue
        if result.refusal is not None:
            continue  # CRIU104
        line, start, end = reading.place(result.word)
        name = result.option.name
        place = RelatedPlace(
            *reading.place(result.value_word), f"CRIU reads this as the value of `{name}`"
        )
        yield FileProblem(
            line,
            Problem(
                start,
                end,
                f"CRIU sets `{name}` to `{shorten(decode(result.given_value))}`:"
                " the value is missing, so it reads the next line as the value",
                f"write `{name} VALUE` or `{name}=VALUE`",
            ),
            related=(place,),
        )
