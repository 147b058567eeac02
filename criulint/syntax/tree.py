# SPDX-License-Identifier: MIT
"""The tree of a configuration file as written.

A line's tree does not depend on the lines around it, so equal lines share one; `ConfigTree` adds
the line numbers.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from criulint.finding import Span
from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class LineKind(str, Enum):
    """What a line is, by its first character that is not blank."""

    BLANK = "blank"
    COMMENT = "comment"
    FOREIGN_COMMENT = "foreign_comment"
    SECTION = "section"
    STRAY = "stray"
    OPTION = "option"


class Token(NamedTuple):
    """A terminal of the grammar.

    `start` and `end` are 0-based code points in the line, the end exclusive.
    """

    kind: str
    text: str
    start: int
    end: int


class LineTree:
    """A line: its `tokens`, whose texts joined are the line, and some of them by name."""

    __slots__ = (
        "bom",
        "comment",
        "dashes",
        "extra",
        "kind",
        "name",
        "nul_rest",
        "separator",
        "tokens",
        "value",
    )

    def __init__(self, kind: LineKind, tokens: tuple[Token, ...]) -> None:
        self.kind = kind
        self.tokens = tokens
        self.bom: Token | None = None
        self.dashes: Token | None = None
        #: The option's name, without dashes.
        self.name: Token | None = None
        #: The "=" or ":" between name and value, else the blanks there.
        self.separator: Token | None = None
        #: The value with its quotes: QUOTED, UNCLOSED, SINGLE_QUOTED or WORD.
        self.value: Token | None = None
        #: All words after the value, with the blanks between and after them.
        self.extra: Token | None = None
        self.comment: Token | None = None
        self.nul_rest: Token | None = None
        for token in tokens:
            kind_of_token = token.kind
            if kind_of_token in _VALUES:
                self.value = token
            elif kind_of_token in _SEPARATORS:
                self.separator = token
            elif kind_of_token == "BLANK":
                if self.name and not self.separator and not self.value:
                    self.separator = token
            elif kind_of_token in _FIELDS:
                setattr(self, _FIELDS[kind_of_token], token)

    @property
    def text(self) -> str:
        """The line's text, without LF."""
        return "".join(token.text for token in self.tokens)


_VALUES = frozenset(("QUOTED", "UNCLOSED", "SINGLE_QUOTED", "WORD"))
_SEPARATORS = frozenset(("EQUALS", "COLON"))
_FIELDS = {
    "BOM": "bom",
    "DASHES": "dashes",
    "LONE_DASHES": "dashes",
    "NAME": "name",
    "EXTRA": "extra",
    "COMMENT": "comment",
    "FOREIGN_COMMENT": "comment",
    "NUL_REST": "nul_rest",
}


class ConfigTree:
    """A file: its lines in order, and whether the last one ends with an LF."""

    def __init__(self, lines: list[LineTree], ends_with_newline: bool) -> None:
        self.lines = lines
        self.ends_with_newline = ends_with_newline

    def tokens(self) -> Iterator[tuple[Span, str]]:
        """Yield all tokens, including LFs, with their spans; their texts joined are the file."""
        for number, line in enumerate(self.lines, 1):
            end = 0
            for token in line.tokens:
                end = token.end
                yield Span(number, token.start + 1, number, end + 1), token.text
            if number < len(self.lines) or self.ends_with_newline:
                yield Span(number, end + 1, number + 1, 1), "\n"
