# SPDX-License-Identifier: MIT
"""The parts of an expanded word, and patterns that are made of them.

Source: POSIX.1-2024, Shell Command Language, 2.14 Pattern Matching Notation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.shell.state import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.embedded.hosted import HostedText


class Part(NamedTuple):
    """A part of a word. An unquoted one that was substituted is split into several words.

    `breaks` stands between the arguments of ``$@``.
    """

    text: HostedText
    is_quoted: bool
    is_substituted: bool = False
    breaks: bool = False


def compile_pattern(parts: Sequence[Part], *, is_path: bool = False) -> re.Pattern[str] | None:
    """Return the parts of a word as a pattern, None if one is unknown or odd."""
    pieces = []
    for part in parts:
        text = part.text.text
        if not is_known(text):
            return None
        pieces.append(re.escape(text) if part.is_quoted else translate_glob(text, is_path=is_path))
    try:
        return re.compile("(?s:" + "".join(pieces) + r")\Z")
    except re.error:
        return None


def translate_glob(text: str, *, is_path: bool = False) -> str:
    """Return the regular expression of a pattern of the shell."""
    character = "[^/]" if is_path else "."
    pieces = []
    position = 0
    while position < len(text):
        found = _BRACKETS.match(text, position)
        if found:
            body = found[2].replace("\\", "\\\\")
            pieces.append(f"[{'^' if found[1] else ''}{_CLASS.sub(_class, body)}]")
            position = found.end()
            continue
        sign = text[position]
        pieces.append({"*": f"{character}*", "?": character}.get(sign, re.escape(sign)))
        position += 1
    return "".join(pieces)


_BRACKETS = re.compile(r"\[([!^]?)(\]?(?:\[:\w+:\]|[^\]])+)\]")
_CLASS = re.compile(r"\[:(\w+):\]|\[")
_CLASSES = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "space": r"\s", "upper": "A-Z",
    "lower": "a-z", "blank": r" \t", "xdigit": "0-9A-Fa-f", "punct": r"!-/:-@\[-`{-~",
}  # fmt: skip


def _class(found: re.Match[str]) -> str:
    return _CLASSES.get(found[1], "") if found[1] else r"\["
