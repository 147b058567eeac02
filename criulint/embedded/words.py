# SPDX-License-Identifier: MIT
"""Splitting a text into words by the shell's quoting rules alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.model import HostedText, join

if TYPE_CHECKING:
    from collections.abc import Callable

# Blanks, or what a word consists of: escapes, text in quotes, and anything else.
_PIECE = re.compile(
    r"(?P<blank>[ \t\r\n]+)|\\(?:\r?\n|(?P<escaped>.))|'(?P<single>[^']*)'"
    r'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s\\\'"]+|\\\Z|[\'"])',
    re.DOTALL,
)
_DOUBLE_ESCAPE = re.compile(r'\\(["\\$`])')


def split_quoted(text: HostedText) -> list[HostedText]:
    """Return the words of a text in which quotes and backslashes are those of the shell."""
    words: list[HostedText] = []
    parts: list[HostedText] | None = None
    for match in _PIECE.finditer(text.text):
        if match["blank"]:
            if parts is not None:
                words.append(join(parts))
            parts = None
            continue
        parts = parts if parts is not None else []
        name = match.lastgroup
        if name is None:  # an escaped line end
            continue
        piece = text[match.start(name) : match.end(name)]
        if name == "double":
            piece = drop(piece, _DOUBLE_ESCAPE, lambda escape: escape.start(1))
        parts.append(piece)
    if parts is not None:
        words.append(join(parts, text.offsets[-1]))
    return words


def drop(
    text: HostedText, pattern: re.Pattern[str], keep: Callable[[re.Match[str]], int]
) -> HostedText:
    """Return the text without the beginning of each match, up to the index that `keep` gives."""
    parts = []
    begin = 0
    for match in pattern.finditer(text.text):
        parts.append(text[begin : match.start()])
        begin = keep(match)
    return join([*parts, text[begin:]])
