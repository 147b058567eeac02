# SPDX-License-Identifier: MIT
"""Simple commands: variables that are set, and the words of a command with its redirections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.embedded.model import join
from criulint.embedded.shell.arithmetic import calculate
from criulint.embedded.shell.expansion import Expansion
from criulint.embedded.shell.redirects import redirect
from criulint.embedded.shell.roles import note_variable
from criulint.embedded.shell.state import restore_descriptors, restore_variables
from criulint.embedded.shell.syntax import DECLARING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from criulint.embedded.model import HostedText
    from criulint.embedded.shell.state import Evaluation, State, Unit, VariableValue
    from criulint.embedded.shell.syntax import Assignment, Simple


def run_simple(evaluator: Evaluation, command: Simple, unit: Unit, state: State) -> list[State]:
    """Return the states after a simple command: assignments alone, or with a command."""
    outer = dict(state.descriptors)
    first = unit.word(command.words[0]) if command.words else ""
    expansion = Expansion(evaluator, unit, state, asks=first in ("[", "test"))
    state.is_test, state.status = False, True
    words = _expand(command, unit, expansion)
    if not redirect(evaluator, command.redirects, unit, state):
        state.descriptors = outer
        state.resolve(False)
        return [state]
    if not words:
        for assignment in command.assignments:
            _set_variable(evaluator, assignment, unit, state)
        return restore_descriptors([state], outer)
    if words[0].text in DECLARING:
        states = _run_words(evaluator, command, words, unit, state)
        for assignment in command.assignments:
            _set_variable(evaluator, assignment, unit, state)
    else:
        states = _run_with_assignments(evaluator, command, words, unit, state)
    if expansion.has_default:
        _note_defaults(words, first, states)
    keeps_redirections = words[0].text == "exec" and len(words) == 1
    return states if keeps_redirections else restore_descriptors(states, outer)


def _run_with_assignments(
    evaluator: Evaluation, command: Simple, words: list[HostedText], unit: Unit, state: State
) -> list[State]:
    """Run a command with the variables that are set before it: ``A=1 B=2 command``."""
    before: dict[str, VariableValue | None] = {}
    for assignment in command.assignments:
        before[assignment.name] = state.variables.get(assignment.name)
        _set_variable(evaluator, assignment, unit, state)
    exported = state.exported
    state.exported |= before.keys()
    states = _run_words(evaluator, command, words, unit, state)
    for new in states:
        if before:
            new.exported = exported
        restore_variables(new, before)
    return states


def _run_words(
    evaluator: Evaluation, command: Simple, words: list[HostedText], unit: Unit, state: State
) -> list[State]:
    if "$_" in unit.tree.signs:
        state.variables["_"] = words[-1]
    return evaluator.run(state, words, unit, unit.text.offsets[command.start])


def _note_defaults(words: Sequence[HostedText], first: str, states: Iterable[State]) -> None:
    """Note which variables are defaults after a command with a default in its words."""
    for new in states:
        if first in DECLARING:
            for word in words[1:]:
                new.note_default(word.text.partition("=")[0], is_default="=" in word.text)
        elif first.startswith(("$", '"$')) and words[0].text in ("true", "false"):
            new.resolve(None, is_test=True)


def _expand(command: Simple, unit: Unit, expansion: Expansion) -> list[HostedText]:
    """Return the words of a command; those of a declaration are assignments."""
    if command.words and unit.word(command.words[0]) in DECLARING:
        return [
            expansion.text(word, is_assigned=True)
            if "=" in unit.word(word)
            else expansion.text(word)
            for word in command.words
        ]
    return expansion.words(command.words)


def _set_variable(evaluator: Evaluation, assignment: Assignment, unit: Unit, state: State) -> None:
    """Give a variable a value."""
    expansion = Expansion(evaluator, unit, state)
    name = assignment.name
    old = state.variables.get(name)
    if assignment.elements is not None:
        elements = expansion.words(assignment.elements)
        before = old if assignment.adds and isinstance(old, list) else []
        state.variables[name] = [*before, *elements]
        return
    value = expansion.text(assignment.value, is_assigned=True)
    if assignment.subscript is not None:
        _set_element(name, assignment.subscript, value, state)
    elif assignment.adds and not isinstance(old, list):
        offset = value.offsets[0]
        if old is None:
            old = evaluator.unknowns.text(("variable", name), offset, offset)
        state.variables[name] = join([old, value])
    elif assignment.adds:
        state.variables[name] = None
    else:
        state.variables[name] = value
    state.note_default(name, is_default=expansion.has_default)
    note_variable(evaluator, name, state)


def _set_element(name: str, index: str, value: HostedText, state: State) -> None:
    old = state.variables.get(name)
    elements = list(old) if isinstance(old, list) else []
    number = calculate(index, state.variables)
    if number is not None and 0 <= number <= len(elements):
        elements[number : number + 1] = [value]
        state.variables[name] = elements
    else:
        state.variables[name] = None
