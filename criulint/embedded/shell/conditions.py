# SPDX-License-Identifier: MIT
"""The results of tests, ``[ ... ]`` and ``[[ ... ]]``; None if not known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.shell.state import StatusQuestion, is_known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from criulint.embedded.model import HostedText
    from criulint.embedded.shell.expansion import Expansion
    from criulint.embedded.shell.state import State, Unit
    from criulint.embedded.shell.syntax import WordSpan

_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda left, right: left == right,
    "-ne": lambda left, right: left != right,
    "-lt": lambda left, right: left < right,
    "-le": lambda left, right: left <= right,
    "-gt": lambda left, right: left > right,
    "-ge": lambda left, right: left >= right,
}
_NUMBER = re.compile(r"\s*[-+]?\d+\s*")
_STRINGS = ("=", "==", "!=")


def check_test(words: Sequence[HostedText], state: State) -> bool | None:
    """Return whether the words of `test` hold."""
    texts = [word.text for word in words]
    if len(texts) > 4:
        for operator in ("-o", "-a"):
            if operator in texts[1:-1]:
                at = texts.index(operator, 1)
                sides = (check_test(words[:at], state), check_test(words[at + 1 :], state))
                return _join(*sides, is_and=operator == "-a")
    if texts[:1] == ["!"] and len(texts) > 1:
        return _negate(check_test(words[1:], state))
    return _check_operands(texts, state)


def question_of(texts: Sequence[str]) -> StatusQuestion:
    """Return the question that an undecided test asks."""
    if list(texts[:1]) == ["!"]:
        return question_of(texts[1:]).negate()
    if len(texts) == 2 and texts[0] in ("-n", "-z"):
        return StatusQuestion(("is empty", texts[1]), texts[0] == "-z")
    if len(texts) == 1:
        return StatusQuestion(("is empty", texts[0]), is_positive=False)
    if len(texts) == 3 and texts[1] in _STRINGS:
        return StatusQuestion(("are equal", texts[0], texts[2]), texts[1] != "!=")
    return StatusQuestion(tuple(texts), is_positive=True)


def check_condition(
    words: Sequence[WordSpan], unit: Unit, expansion: Expansion, state: State
) -> bool | None:
    """Return whether the words in double brackets hold."""
    raw = [unit.text.text[word.start : word.end] for word in words]
    for operator in ("||", "&&"):
        if operator in raw:
            at = raw.index(operator)
            sides = (
                check_condition(words[:at], unit, expansion, state),
                check_condition(words[at + 1 :], unit, expansion, state),
            )
            return _join(*sides, is_and=operator == "&&")
    if raw[:1] == ["!"]:
        return _negate(check_condition(words[1:], unit, expansion, state))
    if not {"(", ")", "=~"}.isdisjoint(raw):
        return None
    if len(words) == 3 and raw[1] in _STRINGS:
        left = expansion.text(words[0]).text
        pattern = expansion.pattern(words[2])
        if pattern is None or not is_known(left):
            return None
        return bool(pattern.fullmatch(left)) == (raw[1] != "!=")
    return _check_operands([expansion.text(word).text for word in words], state)


def _check_operands(texts: list[str], state: State) -> bool | None:
    """Return whether a test with one operator, or none, holds."""
    if not texts:
        return False
    if len(texts) == 1:
        return bool(texts[0]) if is_known(texts[0]) else None
    if len(texts) == 2:
        return _check_operand(texts[0], texts[1], state)
    return _compare(*texts) if len(texts) == 3 else None


def _compare(left: str, operator: str, right: str) -> bool | None:
    if not is_known(left) or not is_known(right):
        return None
    if operator in _STRINGS:
        return (left == right) == (operator != "!=")
    compare = _NUMBERS.get(operator)
    if compare is None or not all(map(_NUMBER.fullmatch, (left, right))):
        return None
    return compare(int(left), int(right))


def _check_operand(operator: str, operand: str, state: State) -> bool | None:
    if operator in ("-n", "-z"):
        if not is_known(operand):
            # Part of the text is known, so it is not empty.
            return (operator == "-n") if len(operand) > 1 else None
        return bool(operand) == (operator == "-n")
    key = state.key(operand)
    if operator in ("-e", "-f", "-r", "-s") and key in state.files:
        return True if state.files[key].content or operator != "-s" else None
    return True if operator == "-d" and key in state.directories else None


def _negate(value: bool | None) -> bool | None:
    return None if value is None else not value


def _join(left: bool | None, right: bool | None, *, is_and: bool) -> bool | None:
    """Return the conjunction or disjunction of two results, each None if not known."""
    if is_and:
        if left is False or right is False:
            return False
    elif left or right:
        return True
    return None if left is None or right is None else is_and
