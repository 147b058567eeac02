# SPDX-License-Identifier: MIT
"""Semantic tokens: comments, options and values as CRIU reads them, and what it ignores."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsprotocol.types import Position, Range, SemanticTokens, SemanticTokensLegend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import Option
    from criulint.lsp.document import Document

_TYPES = ("comment", "property", "operator", "string", "number", "enumMember")
#: What CRIU ignores or refuses is "deprecated": the only modifier that editors render.
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
    is_dead: bool = False


def tokens(document: Document, lsp_range: Range | None = None) -> SemanticTokens:
    """Return the tokens of a document, or of the lines that a range touches."""
    data: list[int] = []
    line = column = 0
    for start, length, token in _place_tokens(document, lsp_range):
        delta = start.line - line
        data += [
            delta,
            start.character - (0 if delta else column),
            length,
            _TYPES.index(token.type),
            int(token.is_dead),
        ]
        line, column = start.line, start.character
    return SemanticTokens(data)


def _place_tokens(
    document: Document, lsp_range: Range | None
) -> Iterator[tuple[Position, int, _Token]]:
    """Yield the position, the length in the protocol's units, and each token itself."""
    for part in document.parts:
        first, last = 1, part.lines
        if lsp_range:
            first, last = part.lines_of(lsp_range)
        for number in range(first, min(last, part.lines) + 1):
            for token in _tokens_of(part, number):
                places = part.columns_range(number, token.start, token.end)
                length = places.end.character - places.start.character
                if places.start.line == places.end.line and length > 0:
                    yield places.start, length, token


def _tokens_of(document: Document, number: int) -> Iterator[_Token]:
    """Yield the tokens of a 1-based line, in order."""
    tree = document.tree(number)
    found = document.options_by_line.get(number, [])
    option: Option | None = found[0].option if found else None
    if tree.name:
        unread = not found and number not in document.value_lines
        ignored = option is not None and option.is_ignored
        yield _Token(tree.name.start, tree.name.end, "property", unread or ignored)
        if tree.separator and tree.separator.kind == "EQUALS":
            yield _Token(tree.separator.start, tree.separator.end, "operator")
        if tree.value:
            dead = option is None or all(parsed.value is None for parsed in found)
            kind = _KINDS.get(option.kind, "string") if option else "string"
            yield _Token(tree.value.start, tree.value.end, kind, dead)
        if tree.extra and (words := tree.extra.text.strip()):
            start = tree.extra.start + tree.extra.text.index(words)
            yield _Token(start, start + len(words), "string", True)
    if tree.comment:
        yield _Token(tree.comment.start, tree.comment.end, "comment")
