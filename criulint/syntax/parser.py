# SPDX-License-Identifier: MIT
"""The parser: from text to trees, with Lark.

Importing this module does not import Lark; the first line that needs Lark does.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from criulint.source import Source, decode
from criulint.syntax.tree import ConfigTree, LineKind, LineTree, Token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lark import Lark, ParseTree

# Longer lines are rare, and not worth the memory that caching them takes.
_CACHED_LENGTH = 1000

# Options as they are usually written, split as by the grammar (the tests compare the two): most
# runs then need not import Lark, which takes longer than everything else. The groups are tokens, of
# the kinds below.
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

    return Lark.open("config.lark", rel_to=__file__, parser="lalr", start=["file", "line"])


def parse_file(data: bytes) -> ConfigTree:
    """Parse a configuration file, which may contain any bytes, in linear time."""
    source = Source(data)
    return ConfigTree([parse_line(decode(line)) for line in source.lines], source.ends_with_newline)


def parse_line(text: str) -> LineTree:
    """Parse one line without its LF, decoded by `criulint.source.decode`."""
    return _parse_short_line(text) if len(text) <= _CACHED_LENGTH else _parse_with_lark(text)


@lru_cache(maxsize=10_000)
def _parse_short_line(text: str) -> LineTree:
    common = _COMMON.fullmatch(text)
    if common:
        return LineTree(
            LineKind.OPTION, _tokens(zip(_COMMON_KINDS, common.groups(""), strict=True))
        )
    return _parse_with_lark(text)


def _parse_with_lark(text: str) -> LineTree:
    return _line_tree(_grammar().parse(text, start="line"))


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
    """Return adjacent tokens from their kinds and texts; empty texts are left out."""
    tokens = []
    position = 0
    for kind, text in pairs:
        if text:
            tokens.append(Token(kind, text, position, position + len(text)))
            position += len(text)
    return tuple(tokens)
