# SPDX-License-Identifier: MIT
"""Conditions, and commands that depend on one: ``if``, ``case``, ``&&``, ``[[``, ``((``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.shell.arithmetic import calculate_word
from criulint.embedded.shell.conditions import check_condition, question_of
from criulint.embedded.shell.expansion import Expansion
from criulint.embedded.shell.state import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.embedded.shell.state import Evaluation, State, Unit
    from criulint.embedded.shell.syntax import (
        AndOr,
        Arithmetic,
        Case,
        Condition,
        If,
        Negation,
        WordSpan,
    )


def run_negation(evaluator: Evaluation, command: Negation, unit: Unit, state: State) -> list[State]:
    """Run a command, and turn its status round."""
    states = evaluator.execute(command.body, unit, state)
    for new in states:
        if not new.ended:
            question = new.question and new.question.negate()
            status = None if new.status is None else not new.status
            new.resolve(status, is_test=True, question=question)
    return states


def run_and_or(evaluator: Evaluation, command: AndOr, unit: Unit, state: State) -> list[State]:
    """Run the right command on the ways on which the left one leads to it."""
    found: list[State] = []
    for new in evaluator.execute(command.left, unit, state):
        if new.ended:
            found.append(new)
            continue
        status = new.status
        if status is None and not new.is_test and command.is_and:
            status = True  # a program has run
        if status is None:
            other = new.copy()
            other.choose(not command.is_and)
            new.choose(command.is_and)
            found.append(other)
        if status is None or status == command.is_and:
            found += evaluator.execute(command.right, unit, new)
        else:
            found.append(new)
    return evaluator.merge(found)


def run_if(evaluator: Evaluation, command: If, unit: Unit, state: State) -> list[State]:
    """Run the body, the rest, or both on separate ways if the condition is not known."""
    found: list[State] = []
    for new in evaluator.execute(command.condition, unit, state):
        if new.ended:
            found.append(new)
            continue
        status = new.status
        other = new if status is False else None
        if status is None:
            other = new.copy()
            other.choose(False)
            new.choose(True)
        if status is not False:
            new.succeed()
            found += evaluator.execute(command.body, unit, new)
        if other is not None:
            other.succeed()
            found += (
                evaluator.execute(command.otherwise, unit, other) if command.otherwise else [other]
            )
    return evaluator.merge(found)


def run_case(evaluator: Evaluation, command: Case, unit: Unit, state: State) -> list[State]:
    """Run the first item that matches; where that is not known, each that may."""
    expansion = Expansion(evaluator, unit, state, asks=True)
    subject = expansion.text(command.word)
    known = subject.text if is_known(subject.text) else None
    found: list[State] = []
    is_certain = False
    for number, item in enumerate(command.items):
        raw = tuple(unit.word(pattern) for pattern in item.patterns)
        question: tuple[object, ...] = ("case", subject.text, raw)
        if len(raw) == 1 and re.fullmatch(r"[\w.-]+", raw[0]):
            question = ("are equal", subject.text, raw[0])
        matches = _match(item.patterns, known, expansion)
        matches = state.answer(question) if matches is None else matches
        if matches is False:
            continue
        chosen = state.copy()
        if matches is None:
            chosen.answers = {**state.answers, question: True}
            state.answers = {**state.answers, question: False}
        found += _case_bodies(evaluator, command, number, unit, chosen)
        if matches:
            is_certain = True
            break
    if not is_certain:
        state.succeed()
        found.append(state)
    return evaluator.merge(found)


def _match(patterns: Sequence[WordSpan], subject: str | None, expansion: Expansion) -> bool | None:
    """Return whether a word matches one of the patterns, None if that is not known."""
    compiled = [expansion.pattern(pattern) for pattern in patterns]
    if any(pattern and pattern.pattern == r"(?s:.*)\Z" for pattern in compiled):
        return True
    if subject is None:
        return None
    if any(pattern and pattern.fullmatch(subject) for pattern in compiled):
        return True
    return None if None in compiled else False


def _case_bodies(
    evaluator: Evaluation, command: Case, number: int, unit: Unit, state: State
) -> list[State]:
    """Run the body of an item, and those after it as far as it falls through."""
    state.succeed()
    states = [state]
    for item in command.items[number:]:
        states = [after for new in states for after in evaluator.execute(item.body, unit, new)]
        if item.end == ";;":
            break
    return states


def run_arithmetic(_: Evaluation, command: Arithmetic, unit: Unit, state: State) -> list[State]:
    """Calculate, and note whether the result is not 0."""
    value = calculate_word(command.expression, unit, state)
    names = set(re.findall(r"[A-Za-z_]\w*", unit.word(command.expression)))
    is_known = value is not None and names.isdisjoint(state.defaulted)
    state.resolve(value != 0 if is_known else None, is_test=True)
    return [state]


def run_condition(
    evaluator: Evaluation, command: Condition, unit: Unit, state: State
) -> list[State]:
    """Check the condition in ``[[``, or note the question that it asks."""
    expansion = Expansion(evaluator, unit, state, asks=True)
    status = check_condition(command.words, unit, expansion, state)
    state.resolve(status, is_test=True)
    if status is None:
        texts = tuple(expansion.text(word).text for word in command.words)
        state.ask(question_of(texts))
    return [state]
