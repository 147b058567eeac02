# SPDX-License-Identifier: MIT
"""CRIU114 stops-criu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ParsedOption
from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.refused.one_run import removal_help

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.getopt import ParseError
    from criulint.criu.options import Option
    from criulint.criu.reading import Reading
    from criulint.rules.line import Line

_EFFECTS = {
    "help": "CRIU prints its help and does nothing else: commands seem to succeed, and the requests"
    " of runtimes fail",
    "version": "CRIU prints its version and does nothing else: commands seem to succeed, and the"
    " requests of runtimes fail",
    "ms": "CRIU refuses `ms` in every release: the option is deprecated, and every command fails",
}


@rule(
    "CRIU114",
    "stops-criu",
    Severity.ERROR,
    bad="version\n",
    good="verbosity=4\n",
    fixable=True,
)
def stops_criu(line: Line) -> Iterator[Problem]:
    """CRIU prints something and exits as soon as it reads this option.

    `help` and `version` make every CRIU command print and exit with status 0 without doing its
    work: a dump "succeeds" and writes nothing. A runtime's request fails: it gets no answer, or a
    refusal (errno 56) for `help` in its own file. `ms` and `feature list` make every command
    fail. A line with the single letter `h` is an abbreviation of `help`.

    Remove the line, and give the option on the command line when you want to see its output.
    """
    found = line.exiting_option
    if found:
        start, end = line.word_span(found.word)
        removal = line.removal(safe=False) if found.word == 0 else None
        yield Problem(start, end, _effect(found.option), removal_help(found.option), removal)
    elif line.invalid:
        found, refusal = line.invalid
        if found.option.name == "feature" and found.value == b"list":
            start, end = line.value_span(found)
            yield Problem(
                start,
                end,
                "every command fails: no CRIU release knows the feature `list` that the man page"
                f" mentions (“{refusal}”)",
                "remove the line; `criu check --feature NAME` checks one feature",
                line.removal(safe=False),
            )


@stops_criu.also
def exiting_word(reading: Reading, found: ParsedOption | ParseError) -> Iterator[Problem]:
    """Report an option that is not the first word of its line."""
    if isinstance(found, ParsedOption) and found.option.exits:
        place = reading.place(found.word)
        yield Problem(place.start, place.end, _effect(found.option), "remove the option")


def _effect(option: Option) -> str:
    return _EFFECTS.get(option.name, "CRIU exits here, whatever the command")
