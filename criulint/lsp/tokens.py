# SPDX-License-Identifier: GPL-2.0-only
"""Semantic tokens: what CRIU takes for a comment, for an option, for a value, and what it does not take at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lsprotocol.types import SemanticTokens, SemanticTokensLegend

from criulint.criu.options import Option
from criulint.lsp.document import Document

_TYPES = ("comment", "property", "operator", "string", "number", "enumMember")
#: What CRIU ignores or refuses is "deprecated", the one modifier that editors show.
LEGEND = SemanticTokensLegend(list(_TYPES), ["deprecated"])
_KINDS = {"int": "number", "size": "number", "verbosity": "number", "enum": "enumMember", "flag-list": "enumMember"}


class _Token(NamedTuple):
    start: int
    end: int
    type: str
    dead: bool = False


def tokens(document: Document, first: int = 1, last: int | None = None) -> SemanticTokens:
    """The tokens of the engine's lines from `first` to `last`, 1-based."""
    data: list[int] = []
    before_line = before_start = 0
    for number in range(first, min(last or document.lines, document.lines) + 1):
        for token in _line(document, number):
            start = document.position(document.offset_of(number, token.start + 1))
            end = document.position(document.offset_of(number, token.end + 1))
            if end.line != start.line or end.character == start.character:
                continue
            delta = start.line - before_line
            data += [
                delta,
                start.character - (0 if delta else before_start),
                end.character - start.character,
                _TYPES.index(token.type),
                int(token.dead),
            ]
            before_line, before_start = start.line, start.character
    return SemanticTokens(data)


def _line(document: Document, number: int) -> Iterator[_Token]:
    tree = document.tree(number)
    found = document.found.get(number, [])
    option: Option | None = found[0].option if found else None
    if tree.name:
        unread = not found and not any(number == document.reading.word_lines[word] for word in _values(document, number))
        ignored = option is not None and option.facts.get("x-criu-in-file") == "ignored"
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


def _values(document: Document, number: int) -> Iterator[int]:
    """The words of a line that are the value of an option on a line before."""
    for event in document.reading.parsed.events:
        word = getattr(event, "value_word", -1)
        if word >= 0 and document.reading.word_lines[word] == number:
            yield word
