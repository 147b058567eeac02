# SPDX-License-Identifier: MIT
"""CRIU308."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings


@rule(
    "CRIU308",
    "undocumented-option",
    Severity.INFO,
    bad="deprecated\n",
    good="tcp-close\n",
    about_option=True,
)
def undocumented_option(settings: Settings) -> Iterator[FileProblem]:
    """Neither CRIU's help nor its manual mentions the option: it may disappear without notice.

    CRIU accepts it, but the next person to read the file finds no explanation of it.
    """
    for setting in settings.all:
        option = setting.option
        if not option.is_documented and not option.is_deprecated:
            description = option.description
            yield problem_at(
                setting,
                f"`{setting.name}` is in neither the help nor the manual of CRIU"
                f" {settings.release}, and may disappear without notice",
                description[:1].lower() + description[1:].rstrip("."),
            )
