# SPDX-License-Identifier: GPL-2.0-only
"""Lark at work: text to trees. Importing this module does not import Lark; the first parse does."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from criulint.source import Source, decode
from criulint.syntax.tree import LineKind, LineTree, Token, Tree

if TYPE_CHECKING:
    from lark import Lark, ParseTree

# Longer lines are rare, and not worth the memory that keeping them costs.
_CACHED_LENGTH = 1000


@cache
def _grammar() -> Lark:
    from lark import Lark

    return Lark.open("config.lark", rel_to=__file__, parser="lalr", start=["file", "line"], maybe_placeholders=False)


def parse(data: bytes) -> Tree:
    """The tree of a configuration file, for any bytes. Takes time linear in the size of the file."""
    source = Source(data)
    return Tree([parse_line(decode(line)) for line in source.lines], source.ends_with_newline)


def parse_line(text: str) -> LineTree:
    """The tree of one line without its LF, decoded as `criulint.source.decode` does."""
    return _parse_short_line(text) if len(text) <= _CACHED_LENGTH else _parse_line(text)


def _parse_line(text: str) -> LineTree:
    return _line_tree(_grammar().parse(text, start="line"))


_parse_short_line = lru_cache(maxsize=10_000)(_parse_line)


def parse_whole(text: str) -> list[LineTree]:
    """The lines of a text parsed by the grammar's ``file`` rule in one go: the same trees as line by line."""
    tree = _grammar().parse(text, start="file")
    return [_line_tree(line) for line in tree.find_data("line")][::-1] if text else []


def _line_tree(tree: ParseTree) -> LineTree:
    from lark import Tree as LarkTree

    kind = LineKind.BLANK
    tokens: list[Token] = []
    position = 0
    for child in tree.children:
        if isinstance(child, LarkTree):
            kind = LineKind(child.data)
            values = [str(token) for token in child.scan_values(lambda _: True)]
            types = [token.type for token in child.scan_values(lambda _: True)]
        else:
            values, types = [str(child)], [child.type]
        for type_, text in zip(types, values, strict=True):
            tokens.append(Token(type_, text, position, position + len(text)))
            position += len(text)
    return LineTree(kind, tuple(tokens))
