# SPDX-License-Identifier: MIT
"""What a rule for lines reports, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.options import option_table
from criulint.rules.line import Line
from criulint.source import encode

if TYPE_CHECKING:
    from criulint.rules.line import LineRule


class Explanation(NamedTuple):
    """The text that a problem marks, and the line after its fix (None without one)."""

    marked: str
    fixed: str | None
    safe: bool = True


def explain(rule: LineRule, text: str, criu: str = "4.2.1") -> list[Explanation]:
    """Return what `rule` reports about a line."""
    return [
        Explanation(
            text[problem.start : problem.end],
            problem.rewrite.text if problem.rewrite else None,
            problem.rewrite.safe if problem.rewrite else True,
        )
        for problem in rule.check(Line(encode(text), True, option_table(criu)))
    ]
