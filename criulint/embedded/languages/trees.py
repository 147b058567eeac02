# SPDX-License-Identifier: MIT
"""tree-sitter's syntax trees of programming languages, with offsets in code points."""

from __future__ import annotations

import importlib
from array import array
from functools import cache
from typing import TYPE_CHECKING

from criulint.embedded.hosts import HostError, MissingExtraError
from criulint.embedded.parsing import parse_tree
from criulint.source import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Language, Node


# The most characters; people write smaller programs.
_MAX_SIZE = 1 << 20


@cache
def load_grammar(module: str, function: str) -> Language:
    """Return the grammar from a function of a module. MissingExtraError if it is missing."""
    try:
        from tree_sitter import Language

        return Language(getattr(importlib.import_module(module), function)())
    except ImportError:
        raise MissingExtraError(
            "programs need tree-sitter: install criulint with the extra `scripts`"
        ) from None


class Tree:
    """The syntax tree of a text, and the text of each of its nodes.

    MissingExtraError if the grammar of the language is not installed; HostError if the text is too
    large, or takes too long.
    """

    def __init__(self, text: str, grammar: str, function: str = "language") -> None:
        if len(text) > _MAX_SIZE:
            raise HostError("too large to follow")
        language = load_grammar(grammar, function)
        from tree_sitter import Parser

        self._text = text
        data = encode(text)
        self._offsets = None if len(data) == len(text) else _code_points(text, len(data))
        self.root = parse_tree(Parser(language), data).root_node

    def start(self, node: Node) -> int:
        """Return the offset of the first character of a node."""
        return self.offset(node.start_byte)

    def end(self, node: Node) -> int:
        """Return the offset after the last character of a node."""
        return self.offset(node.end_byte)

    def offset(self, byte: int) -> int:
        """Return the offset of the character that begins at a byte."""
        return byte if self._offsets is None else self._offsets[byte]

    def text(self, node: Node | None) -> str:
        """Return the text of a node; empty if there is none."""
        return self._text[self.start(node) : self.end(node)] if node else ""

    def slice(self, start: int, end: int) -> str:
        """Return the text between two offsets."""
        return self._text[start:end]


def _code_points(text: str, size: int) -> array[int]:
    """Return the offset of the character that each byte of the encoded text belongs to."""
    offsets = array("L", bytes(array("L").itemsize * (size + 1)))
    byte = 0
    for index, character in enumerate(text):
        for _ in range(_width(character)):
            offsets[byte] = index
            byte += 1
    offsets[size] = len(text)
    return offsets


def _width(character: str) -> int:
    code = ord(character)
    if code < 0x80 or 0xDC80 <= code <= 0xDCFF:  # the latter is a byte that is not UTF-8
        return 1
    if code < 0x800:
        return 2
    return 3 if code < 0x10000 else 4


def children(node: Node, *kinds: str) -> Iterator[Node]:
    """Yield the named children of these kinds; without kinds, all that are not comments."""
    for child in node.named_children:
        if child.type in kinds or (not kinds and "comment" not in child.type):
            yield child


def field(node: Node, *names: str) -> Node | None:
    """Return the child in the first of these fields that the node has."""
    for name in names:
        if child := node.child_by_field_name(name):
            return child
    return None
