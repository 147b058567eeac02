# SPDX-License-Identifier: MIT
"""Words of a Dockerfile: quotes, escapes, variables, and lists in JSON.

Source: BuildKit, frontend/dockerfile/shell/lex.go and parser/line_parsers.go.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from criulint.embedded.model import UNKNOWN, HostedText, join

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Variables, None for an unknown value.
Variables = dict[str, "HostedText | None"]

# `$NAME` or `${NAME}`; with a default, the groups are its operator (`:-`) and the word after it.
_VARIABLE = re.compile(
    r"\$(?:(\w+)|\{(\w+)(?!\w)(?:(:?[-+?])((?:[^{}\\]|\\.|\{[^{}]*\})*)|([^}]*))\})"
)
_STRING = re.compile(r'(?<!\\)"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def split_list(text: HostedText) -> list[HostedText] | None:
    """Return the strings of a list in JSON, the exec form; None if it is not one."""
    try:
        values = json.loads(text.text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return None
    words = [
        unescape_json(text[match.start(1) : match.end(1)]) for match in _STRING.finditer(text.text)
    ]
    return words if [word.text for word in words] == values else None


def unescape_json(text: HostedText) -> HostedText:
    """Return what the inside of a string of JSON stands for."""
    parts = []
    begin = 0
    for match in _ESCAPE.finditer(text.text):
        character = chr(int(match[1], 16)) if match[1] else _ESCAPES.get(match[2], match[2])
        start, end = text.offsets[match.start()], text.offsets[match.end()]
        parts += [text[begin : match.start()], HostedText.at(character, start, end)]
        begin = match.end()
    return join([*parts, text[begin:]])


def split_words(text: HostedText, escape: str) -> list[HostedText]:
    """Return the words with their quotes; blanks in quotes or escaped do not split them."""
    mark = re.escape(escape)
    word = re.compile(
        rf"(?:{mark}.|'[^']*'|\"(?:{mark}.|[^\"{mark}])*\"|[^\s'\"{mark}]|['\"{mark}])+", re.DOTALL
    )
    return [text[match.start() : match.end()] for match in word.finditer(text.text)]


def expand(
    text: HostedText,
    variables: Mapping[str, HostedText | None],
    escape: str = "\\",
    *,
    quotes: bool = True,
    others_are_unset: bool = False,
) -> HostedText:
    """Return a word with its variables replaced; without `quotes`, quotes are ordinary characters.

    A variable that is not set may come from the base image: it is unknown unless
    `others_are_unset`.
    """
    expansion = _Expansion(
        text, variables, escape, quotes=quotes, others_are_unset=others_are_unset
    )
    return expansion.run()


class _Expansion:
    """The expansion of a word, up to a position."""

    def __init__(
        self,
        text: HostedText,
        variables: Mapping[str, HostedText | None],
        escape: str,
        *,
        quotes: bool,
        others_are_unset: bool,
    ) -> None:
        self._text = text
        self._variables = variables
        self._escape = escape
        self._quotes = quotes
        self._others_are_unset = others_are_unset
        self._parts: list[HostedText] = []

    def run(self) -> HostedText:
        text = self._text.text
        position = 0
        quote = ""
        while position < len(text):
            character = text[position]
            if self._quotes and character in "'\"" and quote in ("", character):
                quote = "" if quote else character
                position += 1
            elif quote != "'" and character == self._escape and position + 1 < len(text):
                is_kept = quote == '"' and text[position + 1] not in ('"', "$", self._escape)
                self._keep(position if is_kept else position + 1, position + 2)
                position += 2
            elif quote != "'" and character == "$" and (match := _VARIABLE.match(text, position)):
                self._parts.append(self._value(match))
                position = match.end()
            else:
                self._keep(position, position + 1)
                position += 1
        expanded = join(self._parts)
        return HostedText(expanded.text, [*expanded.offsets[:-1], self._text.offsets[-1]])

    def _keep(self, start: int, end: int) -> None:
        self._parts.append(self._text[start:end])

    def _value(self, match: re.Match[str]) -> HostedText:
        text = self._text
        start, end = text.offsets[match.start()], text.offsets[match.end()]
        name, operator = match[1] or match[2], match[3] or ""
        value = self._variables.get(name)
        is_declared = name in self._variables
        is_unset = not is_declared and (self._others_are_unset or operator.endswith("-"))
        if match[5] or (value is None and not is_unset):
            return HostedText.at(UNKNOWN, start, end)
        is_empty = value is None or (operator.startswith(":") and not value.text)
        if operator.endswith("-" if is_empty else "+"):
            return self._expand(text[match.start(4) : match.end(4)])
        if is_empty and operator.endswith("?"):
            return HostedText.at(UNKNOWN, start, end)
        if value is None or operator.endswith("+"):
            return HostedText.at("", start, end)
        return value

    def _expand(self, word: HostedText) -> HostedText:
        return expand(
            word,
            self._variables,
            self._escape,
            quotes=self._quotes,
            others_are_unset=self._others_are_unset,
        )
