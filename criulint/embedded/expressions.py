# SPDX-License-Identifier: MIT
"""Regular expressions in hosts (of ``sed``, ``grep``, Ansible), matched in linear time.

They are not trusted: with Python's own matcher, a short one could take forever. RE2 has no
backreferences and no look-around; an expression that needs them is not followed.

Source: POSIX.1-2024, Regular Expressions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

# `[abc]`, with `^` and its members; a `]` is one of them if it comes first.
_BRACKETS = re.compile(r"\[(\^?)(\]?(?:\[:\w+:\]|[^\]])*)\]")
_CLASS = re.compile(r"\[:(\w+):\]")
#: The members of POSIX character classes, as between the brackets of an expression.
CHARACTER_CLASSES = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "space": r"\s", "upper": "A-Z",
    "lower": "a-z", "blank": r" \t", "xdigit": "0-9A-Fa-f", "punct": r"!-/:-@\[-`{-~",
}  # fmt: skip
# In a basic expression, these are operators after a backslash, and ordinary without one.
_EXTENDED_OPERATORS = "(){}+?|"
# A backslash makes them ordinary characters.
_ORDINARY = frozenset(".*[]^$/\\+?(){}|-#,&@:%!\"'~=; ")
_ESCAPES = {"n": r"\n", "t": r"\t", "s": r"\s", "S": r"\S", "w": r"\w", "b": r"\b"}


class Match(Protocol):
    """A match in a text, with the methods of `re.Match`."""

    def start(self, group: int = 0) -> int:
        """Return where a group begins, -1 if it is not part of the match."""

    def end(self, group: int = 0) -> int:
        """Return where a group ends."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """Return where a group begins and ends."""

    def groups(self) -> tuple[str | None, ...]:
        """Return the texts of all groups."""


class Regex:
    """A compiled expression; the longest of the leftmost matches counts, as POSIX requires.

    Source: POSIX.1-2017, XBD 9.1.
    """

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def search(self, text: str) -> Match | None:
        """Return the first match in a text, None if there is none."""
        found: Match | None = self._compiled.search(_make_encodable(text))
        return found

    def matches(self, text: str) -> Iterator[Match]:
        """Yield the matches; as in `sed`, an empty one right after another does not count."""
        end = -1
        for found in self._compiled.finditer(_make_encodable(text)):
            if found.span() != (end, end):
                yield found
            end = found.end()


def _make_encodable(text: str) -> str:
    """Return a text of the same length in which bytes that are not UTF-8 are question marks.

    RE2 encodes what it searches.
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def translate_regex(pattern: str, *, is_extended: bool) -> str | None:
    """Return a regular expression of POSIX as one of RE2's, None if it has no equivalent there."""
    pieces: list[str] = []
    position = 0
    while position < len(pattern):
        piece: str | None
        has_next = position + 1 < len(pattern)
        if pattern[position] == "[":
            brackets = _BRACKETS.match(pattern, position)
            if brackets is None:
                return None
            piece = _translate_brackets(brackets)
            position = brackets.end()
        elif pattern[position] == "\\" and has_next:
            piece = _translate_escape(pattern[position + 1], is_extended=is_extended)
            if piece is None:
                return None
            position += 2
        else:
            is_first = not pieces or pieces[-1] == "("
            piece = pattern[position]
            if piece == "*" and (is_first or pieces[-1] == "^"):
                piece = r"\*"
            elif not is_extended and _is_ordinary(piece, is_first=is_first, is_last=not has_next):
                piece = re.escape(piece)
            position += 1
        pieces.append(piece)
    return "".join(pieces)


def _translate_brackets(found: re.Match[str]) -> str:
    members = _CLASS.sub(
        lambda name: CHARACTER_CLASSES.get(name[1], ""), found[2].replace("\\", r"\\")
    ).replace("[", r"\[")
    return f"[{found[1]}{members}]"


def _translate_escape(letter: str, *, is_extended: bool) -> str | None:
    """Return the meaning of a backslash before a letter, None if RE2 does not have it."""
    if not is_extended and letter in _EXTENDED_OPERATORS:
        return letter
    return re.escape(letter) if letter in _ORDINARY else _ESCAPES.get(letter)


def _is_ordinary(character: str, *, is_first: bool, is_last: bool) -> bool:
    """Return whether a basic expression reads as itself what an extended one has as an operator."""
    if character == "^":
        return not is_first
    if character == "$":
        return not is_last
    return character in _EXTENDED_OPERATORS


def compile_regex(pattern: str, *, ignores_case: bool = False) -> Regex | None:
    """Return a compiled expression in the syntax of RE2; None if it cannot be matched."""
    try:
        import re2
    except ImportError:  # without the extra `scripts`
        return None
    options = re2.Options()
    options.longest_match = True
    options.case_sensitive = not ignores_case
    options.log_errors = False
    try:
        return Regex(re2.compile(pattern, options))
    except (re2.error, UnicodeEncodeError):
        return None
