# SPDX-License-Identifier: MIT
"""Builtins that change the way through the code, or run other code in the same shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.embedded.shell import commands, wrappers
from criulint.embedded.shell.state import is_known

if TYPE_CHECKING:
    from criulint.embedded.model import HostedText
    from criulint.embedded.shell.state import Evaluation, State, Unit


def _exit(
    _: Evaluation, state: State, words: list[HostedText], _unit: Unit, _offset: int
) -> list[State]:
    """End the code (`exit`) or the function (`return`), with a status if it is given."""
    state.ended = words[0].text
    code = words[1].text if len(words) > 1 else None
    if code is not None:
        state.resolve(code == "0" if code.isdigit() else None, is_test=True)
    if state.ended == "exit":
        is_unknown = code is not None and not code.isdigit()
        state.has_failed |= state.status is False or is_unknown
    return [state]


def _leave_loops(
    _: Evaluation, state: State, words: list[HostedText], _unit: Unit, _offset: int
) -> list[State]:
    """End as many loops (`break`), or iterations (`continue`), as are given, or one."""
    state.ended = words[0].text
    levels = words[1].text if len(words) > 1 else "1"
    state.levels = int(levels) if levels.isdigit() else 1
    return [state]


def _eval(
    evaluator: Evaluation, state: State, words: list[HostedText], unit: Unit, offset: int
) -> list[State]:
    """Run the words as code."""
    if len(words) < 2:
        return [state]
    code = wrappers.join_words(words[1:])
    if len(code) == 1 and not is_known(code.text):
        commands.run_program(evaluator, state, words, offset)
        return [state]
    return evaluator.run_text(code, unit.shells, state)


def _exec(
    evaluator: Evaluation, state: State, words: list[HostedText], unit: Unit, offset: int
) -> list[State]:
    """Run a program in place of the shell; without one, only the redirections remain."""
    rest = words[1:]
    if rest and rest[0].text == "-a":
        rest = rest[2:]
    if not rest:
        state.succeed()
        return [state]
    states = evaluator.run(state, rest, unit, offset)
    for new in states:
        new.ended = "exit"
    return states


def _source(
    evaluator: Evaluation, state: State, words: list[HostedText], unit: Unit, offset: int
) -> list[State]:
    """Run the code in a file."""
    path = words[1].text if len(words) > 1 else ""
    if path in ("/dev/stdin", "/dev/fd/0"):
        code: HostedText | None = evaluator.read_input(state, offset)
    else:
        code = state.read(state.key(path), offset) if path else None
    if code is None:
        # It is not part of the host, and defines what this code uses.
        state.resolve(None)
        return [state]
    return evaluator.run_text(code, unit.shells, state)


#: By name: functions that run a builtin with its words, and return the states after it.
CONTROL = {
    "exit": _exit,
    "return": _exit,
    "break": _leave_loops,
    "continue": _leave_loops,
    "eval": _eval,
    "exec": _exec,
    ".": _source,
    "source": _source,
}
