# SPDX-License-Identifier: MIT
"""The values of a program that is run: texts, lists, maps, files, commands; the rest is unknown."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from criulint.embedded.languages.literals import fill, hole
from criulint.embedded.languages.program import Function
from criulint.embedded.model import HostedText, Script, join

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The most items of a list, and pieces of a file.
MAX_ITEMS = 1000


class Number(HostedText):
    """The digits of a number."""

    __slots__ = ()


class File:
    """A file or a buffer that is written to; a buffer has no path.

    `command` is the offset in the host of what opened it.
    """

    def __init__(self, path: HostedText | None = None, command: int = 0) -> None:
        self.path = path
        self.command = command
        self.parts: list[HostedText] = []
        #: The characters in all parts.
        self.size = 0
        #: Where in the text, and where in the host, each command that writes begins.
        self.commands: list[tuple[int, int]] = []

    def text(self) -> HostedText:
        """Return what was written."""
        return join(self.parts, self.command)


class Subprocess:
    """A command by its words, and its standard input."""

    def __init__(self, words: Sequence[Value], start: int) -> None:
        self.words = [*words]
        self.start = start
        self.stdin: Value = None

    def script(self) -> Script:
        """Return the command as shell code."""
        texts = [as_text(word, self.start) for word in self.words]
        parts = [part for text in texts for part in (_quote(text), _between(" ", text))]
        if self.stdin is not None:
            parts = [*_pipe(as_text(self.stdin, self.start)), *parts]
        return Script(join(parts, self.start), "sh")


class Table:
    """A map, or a structure with fields; a sorted one has its keys in order.

    Keys that are missing in a whole one are null. `is_used`: whether the program looked into it.
    """

    def __init__(
        self,
        entries: list[tuple[Value, Value]],
        start: int,
        *,
        is_sorted: bool = False,
        is_whole: bool = False,
    ) -> None:
        self.start = start
        self.is_used = False
        self._entries = entries
        self._is_sorted = is_sorted
        self._is_whole = is_whole

    @property
    def entries(self) -> list[tuple[Value, Value]]:
        """The keys with their values, in order."""
        if self._is_sorted:
            return sorted(self._entries, key=lambda entry: string_of(entry[0]) or "")
        return self._entries

    @cached_property
    def _indexes(self) -> dict[str | None, int]:
        """Where each known key is in `_entries`; of several, the last one."""
        return {string_of(key): index for index, (key, _) in enumerate(self._entries)}

    def add(self, key: Value, value: Value) -> None:
        """Give a key a value."""
        name = string_of(key)
        if name is not None and name in self._indexes:
            self._entries[self._indexes[name]] = (key, value)
        else:
            self._indexes[name] = len(self._entries)
            self._entries.append((key, value))

    def get(self, key: str) -> Value:
        """Return the value of a key, None if it is not known."""
        self.is_used = True
        index = self._indexes.get(key)
        if index is None:
            return False if self._is_whole else None
        return self._entries[index][1]


Value = HostedText | list["Value"] | Table | File | Subprocess | Function | bool | None


def as_text(value: Value, start: int) -> HostedText:
    """Return a value as text, an unknown one if it is not text."""
    if isinstance(value, HostedText):
        return value
    if isinstance(value, File) and value.path is None:
        return value.text()
    return hole(start)


def string_of(value: Value) -> str | None:
    """Return the characters of a text, None for other values."""
    return value.text if isinstance(value, HostedText) else None


def is_true(value: Value) -> bool | None:
    """Return whether a value counts as true, None if that is not known."""
    if isinstance(value, Number):
        return value.text.strip("0") != "" if value.is_known else None
    if isinstance(value, HostedText):
        return bool(value.text) if value.is_known else None
    if isinstance(value, list):
        return bool(value)
    return value if isinstance(value, bool) else None


def has_value(of: Value, value: Value) -> bool | None:
    """Return whether a text, a list or the keys of a map have a value, None if not known."""
    if isinstance(of, Table):
        of = [key for key, _ in of.entries]
    items = of if isinstance(of, list) else [of]
    known = [item.text for item in items if isinstance(item, HostedText) and item.is_known]
    if not isinstance(value, HostedText) or not value.is_known or len(known) < len(items):
        return None
    return value.text in (known if isinstance(of, list) else known[0])


def flatten(values: Sequence[Value]) -> list[Value]:
    """Return the values, with each list replaced by its items."""
    lists = [value if isinstance(value, list) else [value] for value in values]
    return [item for items in lists for item in items]


def before_null(items: list[Value]) -> list[Value]:
    """Return the items before the first null, or structure of nulls."""
    for index, item in enumerate(items):
        parts = [value for _, value in item.entries[:1]] if isinstance(item, Table) else [item]
        if not parts or is_true(parts[0]) is False:
            return items[:index]
    return items


def join_path(values: Sequence[Value], start: int, *, absolute_wins: bool = True) -> Value:
    """Return the parts of a path with slashes between them.

    In Go and JavaScript, an absolute part does not replace those before it.
    """
    parts: list[HostedText] = []
    for value in values:
        part = as_text(value, start)
        if part.text.startswith("/") and absolute_wins:
            parts = []
        elif parts and parts[-1].text[-1:] == "/" and part.text[:1] == "/":
            part = part[1:]
        elif parts and parts[-1].text[-1:] != "/" and part.text[:1] != "/":
            parts.append(_between("/", parts[-1]))
        parts.append(part)
    return join(parts, start)


def _between(text: str, after: HostedText) -> HostedText:
    """Return a text that is not in the host, at the end of another one."""
    offset = after.offsets[-1]
    return HostedText.at(text, offset, offset)


# --- commands as shell code


def _quote(text: HostedText) -> HostedText:
    """Return the text as one word of the shell."""
    quoted = fill(text, re.compile("'"), lambda _: "'\\''")
    start, end = quoted.offsets[0], quoted.offsets[-1]
    return join([HostedText.at("'", start, start), quoted, HostedText.at("'", end, end)])


def _pipe(stdin: HostedText) -> list[HostedText]:
    """Return the shell code that prints a text into what follows."""
    # The end of the format becomes that of what is printed.
    end = stdin.offsets[-1]
    head = HostedText.at("printf %s ", end, end)
    return [head, _quote(stdin), _between(" | ", stdin)]
