# SPDX-License-Identifier: MIT
"""The ways through code: which of them are one, and which are followed if they are too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from criulint.embedded.shell.state import State

#: The most ways that are followed at the same time.
MAX_WAYS = 32


def join_ways(states: Iterable[State], *, is_between: bool) -> list[State]:
    """Return the states, without those that continue as others do.

    Two ways that differ only in the answer to one question become one way without it. `is_between`
    says that nothing depends on the last command's exit status.
    """
    groups: dict[tuple[object, ...], list[State]] = {}
    for state in states:
        ending = () if is_between else (state.status, state.is_test)
        groups.setdefault((*state.identity, *ending), []).append(state)
    found: list[State] = []
    for group in groups.values():
        first = group[0]
        if any(state.status is not first.status for state in group):
            first.resolve(None)
        answers = _join_answers([state.answers for state in group])
        for number, each in enumerate(answers):
            state = first.copy() if number else first
            state.answers = each
            found.append(state)
    return found


def _join_answers(several: list[dict[object, bool]]) -> list[dict[object, bool]]:
    """Return combinations of answers that cover the same cases as the `several`."""
    if len(several) == 1:
        return several
    known = {frozenset(answers.items()): answers for answers in several}
    questions = dict.fromkeys(question for answers in several for question in answers)
    has_changed = len(known) > 1
    while has_changed:
        has_changed = False
        for question in questions:
            for answers in list(known):
                positive, negative = (question, True), (question, False)
                rest = answers - {positive, negative}
                if len(rest) == len(answers) or answers not in known:
                    continue
                if rest in known:
                    del known[answers]
                elif {rest | {positive}, rest | {negative}} <= known.keys():
                    del known[rest | {positive}], known[rest | {negative}]
                    known[rest] = dict(rest)
                else:
                    continue
                has_changed = True
    return list(known.values())


def choose_ways(states: list[State]) -> list[State]:
    """Return as many states as may be followed, with each answer to a question in one of them.

    The others are spread over all.
    """
    chosen: set[int] = set()
    answered: set[tuple[object, bool]] = set()
    for number, state in enumerate(states):
        if not answered.issuperset(state.answers.items()):
            answered.update(state.answers.items())
            chosen.add(number)
    for number in _spread(range(len(states))):
        if len(chosen) >= MAX_WAYS:
            break
        chosen.add(number)
    numbers = sorted(chosen)
    return [states[number] for number in _spread(numbers)]


def _spread(numbers: Sequence[int]) -> Sequence[int]:
    """Return as many of some numbers as there may be ways, evenly spaced."""
    step = max(len(numbers) / MAX_WAYS, 1)
    return [numbers[int(place * step)] for place in range(min(MAX_WAYS, len(numbers)))]
