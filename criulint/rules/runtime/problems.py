# SPDX-License-Identifier: MIT
"""Problems that are not about one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Aspect, Subject
from criulint.rules.base import FileProblem, Problem, Scope

if TYPE_CHECKING:
    from criulint.criu.settings import Settings
    from criulint.finding import Severity


def problem_of_file(
    settings: Settings,
    message: str,
    advice: str,
    severity: Severity | None = None,
    *,
    is_unread: bool = False,
) -> FileProblem:
    """Return a problem of the whole file, at the first option that it sets.

    If CRIU refuses every line, it is at the first one that CRIU reads. `is_unread`: whether nothing
    reads the file, with any caller.
    """
    line, start, end = _first_place(settings)
    path = settings.reading.source.path
    subject = Subject(path, Aspect.NAME) if path else None
    scope = Scope.UNREAD if is_unread else Scope.FILE
    return FileProblem(line, Problem(start, end, message, advice, None, severity, scope, subject))


def _first_place(settings: Settings) -> tuple[int, int, int]:
    if settings.all:
        first = settings.all[0]
        return first.line, first.start, first.end
    reading = settings.reading
    number = reading.word_lines[0] if reading.words else 0
    if not number and reading.error:
        number = reading.error.line
    text = reading.source.text(number)
    return number, len(text) - len(text.lstrip()), len(text.rstrip())
