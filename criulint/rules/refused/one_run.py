# SPDX-License-Identifier: MIT
"""Refused lines that do not belong in a file, however they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.rules.line import Line
from criulint.source import encode

if TYPE_CHECKING:
    from criulint.criu.options import Option
    from criulint.rules.base import Problem


def advise_removal(problem: Problem, line: Line) -> Problem | None:
    """Return the problem of a refused line without its fix, if that would set such an option.

    None for other problems.
    """
    text = problem.rewrite.text if problem.rewrite else None
    if text is None or "\n" in text:
        return None
    option = sets_for_one_run(Line(encode(text), line.has_newline, line.table))
    return problem._replace(help=removal_help(option), rewrite=None) if option else None


def sets_for_one_run(line: Line) -> Option | None:
    """Return the option for one run of CRIU that a line sets, if it does."""
    found = line.exiting_option or line.first_option
    return found.option if found and found.option.is_for_one_run else None


def removal_help(option: Option) -> str:
    """Return what to do about a line that sets an option for one run of CRIU."""
    if option.name == "ms":
        return "remove the line; `criu check --extra` does what `ms` did"
    return f"remove the line, and pass `--{option.name}` on the command line"
