# SPDX-License-Identifier: MIT
"""Problems of a whole file, and of lines that no file should have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import COMMANDS, Role
from criulint.finding import Aspect, Severity, Subject
from criulint.rules.base import FileProblem, Move, Problem, Scope, problem_at
from criulint.rules.runtime.callers import possible_callers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.criu.settings import Setting, Settings


def problems_of_file(
    settings: Settings,
    message: str,
    help: str = "",  # noqa: A002 - the field's name
    severity: Severity | None = None,
    *,
    is_unread: bool = False,
) -> Iterator[FileProblem]:
    """Yield a problem of the whole file, at the first option that it sets.

    If CRIU refuses every line, it is at the first one that CRIU reads. Without `help`, the advice
    is to move the lines to where they take effect. `is_unread`: whether nothing reads the file,
    with any caller. If it has only comments, or nothing, no line is lost so far: it is a problem
    only if it is unread, with the severity `info`.
    """
    reading, advice = settings.reading, help
    if not reading.words and not reading.error:
        if not is_unread:
            return
        severity, advice = Severity.INFO, "remove it: lines that are added to it have no effect"
    line, start, end = _find_first_place(settings)
    path = settings.reading.source.path
    subject = Subject(path, Aspect.NAME) if path else None
    scope = Scope.UNREAD if is_unread else Scope.FILE
    move = None if advice else Move()
    problem = Problem(start, end, message, advice, None, severity, scope, subject, move=move)
    yield FileProblem(line, problem)


def problem_in_any_file(
    settings: Settings,
    setting: Setting,
    message: str,
    advice: str,
    commands: Sequence[str] = COMMANDS,
    *,
    severity: Severity | None = None,
) -> FileProblem:
    """Return a problem of a line that no file should have.

    `advice` and `commands` are those of `advise_to_pass`.
    """
    advice = advise_to_pass(settings, setting, advice, commands)
    return problem_at(setting, message, advice, severity=severity, unwanted=True)


def advise_to_pass(
    settings: Settings, setting: Setting, advice: str, commands: Sequence[str] = COMMANDS
) -> str:
    """Return how to set what a line sets without it: no file should set that.

    `advice` is the answer if a user calls CRIU. A caller, such as a runtime, does not let its users
    change CRIU's command line; it may have flags of its own for the `commands` in question.
    """
    if settings.context.caller is None and settings.role is not Role.RPC:
        return advice
    callers = possible_callers(settings)
    used = [command for command in commands if settings.on(command)]
    flags = [f"`{words}`" for each in callers for words in each.flags(setting.name, used)]
    if settings.context.caller is None:
        if not setting.option.rpc_field:
            return "remove the line"
        return "have the caller request it" + (f", for example with {flags[0]}" if flags else "")
    if flags:
        return f"remove the line, and use {' or '.join(dict.fromkeys(flags))} where it is wanted"
    caller = callers[0]
    return f"remove the line: {caller.title} {caller.request(setting.name, used)}"


def _find_first_place(settings: Settings) -> tuple[int, int, int]:
    """Return the 1-based line of the first option, or word, and its 0-based start and end there."""
    if settings.all:
        first = settings.all[0]
        return first.line, first.start, first.end
    reading = settings.reading
    number = 1
    if reading.words:
        number = reading.word_lines[0]
    elif reading.error:
        number = reading.error.line
    text = reading.source.text(number)
    return number, len(text) - len(text.lstrip()), len(text.rstrip())
