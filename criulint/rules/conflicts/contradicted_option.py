# SPDX-License-Identifier: MIT
"""CRIU303."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, relate, rule
from criulint.rules.conflicts.removal import remove_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings


@rule(
    "CRIU303",
    "contradicted-option",
    Severity.WARNING,
    bad="shell-job\ntcp-close\nno-shell-job\n",
    good="tcp-close\nno-shell-job\n",
    fixable=True,
    about_option=True,
)
def contradicted_option(settings: Settings) -> Iterator[FileProblem]:
    """A flag is switched on and off in one file: the last line wins.

    `NAME` and `no-NAME` set the same variable, and CRIU applies them in order. `daemon` and
    `restore-detached` are the same switch, too.
    """
    last = {setting.option.variable: setting for setting in settings.all}
    for loser in settings.all:
        winner = last[loser.option.variable]
        if (loser.option.negates is not None) != (winner.option.negates is not None):
            yield problem_at(
                loser,
                f"no effect: `{winner.name}` overrides this line",
                "keep one of them",
                remove_line(settings, loser),
                related=relate(winner),
            )
