# SPDX-License-Identifier: MIT
"""Loops, which are followed as long as an iteration may change something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.embedded.shell.arithmetic import calculate_word
from criulint.embedded.shell.expansion import Expansion
from criulint.embedded.shell.syntax import CommandList, Simple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from criulint.embedded.shell.state import Evaluation, FileKey, State, Unit
    from criulint.embedded.shell.syntax import Command, CountingFor, For, While

# The most iterations of a loop, of one that writes no file, and of one that waits: it never ends,
# or counts until it is left for an unknown reason.
_MAX_TURNS = 1000
_MAX_IDLE_TURNS = 30
_MAX_WAITING_TURNS = 3


def run_for(evaluator: Evaluation, command: For, unit: Unit, state: State) -> list[State]:
    """Run the body for each word, as long as iterations may still change something."""
    if command.words is None:
        values = state.arguments
    else:
        values = Expansion(evaluator, unit, state).words(command.words)
    offset = unit.text.offsets[command.start]
    if values is None:
        values = [evaluator.unknowns.text(("loop", offset), offset, offset)]
    states = [state]
    before = _contents(states)
    for number, value in enumerate(values[:_MAX_TURNS]):
        if number == _MAX_IDLE_TURNS and _contents(states) == before:
            break
        if number >= _MAX_WAITING_TURNS and value.text.isdigit() and _is_left(states):
            break
        running, states = states, []
        for new in running:
            if new.ended:
                states.append(new)
                continue
            new.variables[command.name] = value
            states += _turn(evaluator, command.body, unit, new)
        states = evaluator.merge(states)
    return [_leave_loop(new) for new in states]


def _turn(evaluator: Evaluation, body: Command, unit: Unit, state: State) -> list[State]:
    """Run the body of a loop once; ways that `continue` ended go on."""
    states = evaluator.execute(body, unit, state)
    for new in states:
        if new.ended == "continue" and new.levels <= 1:
            new.ended = ""
    return states


def run_while(evaluator: Evaluation, command: While, unit: Unit, state: State) -> list[State]:
    """Iterate until the condition decides, or an iteration changes nothing."""
    done: list[State] = []
    running = [state]
    written = _contents(running)
    most = _MAX_WAITING_TURNS if _is_endless(command, unit) else _MAX_TURNS
    for number in range(most):
        if number == _MAX_IDLE_TURNS and _contents(running) == written:
            break
        following: list[State] = []
        for new in running:
            following += _iterate(evaluator, command, unit, new, done)
        done += [new for new in following if new.ended]
        running = evaluator.merge(new for new in following if not new.ended)
        if not running:
            break
    for new in done:
        if not new.ended:
            new.succeed()
    return evaluator.merge([_leave_loop(new) for new in (*done, *running)])


def _iterate(
    evaluator: Evaluation, command: While, unit: Unit, state: State, done: list[State]
) -> list[State]:
    """Return the states after one iteration; `done` gets those in which the loop is over."""
    before = state.progress
    following: list[State] = []
    for ready in evaluator.execute(command.condition, unit, state):
        if ready.ended or ready.status is command.is_until:
            done.append(ready)
            continue
        after = _turn(evaluator, command.body, unit, ready)
        # The number of iterations is not known: one stands for all.
        is_open = ready.status is None or len(after) > 1
        if is_open or any(new.progress == before for new in after):
            done += after
        else:
            following += after
    return following


def _is_endless(command: While, unit: Unit) -> bool:
    """Return whether a loop never ends: its condition is constant, and nothing leaves it."""
    condition = command.condition
    if isinstance(condition, CommandList) and len(condition.items) == 1:
        (condition,) = condition.items
    if not isinstance(condition, Simple) or len(condition.words) != 1:
        return False
    word = unit.word(condition.words[0])
    is_constant = word == ("false" if command.is_until else "true")
    return is_constant and unit.tree.last_leaving < condition.end


def run_counting_for(
    evaluator: Evaluation, command: CountingFor, unit: Unit, state: State
) -> list[State]:
    """Iterate as the three expressions say; if one is not known, once."""
    first, condition, update = command.parts
    calculate_word(first, unit, state)
    done: list[State] = []
    running = [state]
    before = _contents(running)
    for number in range(_MAX_TURNS):
        if number == _MAX_IDLE_TURNS and _contents(running) == before:
            break
        if number >= _MAX_WAITING_TURNS and _is_left(done):
            break
        following: list[State] = []
        for new in running:
            goes_on = calculate_word(condition, unit, new) if condition.end > condition.start else 1
            if goes_on == 0:
                done.append(new)
                continue
            for after in _turn(evaluator, command.body, unit, new):
                if goes_on is None or after.ended:
                    done.append(after)
                else:
                    calculate_word(update, unit, after)
                    following.append(after)
        running = evaluator.merge(following)
        if not running:
            break
    return [_leave_loop(new) for new in (*done, *running)]


def _leave_loop(state: State) -> State:
    if state.ended in ("break", "continue"):
        state.levels -= 1
        if state.levels <= 0:
            state.ended = ""
    return state


def _is_left(states: Iterable[State]) -> bool:
    """Return whether a loop may have been left on some ways."""
    return any(state.ended for state in states)


def _contents(states: Iterable[State]) -> set[frozenset[tuple[FileKey, int]]]:
    """Return what distinguishes the files of states, without pipes, from those of other states."""
    return {
        frozenset((key, id(file.content)) for key, file in state.files.items() if key[1])
        for state in states
    }
