# SPDX-License-Identifier: GPL-2.0-only
"""Lark at work: text to trees. Importing this module does not import Lark; the first line that needs it does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from criulint.source import Source, decode
from criulint.syntax.tree import LineKind, LineTree, Token, Tree

if TYPE_CHECKING:
    from lark import Lark, ParseTree

# Longer lines are rare, and not worth the memory that keeping them costs.
_CACHED_LENGTH = 1000

# Options as nearly everybody writes them, split just as the grammar does (the tests compare the two), so that a run on a
# few files need not import Lark, which takes longer than all the rest. The groups are tokens, of the kinds below.
_COMMON = re.compile(
    r"""
    (BLANK)? (-+)? ([A-Za-z][A-Za-z0-9_-]*)
    (?:
        (?: (BLANK)? (?: (=) | (:) (?=[ \t\v\f\r\#=]|\Z) ) (BLANK)? | (BLANK) )
        (?:
            (?: ("[^"\\\0]*") | ([^ \t\v\f\r\0\#"'=:][^ \t\v\f\r\0]*) )
            (BLANK)? (?: ([^ \t\v\f\r\0\#][^\0]*? (?=[ \t\v\f\r]\#|\Z)) (BLANK)? )?
        )?
    )?
    (\#[^\0]*)?
    """.replace("BLANK", r"[ \t\v\f\r]+"),
    re.VERBOSE,
)
_COMMON_KINDS = (
    *("BLANK", "DASHES", "NAME", "BLANK", "EQUALS", "COLON", "BLANK", "BLANK"),
    *("QUOTED", "WORD", "BLANK", "EXTRA", "BLANK", "COMMENT"),
)


@cache
def _grammar() -> Lark:
    from lark import Lark

    return Lark.open(
        "config.lark",
        rel_to=__file__,
        parser="lalr",
        start=["file", "line"],
        maybe_placeholders=False,
    )


def parse(data: bytes) -> Tree:
    """The tree of a configuration file, for any bytes. Takes time linear in the size of the file."""
    source = Source(data)
    return Tree([parse_line(decode(line)) for line in source.lines], source.ends_with_newline)


def parse_line(text: str) -> LineTree:
    """The tree of one line without its LF, decoded as `criulint.source.decode` does."""
    return _parse_short_line(text) if len(text) <= _CACHED_LENGTH else _parse_line(text)


def _parse_line(text: str) -> LineTree:
    common = _COMMON.fullmatch(text) if len(text) <= _CACHED_LENGTH else None
    if common:
        return LineTree(
            LineKind.OPTION, _tokens(zip(_COMMON_KINDS, common.groups(""), strict=True))
        )
    return _parse_with_lark(text)


def _parse_with_lark(text: str) -> LineTree:
    return _line_tree(_grammar().parse(text, start="line"))


_parse_short_line = lru_cache(maxsize=10_000)(_parse_line)


def parse_whole(text: str) -> list[LineTree]:
    """The lines of a text by the grammar's ``file`` rule in one go: the same trees as line by line, only slower."""
    from lark import Tree as LarkTree

    return [
        _line_tree(child)
        for child in _grammar().parse(text, start="file").children
        if isinstance(child, LarkTree)
    ]


def _line_tree(tree: ParseTree) -> LineTree:
    from lark import Tree as LarkTree

    kind = LineKind.BLANK
    tokens: list[tuple[str, str]] = []
    for child in tree.children:
        if isinstance(child, LarkTree):
            kind = LineKind(child.data)
            tokens += [(token.type, str(token)) for token in child.scan_values(lambda _: True)]
        else:
            tokens.append((child.type, str(child)))
    return LineTree(kind, _tokens(tokens))


def _tokens(pairs: Iterable[tuple[str, str]]) -> tuple[Token, ...]:
    """Tokens side by side, from their kinds and texts; a text that is empty is none."""
    tokens = []
    position = 0
    for kind, text in pairs:
        if text:
            tokens.append(Token(kind, text, position, position + len(text)))
            position += len(text)
    return tuple(tokens)
