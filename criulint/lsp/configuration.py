# SPDX-License-Identifier: MIT
"""criulint's own configuration in an editor: its mistakes, completion of keys and values, hovers.

The completions come from the JSON Schema, which other programs use, too.
"""

from __future__ import annotations

import os
import re
from enum import Enum
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from lsprotocol.types import (
    CompletionItem,
    CompletionItemKind,
    CompletionItemLabelDetails,
    CompletionList,
    Diagnostic,
    DiagnosticSeverity,
    Hover,
    Position,
    PositionEncodingKind,
    Range,
    TextEdit,
)

from criulint.configuration.mistakes import find_mistakes
from criulint.configuration.schema import schema
from criulint.configuration.search import NAMES
from criulint.lsp.document import PositionMap
from criulint.lsp.hover import content
from criulint.lsp.markdown import prose

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = r"""(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
# `key` or `"key"."key"`, with the blanks after it.
_KEYS = rf"{_KEY}[ \t]*(?:\.[ \t]*{_KEY}[ \t]*)*"
# `[table]`; the open ones have the cursor at their end.
_HEADER = re.compile(rf"[ \t]*\[[ \t]*({_KEYS})\]")
_OPEN_HEADER = re.compile(r"[ \t]*\[[ \t]*(?P<typed>[^\]\s]*)\Z")
_ASSIGNMENT = re.compile(rf"[ \t]*({_KEYS})=[ \t]*")
_OPEN_KEY = re.compile(r"[ \t]*(?P<typed>[A-Za-z0-9_-]*)\Z")
# A string, or a comment: quotes in one mean nothing, nor does a `#` in the other.
_STRING = re.compile(r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#.*""")
_OPEN_STRING = re.compile(r"""["'](?P<typed>[^"'\n]*)\Z""")
_WORD = re.compile(r"[\w.@+-]*\Z")
_SECTION = ("tool", "criulint")
# The most characters of a line that are looked at.
_MAX_LINE = 1000
# How many lines above the cursor its list may begin.
_MAX_LINES = 2000
# The most characters of a text; a configuration file has no more.
_MAX_LENGTH = 1 << 20

_Schema = dict[str, Any]


def is_configuration(path: str) -> bool:
    """Return whether a file's name is one of those of criulint's configuration."""
    return os.path.basename(path) in NAMES


