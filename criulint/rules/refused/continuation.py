# SPDX-License-Identifier: MIT
"""One problem for a line that was meant to continue on the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.rules.families import REFUSED
from criulint.rules.refused.foreign_syntax import continued_line, foreign_syntax
from criulint.rules.refused.unknown_option import unknown_option
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.rules.base import AnyRule, RuleProblem


def join_continued_lines(
    lines: Sequence[bytes], by_line: dict[int, tuple[RuleProblem, ...]]
) -> None:
    r"""Replace what was found in a line ``name \`` and in the next line by one problem.

    The next line is one whose first word CRIU refuses as an unknown option. `by_line` holds what
    the rules found in single lines, by 1-based number, and is changed.
    """
    for number in list(by_line):
        before = number - 1
        if not before or not _is_reported(by_line[number], unknown_option):
            continue
        if _has_own_reason(by_line.get(before, ())):
            continue  # CRIU stops there, and does not read the next line
        problems = tuple(continued_line.check(decode(lines[before - 1])))
        if problems:
            by_line[before] = tuple((continued_line, problem) for problem in problems)
            del by_line[number]


def keep_continuations(lines: Sequence[bytes], by_line: dict[int, tuple[RuleProblem, ...]]) -> None:
    r"""Drop the fixes that remove the line after one such as ``name \\``: it may be its value.

    Without it, that line would continue on the one after. The arguments are as above.
    """
    for number, found in by_line.items():
        removes = any(problem.rewrite and problem.rewrite.text is None for _, problem in found)
        if removes and number > 1 and any(continued_line.check(decode(lines[number - 2]))):
            by_line[number] = tuple(
                (rule, problem._replace(rewrite=None)) for rule, problem in found
            )


def _has_own_reason(found: Sequence[RuleProblem]) -> bool:
    """Return whether CRIU stops at a line for a reason other than an unknown name."""
    return any(
        rule.family is REFUSED and rule.primary not in (unknown_option, foreign_syntax)
        for rule, _ in found
    )


def _is_reported(found: Sequence[RuleProblem], rule: AnyRule) -> bool:
    return any(other.primary is rule for other, _ in found)
