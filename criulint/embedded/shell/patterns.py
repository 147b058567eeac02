# SPDX-License-Identifier: MIT
"""The parts of an expanded word, and patterns that are made of them.

Source: POSIX.1-2024, Shell Command Language, 2.14 Pattern Matching Notation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.expressions import CHARACTER_CLASSES
from criulint.embedded.shell.state import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.embedded.model import HostedText


class Part(NamedTuple):
    """A part of a word. An unquoted one that was substituted is split into several words.

    `breaks` stands between the arguments of ``$@``.
    """

    text: HostedText
    is_quoted: bool
    is_substituted: bool = False
    breaks: bool = False


def compile_pattern(parts: Sequence[Part], *, is_path: bool = False) -> re.Pattern[str] | None:
    """Return the parts of a word as a pattern, None if one is unknown or unsupported."""
    character = "[^/]" if is_path else "."
    pieces: list[str] = []
    for part in parts:
        text = part.text.text
        if not is_known(text):
            return None
        if part.is_quoted:
            pieces.append(re.escape(text))
        else:
            pieces += _translate(text, character)
    try:
        return re.compile(f"(?s:{_join_stars(pieces, character)})\\Z")
    except re.error:
        return None


def _translate(text: str, character: str) -> list[str]:
    """Return regular expressions for the parts of a pattern, and `_STAR` for each ``*``."""
    pieces = []
    position = 0
    last = text.rfind("]")
    while position < len(text):
        found = _BRACKETS.match(text, position) if position < last else None
        if found:
            body = found[2].replace("\\", "\\\\")
            pieces.append(f"[{'^' if found[1] else ''}{_CLASS.sub(_class, body)}]")
            position = found.end()
            continue
        sign = text[position]
        pieces.append({"*": _STAR, "?": character}.get(sign, re.escape(sign)))
        position += 1
    return pieces


def _join_stars(pieces: Sequence[str], character: str) -> str:
    """Return one regular expression in which no star but the last one is tried twice.

    The text between two stars can be matched where it occurs first.
    """
    segments: list[list[str]] = [[]]
    for piece in pieces:
        if piece is _STAR:
            segments.append([])
        else:
            segments[-1].append(piece)
    first, *others = ("".join(segment) for segment in segments)
    if not others:
        return first
    others = [*(other for other in others[:-1] if other), others[-1]]
    atomic = [
        f"(?=(?P<g{number}>{character}*?{segment}))(?P=g{number})"
        for number, segment in enumerate(others[:-1])
    ]
    return f"{first}{''.join(atomic)}{character}*{others[-1]}"


_STAR = "*"
_BRACKETS = re.compile(r"\[([!^]?)(\]?(?:\[:\w+:\]|[^\]])+)\]")
_CLASS = re.compile(r"\[:(\w+):\]|\[")


def _class(found: re.Match[str]) -> str:
    return CHARACTER_CLASSES.get(found[1], "") if found[1] else r"\["