class ConfigurationText(PositionMap):
    """The text of criulint.toml, or of a pyproject.toml, that an editor holds."""

    def __init__(self, text: str, path: str, encoding: PositionEncodingKind) -> None:
        super().__init__(text[:_MAX_LENGTH], encoding)
        self.path = path
        lines = self.text.split("\n")
        self._lines = [line[:_MAX_LINE] for line in lines]
        self._starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        #: The path of keys to criulint's own.
        self._section = _SECTION if os.path.basename(path) == "pyproject.toml" else ()

    def diagnostics(self) -> list[Diagnostic]:
        """Return what is wrong with the text."""
        return [
            Diagnostic(
                self._range(mistake.line - 1, mistake.start, mistake.end),
                mistake.message,
                severity=DiagnosticSeverity.Error,
                source="criulint",
            )
            for mistake in find_mistakes(self.text, self.path)
        ]

    def completion(self, position: Position) -> CompletionList:
        """Return what may be written at a position."""
        place = self._cursor(position)
        return CompletionList(False, list(self._complete(place)) if place else [])

    def hover(self, position: Position, *, markdown: bool) -> Hover | None:
        """Return what the key at a position is for, or the rule or word that is its value."""
        line, column = self._line_and_column(position)
        text = self._lines[line]
        header = _HEADER.match(text)
        keys = header or _ASSIGNMENT.match(text)
        if keys and column <= _end_of_keys(keys):
            table = () if header else self._table(line)
            places = self._range(line, keys.start(1), _end_of_keys(keys))
            shown = self._describe((*table, *_split(keys[1])))
        else:
            cursor = self._cursor(position)
            word = next(
                (found for found in _STRING.finditer(text) if found.start() < column < found.end()),
                None,
            )
            if cursor is None or word is None or cursor.node is None:
                return None
            choices = {choice.word: choice.description for choice in _choices(cursor.node)}
            shown = choices.get(word[0][1:-1], "")
            places = self._range(line, *word.span())
        return Hover(content(prose(shown), markdown=markdown), places) if shown else None

    def _describe(self, keys: tuple[str, ...]) -> str:
        """Return what keys are for; empty if that is not known."""
        inside = self._inside(keys)
        node = _find(inside) if inside else None
        return str(node.get("description", "")) if node else ""

    # --- places

    def _line_and_column(self, position: Position) -> tuple[int, int]:
        offset = self.offset(position)
        line = self.text.count("\n", 0, offset)
        return line, offset - (self.text.rfind("\n", 0, offset) + 1)

    def _range(self, line: int, start: int, end: int) -> Range:
        """Return the range between two columns of a 0-based line."""
        first = self._starts[line]
        return self.range(first + start, first + end)

    def _table(self, line: int) -> tuple[str, ...]:
        """Return the keys of the table that a 0-based line is in."""
        for text in reversed(self._lines[:line]):
            header = _HEADER.match(text)
            if header:
                return _split(header[1])
        return ()

    def _inside(self, keys: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the keys below criulint's section, None if they are not in it."""
        size = len(self._section)
        return keys[size:] if keys[:size] == self._section else None

    def _cursor(self, position: Position) -> _Cursor | None:
        """Return the place at a position, None if criulint has nothing there."""
        line, column = self._line_and_column(position)
        if column > _MAX_LINE:
            return None
        before = self._lines[line][:column]
        if any(found[0].startswith("#") for found in _STRING.finditer(before)):
            return None
        assignment = self._find_assignment(line, column)
        if assignment is not None:
            table = self._inside((*self._table(line), *assignment.keys))
            node = _find(table) if table else None
            return _Cursor(line, column, before, _Kind.VALUE, node, assignment.value)
        header = _OPEN_HEADER.match(before)
        if header:
            return _Cursor(line, column, before, _Kind.HEADER, None, header["typed"])
        key = _OPEN_KEY.match(before)
        inside = self._inside(self._table(line))
        if inside is None or not key:
            return None
        return _Cursor(line, column, before, _Kind.KEY, _find(inside), key["typed"])

    def _find_assignment(self, line: int, column: int) -> _Assignment | None:
        """Return the assignment whose value a place is in; a list may have several lines."""
        if _HEADER.match(self._lines[line]):
            return None
        before = self._lines[max(line - _MAX_LINES + 1, 0) : line]
        lines = [*before, self._lines[line][:column]]
        for number in range(len(before), -1, -1):
            assignment = _ASSIGNMENT.match(lines[number])
            if assignment:
                value = "\n".join(lines[number:])[assignment.end() :]
                is_open = number == len(before) or _depth(value) > 0
                return _Assignment(_split(assignment[1]), value) if is_open else None
            if _HEADER.match(lines[number]):
                return None
        return None

    # --- completion

    def _complete(self, cursor: _Cursor) -> Iterator[CompletionItem]:
        if cursor.kind is _Kind.HEADER:
            yield from self._complete_header(cursor)
        elif cursor.node is not None and cursor.kind is _Kind.VALUE:
            yield from self._complete_value(cursor, cursor.node)
        elif cursor.node is not None:
            yield from self._complete_key(cursor, cursor.node)

    def _complete_header(self, cursor: _Cursor) -> Iterator[CompletionItem]:
        """Yield the tables that may be written."""
        prefix = "".join(f"{key}." for key in self._section)
        places = self._range(cursor.line, cursor.column - len(cursor.typed), cursor.column)
        for name, node in _properties(_root()).items():
            if node.get("type") == "object":
                key = f'{prefix}{name}."*.conf"' if _is_by_pattern(node) else prefix + name
                yield CompletionItem(
                    label=key,
                    kind=CompletionItemKind.Module,
                    documentation=node.get("description"),
                    text_edit=TextEdit(places, key),
                )

    def _complete_key(self, cursor: _Cursor, node: _Schema) -> Iterator[CompletionItem]:
        """Yield the keys that the table does not have yet."""
        places = self._range(cursor.line, cursor.column - len(cursor.typed), cursor.column)
        known = self._keys_beside(cursor.line)
        for name, below in _properties(node).items():
            if name not in known and not _is_by_pattern(below):
                yield CompletionItem(
                    label=name,
                    kind=CompletionItemKind.Property,
                    documentation=below.get("description"),
                    text_edit=TextEdit(places, f"{name} = "),
                )
        for choice in _choices(node.get("propertyNames", {})):
            yield _item(choice, places, f"{choice.word} = ")

    def _keys_beside(self, line: int) -> set[str]:
        """Return the keys that the other lines of a line's table set."""
        first = last = line
        while first > 0 and not _HEADER.match(self._lines[first - 1]):
            first -= 1
        while last + 1 < len(self._lines) and not _HEADER.match(self._lines[last + 1]):
            last += 1
        return {
            _split(found[1])[0]
            for number in range(first, last + 1)
            if number != line and (found := _ASSIGNMENT.match(self._lines[number]))
        }

    def _complete_value(self, cursor: _Cursor, node: _Schema) -> Iterator[CompletionItem]:
        """Yield the values that may be written, in the quotes and brackets that are missing."""
        string = _OPEN_STRING.search(_STRING.sub(lambda found: "x" * len(found[0]), cursor.before))
        typed = string["typed"] if string else _leading_word(cursor.before)
        rest = self._lines[cursor.line][cursor.column :]
        end = cursor.column + (len(re.split(r"[\"'\n]", rest)[0]) if string else 0)
        places = self._range(cursor.line, cursor.column - len(typed), end)
        is_list = _depth(cursor.typed) > 0
        for choice in _choices(node):
            if isinstance(choice.word, str):
                word = choice.word if string else f'"{choice.word}"'
                if not is_list and node.get("type") == "array":
                    word = f"[{word}]"
                yield _item(choice, places, word)
            else:
                yield _item(choice, places, str(choice.word).lower())


class _Kind(Enum):
    """What may be written at a place."""

    HEADER = "header"
    KEY = "key"
    VALUE = "value"


class _Cursor(NamedTuple):
    """A place: its 0-based line and column, and the text of the line `before` it.

    `node` is the schema that holds there, None if it is not known. `typed` is what is already
    written of the header, the key or the value.
    """

    line: int
    column: int
    before: str
    kind: _Kind
    node: _Schema | None
    typed: str


class _Assignment(NamedTuple):
    """The keys before a ``=``, and the text of the value after it, up to some place."""

    keys: tuple[str, ...]
    value: str


class _Choice(NamedTuple):
    """A value that may be written, and what it is for."""

    word: str | bool
    description: str = ""


def _item(choice: _Choice, places: Range, text: str) -> CompletionItem:
    label = choice.word if isinstance(choice.word, str) else str(choice.word).lower()
    name, colon, _ = choice.description.partition(": ")
    return CompletionItem(
        label=label,
        label_details=CompletionItemLabelDetails(description=name) if colon else None,
        kind=CompletionItemKind.EnumMember,
        documentation=choice.description or None,
        text_edit=TextEdit(places, text),
    )


def _leading_word(before: str) -> str:
    found = _WORD.search(before)
    return found[0] if found else ""


def _depth(value: str) -> int:
    """Return how many brackets are open after a part of a value."""
    bare = _STRING.sub("", value)
    return bare.count("[") - bare.count("]")


def _end_of_keys(found: re.Match[str]) -> int:
    return found.start(1) + len(found[1].rstrip())


def _split(keys: str) -> tuple[str, ...]:
    return tuple(key.strip("\"'") for key in re.findall(_KEY, keys))


# --- the schema


@cache
def _root() -> _Schema:
    """Return the schema of criulint's configuration."""
    return schema()


def _resolve(node: _Schema) -> _Schema:
    """Return the definition that a schema refers to, or the schema itself."""
    reference = node.get("$ref")
    return _root()["definitions"][reference.rpartition("/")[2]] if reference else node


def _properties(node: _Schema) -> dict[str, _Schema]:
    found: dict[str, _Schema] = _resolve(node).get("properties", {})
    return found


def _is_by_pattern(node: _Schema) -> bool:
    """Return whether a key is a table of tables, each for the files that its name matches."""
    others = node.get("additionalProperties")
    return isinstance(others, dict) and others.get("type") == "object"


def _find(keys: tuple[str, ...]) -> _Schema | None:
    """Return the schema at a path of keys, None if it is not known."""
    node = _root()
    for key in keys:
        below = _properties(node).get(key) or node.get("additionalProperties")
        if not isinstance(below, dict):
            return None
        node = _resolve(below)
    return node


def _choices(node: _Schema) -> Iterator[_Choice]:
    """Yield the words that may stand for a value, or in its list."""
    node = _resolve(node)
    if node.get("type") == "array":
        yield from _choices(node.get("items", {}))
    elif node.get("type") == "boolean":
        yield _Choice(True)
        yield _Choice(False)
    else:
        for each in node.get("oneOf", ()):
            yield _Choice(each["const"], each.get("description", ""))
        for word in (*node.get("enum", ()), *node.get("examples", ())):
            yield _Choice(word)
