# SPDX-License-Identifier: GPL-2.0-only
"""Problems that are not about one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.rules.base import FileProblem, Problem, Scope

if TYPE_CHECKING:
    from criulint.criu.settings import Settings
    from criulint.finding import Severity


def problem_of_file(
    settings: Settings, message: str, advice: str, severity: Severity | None = None
) -> FileProblem:
    """Return a problem of the whole file, at the first option that it sets."""
    first = settings.all[0]
    return FileProblem(
        first.line,
        Problem(first.start, first.end, message, advice, severity=severity, scope=Scope.FILE),
    )
