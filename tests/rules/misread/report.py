# SPDX-License-Identifier: MIT
"""What a rule that looks at single lines reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.options import option_table
from criulint.rules.line import Line

if TYPE_CHECKING:
    from criulint.rules.line import LineRule


class Reported(NamedTuple):
    """The part of a line that a rule marks, the text of its fix, and whether that is safe."""

    marked: str
    fixed: str | None = None
    safe: bool | None = None


def line(text: str, release: str = "4.2.1") -> Line:
    return Line(text.encode("utf-8", "surrogateescape"), True, option_table(release))


def report(rule: LineRule, text: str, release: str = "4.2.1") -> list[Reported]:
    return [
        Reported(
            text[problem.start : problem.end],
            problem.rewrite and problem.rewrite.text,
            problem.rewrite and problem.rewrite.safe,
        )
        for problem in rule.check(line(text, release))
    ]
