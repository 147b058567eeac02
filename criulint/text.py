# SPDX-License-Identifier: MIT
"""Text for people: escaping, shortening, plurals, and suggestions for misspelled words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_LENGTH = 80


def escape(text: str) -> str:
    """Return `text` on one line, with control characters and undecodable bytes escaped."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape_character(char) for char in text)


def _escape_character(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8 (`criulint.source.decode`)
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def shorten(text: str) -> str:
    """Return a piece of a file for a message: escaped, and cut to 80 characters."""
    text = escape(text[: _MAX_LENGTH + 1])
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 3] + "..."


def plural(count: int, noun: str, plural_noun: str = "") -> str:
    """Return the count and its noun: ``1 file``, ``2 files``, ``2 entries`` with its own plural."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {plural_noun or noun + 's'}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known word closest to `word`, or nothing."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
