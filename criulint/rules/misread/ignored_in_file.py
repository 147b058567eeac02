# SPDX-License-Identifier: MIT
"""CRIU209: an option that works on the command line only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import Problem, Tag, rule
from criulint.source import WHITESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line


@rule(
    "CRIU209",
    "ignored-in-file",
    Severity.WARNING,
    bad="config /etc/criu/more.conf\n",
    good="# the options of more.conf go here\n",
    fixable=True,
    tag=Tag.UNNECESSARY,
)
def ignored_in_file(line: Line) -> Iterator[Problem]:
    """The option does nothing in a configuration file.

    `config` and `no-default-config` choose the files that CRIU reads; by the time CRIU reads one of
    them, it has already chosen. A file cannot include another one.
    """
    found = line.first_option
    if not found or not found.option.is_ignored:
        return
    start, end = line.visible_span
    if line.tree.comment:
        end = len(line.text[: line.tree.comment.start].rstrip(WHITESPACE))
    yield Problem(
        start,
        end,
        f"CRIU ignores `{found.option.name}` in a file: it works on the command line only",
        "remove the line",
        line.removal(safe=True),
    )
