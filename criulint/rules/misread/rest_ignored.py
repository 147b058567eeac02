# SPDX-License-Identifier: MIT
"""CRIU205: `--`, which ends the options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.reading import Reading


@rule(
    "CRIU205",
    "rest-ignored",
    Severity.WARNING,
    bad="tcp-close --\nlog-file /var/log/criu.log\n",
    good="tcp-close\nlog-file /var/log/criu.log\n",
)
def rest_ignored(reading: Reading) -> Iterator[FileProblem]:
    """CRIU reads `--` here, which ends the options, and ignores the rest of the file.

    A second word `--` has this effect. From 3.16 on, so does a line of nothing but blanks that ends
    with a NUL byte.
    """
    terminator = reading.parsed.terminator
    if terminator is None:
        return
    line, start, end = reading.place(terminator)
    is_last = terminator == len(reading.words) - 1
    if is_last and "--" not in reading.source.text(line)[start:end]:
        return  # blanks at the end of the file hide nothing
    yield FileProblem(
        line,
        Problem(
            start,
            max(end, start + 1),
            "CRIU ignores the rest of the file: it reads `--` here, which ends the options",
            "remove it",
        ),
    )
