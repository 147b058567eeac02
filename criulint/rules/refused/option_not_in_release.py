# SPDX-License-Identifier: MIT
"""CRIU102 option-not-in-release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ErrorKind
from criulint.criu.options import option_table
from criulint.criu.releases import latest_release, releases
from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.refused.unknown_option import build_help
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.releases import Release
    from criulint.rules.line import Line


@rule(
    "CRIU102",
    "option-not-in-release",
    Severity.ERROR,
    bad="allow-uprobes\n",
    good="# allow-uprobes: with CRIU 4.2\n",
    criu="4.1.1",
)
def option_not_in_release(line: Line) -> Iterator[Problem]:
    """The option exists, but not in the CRIU release that reads the file.

    One unknown option makes CRIU refuse the whole file, so a file that several releases read may
    contain only options that all of them have.
    """
    error = line.error
    if not error or error.kind is not ErrorKind.UNRECOGNIZED_OPTION:
        return
    name = decode(error.name)
    since = _first_release(name)
    if since:
        is_older = line.table.release < since  # a build may lack an option of its release
        start, _ = line.word_span(error.word)
        yield Problem(
            start,
            start + len(name),
            f"CRIU {line.table.release} does not know `{name}`, added in {since}: {line.refusal}",
            _advise(name, since if is_older else None),
        )


def _advise(name: str, since: Release | None) -> str:
    """Return what to do; `since` is the release with which it works, None if the build lacks it."""
    choices = ["remove the line"]
    if since:
        choices.append(f"or use CRIU {since} or later")
    advice = ", ".join(choices)
    about_builds = build_help(name)
    return f"{advice}; {about_builds}" if about_builds else advice


def _first_release(name: str) -> Release | None:
    """Return the first release that has an option, if the latest one has it."""
    if name not in option_table(latest_release()).options:
        return None
    return next(release for release in releases() if name in option_table(release).options)
