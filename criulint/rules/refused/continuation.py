# SPDX-License-Identifier: MIT
"""One problem for a line that was meant to continue on the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.rules.refused.foreign_syntax import continued_line
from criulint.rules.refused.unknown_option import unknown_option
from criulint.rules.refused.unsafe_read import unsafe_read
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
        if _is_reported(by_line.get(before, ()), unsafe_read):
            continue  # CRIU crashes before it reads the next line
        problems = tuple(continued_line.check(decode(lines[before - 1])))
        if problems:
            by_line[before] = tuple((continued_line, problem) for problem in problems)
            del by_line[number]


def _is_reported(found: Sequence[RuleProblem], rule: AnyRule) -> bool:
    return any(other.primary is rule for other, _ in found)
