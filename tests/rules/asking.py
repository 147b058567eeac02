# SPDX-License-Identifier: MIT
"""Ask one check of a rule about a file, without the other rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from criulint.criu.context import COMMANDS, Context, Role
from criulint.criu.reading import Reading
from criulint.criu.releases import find_release, latest_release
from criulint.criu.runtimes import find_caller
from criulint.criu.settings import Settings
from criulint.rules.base import FileProblem, Problem, Rewrite, SettingsRule
from criulint.rules.placement import add_help
from criulint.source import Source

Check = Callable[[Settings], Iterator[FileProblem]]


def settings(
    text: str,
    *,
    criu: str | None = "4.2.1",
    role: Role | None = None,
    commands: tuple[str, ...] = COMMANDS,
    caller: str | None = None,
    path: str | None = None,
    by_annotation: bool = False,
    present: tuple[str, ...] = (),
) -> Settings:
    """Return what a file sets; `criu` None stands for an unknown release.

    `present` are the callers on the host.
    """
    release = latest_release() if criu is None else find_release(criu)
    context = Context(
        role,
        find_caller(caller) if caller else None,
        commands,
        any_release=criu is None,
        by_annotation=by_annotation,
        present=tuple(map(find_caller, present)),
    )
    return Settings(Reading(Source(text.encode(), path), release), context)


def lines(check: Check, file: Settings) -> list[int]:
    """Return the lines on which a check finds something, in its order."""
    return [found.line for found in check(file)]


def problem(check: Check, file: Settings) -> Problem:
    """Return the only problem that a check finds."""
    (found,) = check(file)
    return found.problem


def advice(rule: SettingsRule, file: Settings) -> str:
    """Return the help of the only problem that a rule finds."""
    (found,) = rule.check(file)
    return add_help(file, rule, found).problem.help


def fixed(check: Check, file: Settings) -> list[str | None]:
    """Return the line after the fix of each finding; ``-`` if it is removed, None without a fix."""
    return [_after(found.problem.rewrite) for found in check(file)]


def _after(rewrite: Rewrite | None) -> str | None:
    if rewrite is None:
        return None
    return "-" if rewrite.text is None else rewrite.text
