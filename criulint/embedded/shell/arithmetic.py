# SPDX-License-Identifier: MIT
"""The shell's arithmetic, as far as the numbers are known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.model import HostedText

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from criulint.embedded.shell.state import State, Unit, VariableValue
    from criulint.embedded.shell.syntax import WordSpan

# A number, a name or an operator.
_TOKEN = re.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)"
    r"|(\*\*|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%]=|[-+*/%<>=!~&|^()?:,]))"
)


class _UnknownError(ValueError):
    """An expression whose value is not known."""


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise _UnknownError
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


# Binary operators, those that bind least first.
_LEVELS: tuple[dict[str, Callable[[int, int], int]], ...] = (
    {"||": lambda left, right: int(bool(left) or bool(right))},
    {"&&": lambda left, right: int(bool(left) and bool(right))},
    {"|": lambda left, right: left | right},
    {"^": lambda left, right: left ^ right},
    {"&": lambda left, right: left & right},
    {"==": lambda left, right: int(left == right), "!=": lambda left, right: int(left != right)},
    {
        "<=": lambda left, right: int(left <= right),
        ">=": lambda left, right: int(left >= right),
        "<": lambda left, right: int(left < right),
        ">": lambda left, right: int(left > right),
    },
    {
        "<<": lambda left, right: left << min(right, 64),
        ">>": lambda left, right: left >> min(right, 64),
    },
    {"+": lambda left, right: left + right, "-": lambda left, right: left - right},
    {
        "*": lambda left, right: left * right,
        "/": _divide,
        "%": lambda left, right: left - right * _divide(left, right),
    },
)
_MAX_TOKENS = 500
_MAX_VALUE = 1 << 63


def calculate(expression: str, variables: Mapping[str, VariableValue | None]) -> int | None:
    """Return the value of an expression, None if it is not known or changes a variable."""
    return _run(_Calculation(expression, variables, None))


def calculate_and_assign(
    expression: str, variables: MutableMapping[str, VariableValue | None], place: int
) -> int | None:
    """Return the value of an expression, and change the variables that it changes.

    `place` is the offset of the expression in the host.
    """
    return _run(_Calculation(expression, variables, (variables, place)))


def _run(calculation: _Calculation) -> int | None:
    try:
        value = calculation.run()
    except (_UnknownError, RecursionError):
        return None
    return value if abs(value) < _MAX_VALUE else None


def calculate_word(word: WordSpan, unit: Unit, state: State) -> int | None:
    """Return the value of an expression in code, None if it is not known; variables are set."""
    text = unit.word(word).replace("$", "")
    return calculate_and_assign(text, state.variables, unit.text.offsets[word.start])


class _Calculation:
    """A recursive descent through an expression.

    `changed` are the variables that it may change, and the place that their values then get.
    """

    def __init__(
        self,
        expression: str,
        variables: Mapping[str, VariableValue | None],
        changed: tuple[MutableMapping[str, VariableValue | None], int] | None,
    ) -> None:
        self._variables = variables
        self._changed = changed
        self._tokens: list[str] = []
        position = 0
        expression = expression.strip()
        while position < len(expression):
            found = _TOKEN.match(expression, position)
            if found is None or len(self._tokens) > _MAX_TOKENS:
                self._tokens = ["?"]  # no value begins like that
                break
            self._tokens.append(found[0].strip())
            position = found.end()
        self._at = 0

    def run(self) -> int:
        """Return the value of the expression. _UnknownError if it is not known."""
        if not self._tokens:
            return 0
        value = self._assignment()
        while self._take(","):
            value = self._assignment()
        if self._at < len(self._tokens):
            raise _UnknownError
        return value

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, *words: str) -> str:
        """Return the next token and go on, if it is one of these; empty otherwise."""
        word = self._peek()
        if word and word in words:
            self._at += 1
            return word
        return ""

    def _assignment(self) -> int:
        start = self._at
        name = self._peek()
        if name.isidentifier():
            self._at += 1
            operator = self._take("=", "+=", "-=", "*=", "/=", "%=")
            if operator:
                value = self._assignment()
                if operator != "=":
                    apply = next(level for level in _LEVELS if operator[0] in level)
                    value = apply[operator[0]](self._value(name), value)
                return self._set(name, value)
            self._at = start
        return self._choice()

    def _set(self, name: str, value: int) -> int:
        if self._changed is None:
            raise _UnknownError
        variables, place = self._changed
        variables[name] = HostedText.at(str(value), place, place + 1)
        return value

    def _choice(self) -> int:
        """Return the value of ``CONDITION ? FIRST : SECOND``."""
        value = self._level(0)
        if not self._take("?"):
            return value
        first = self._assignment()
        if not self._take(":"):
            raise _UnknownError
        second = self._assignment()
        return first if value else second

    def _level(self, number: int) -> int:
        """Return the value of an expression whose operators bind at least as tightly as a level."""
        if number == len(_LEVELS):
            return self._unary()
        operators = _LEVELS[number]
        value = self._level(number + 1)
        while operator := self._take(*operators):
            value = operators[operator](value, self._level(number + 1))
        return value

    def _unary(self) -> int:
        operator = self._take("-", "+", "!", "~", "++", "--")
        if operator in ("++", "--"):
            name = self._peek()
            self._at += 1
            return self._set(name, self._value(name) + (1 if operator == "++" else -1))
        if operator:
            value = self._unary()
            return {"-": -value, "+": value, "!": int(not value), "~": ~value}[operator]
        return self._primary()

    def _primary(self) -> int:
        if self._take("("):
            value = self._assignment()
            if not self._take(")"):
                raise _UnknownError
            return value
        word = self._peek()
        self._at += 1
        if word[:1].isdigit():
            return _number(word)
        if not word.isidentifier():
            raise _UnknownError
        value = self._value(word)
        if operator := self._take("++", "--"):
            self._set(word, value + (1 if operator == "++" else -1))
        return value

    def _value(self, name: str) -> int:
        value = self._variables.get(name)
        if not isinstance(value, HostedText) or not re.fullmatch(r"[-+]?\w+", value.text):
            raise _UnknownError
        return _number(value.text)


def _number(text: str) -> int:
    try:
        if re.fullmatch(r"0[0-7]+", text):
            return int(text, 8)
        return int(text, 0)
    except ValueError:
        raise _UnknownError from None
