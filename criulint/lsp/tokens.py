# SPDX-License-Identifier: GPL-2.0-only
"""Semantic tokens: what CRIU takes for a comment, for an option, for a value, and what it does not take at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lsprotocol.types import Position, Range, SemanticTokens, SemanticTokensLegend

from criulint.criu.options import Option
from criulint.lsp.document import Document

_TYPES = ("comment", "property", "operator", "string", "number", "enumMember")
#: What CRIU ignores or refuses is "deprecated", the one modifier that editors show.
LEGEND = SemanticTokensLegend(list(_TYPES), ["deprecated"])
_KINDS = {
    "int": "number",
    "size": "number",
    "verbosity": "number",
    "enum": "enumMember",
    "flag-list": "enumMember",
}


class _Token(NamedTuple):
    start: int
    end: int
    type: str
    dead: bool = False


def tokens(document: Document, range_: Range | None = None) -> SemanticTokens:
    """The tokens of a document, or of the lines of a range in it."""
    data: list[int] = []
    line = column = 0
    for start, length, token in _places(document, range_):
        delta = start.line - line
        data += [
            delta,
            start.character - (0 if delta else column),
            length,
            _TYPES.index(token.type),
            int(token.dead),
        ]
        line, column = start.line, start.character
    return SemanticTokens(data)


def _places(document: Document, range_: Range | None) -> Iterator[tuple[Position, int, _Token]]:
    """Where each token begins, how long it is, and what it is."""
    for part in document.parts:
        first, last = 1, part.lines
        if range_:
            first, _ = part.line_of(part.offset(range_.start))
            last, _ = part.line_of(part.offset(range_.end))
        for number in range(first, min(last, part.lines) + 1):
            for token in _line(part, number):
                places = part.columns_range(number, token.start, token.end)
                length = places.end.character - places.start.character
                if places.start.line == places.end.line and length > 0:
                    yield places.start, length, token


def _line(document: Document, number: int) -> Iterator[_Token]:
    tree = document.tree(number)
    found = document.found.get(number, [])
    option: Option | None = found[0].option if found else None
    if tree.name:
        unread = not found and number not in document.swallowed
        ignored = option is not None and option.is_ignored
        yield _Token(tree.name.start, tree.name.end, "property", unread or ignored)
        if tree.separator and tree.separator.kind == "EQUALS":
            yield _Token(tree.separator.start, tree.separator.end, "operator")
        if tree.value:
            dead = option is None or all(event.value is None for event in found)
            kind = _KINDS.get(option.kind, "string") if option else "string"
            yield _Token(tree.value.start, tree.value.end, kind, dead)
        if tree.extra and (words := tree.extra.text.strip()):
            start = tree.extra.start + tree.extra.text.index(words)
            yield _Token(start, start + len(words), "string", True)
    if tree.comment:
        yield _Token(tree.comment.start, tree.comment.end, "comment")
