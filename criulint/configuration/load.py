# SPDX-License-Identifier: MIT
"""Reading a configuration file: TOML, the meaning of its keys, and the lines of mistakes."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

from criulint import files
from criulint.configuration import ConfigurationError
from criulint.configuration.keys import KEYS, Section, WrongValueError, shown_line
from criulint.named_tuple import NamedTuple
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Configuration(NamedTuple):
    """A valid configuration file."""

    #: The path to show the user.
    path: str
    #: The absolute directory that its patterns are relative to.
    directory: str
    #: What each key is set to, as written.
    written: Mapping[str, Any]
    #: What each key is set to, as `keys` reads it.
    values: Mapping[str, Any]
    #: The 1-based lines of the keys, where known, by their path of keys.
    lines: Mapping[tuple[str, ...], int]

    def relative(self, path: str) -> str:
        """Return a path as the patterns see it: relative to `directory`, with slashes."""
        try:
            return os.path.relpath(os.path.abspath(path), self.directory).replace(os.sep, "/")
        except (OSError, ValueError):  # no working directory, or another drive
            return path.replace(os.sep, "/")

    def read(self) -> bytes:
        """Return the file's current content. ConfigurationError if it cannot be read."""
        path = os.path.join(self.directory, os.path.basename(self.path))
        return _read(self.path, path, given=False)

    def place(self, *keys: str) -> str:
        """Return where a key is: ``path:line``, or the path alone."""
        line = self.lines.get(keys)
        return f"{self.path}:{line}" if line else self.path


_SECTION = ("tool", "criulint")
# The most bytes of a file, and the largest sum of the squared numbers of dots in its lines: tomllib
# takes quadratic time and memory for the parts of a key.
_MAX_SIZE = 1 << 20
_MAX_DOTS_SQUARED = 4_000_000


def mentions_section(path: str) -> bool:
    """Return whether a pyproject.toml may contain ``[tool.criulint]``.

    ConfigurationError if it cannot be read.
    """
    return b"criulint" in _read(_shorten_path(path), path, given=False)


def load_configuration(
    path: str, *, optional: bool = False, given: bool = True
) -> Configuration | None:
    """Return the configuration in a file; that of a pyproject.toml is its ``[tool.criulint]``.

    None if it has none and is `optional`. `given`: whether the user named the file, so that it may
    be a pipe. ConfigurationError if the file cannot be read, is not
    TOML, or holds unknown keys or wrong values.
    """
    name = _shorten_path(path)
    data = _read(name, path, given=given)
    try:
        text = decode_utf8(data)
        written = parse_configuration(text, path)
        if written is None:
            if optional:
                return None
            raise MistakeError("has no [tool.criulint]")
        try:
            values = Section(KEYS).read(written.document)
        except WrongValueError as error:
            raise MistakeError(str(error), line_of(text, written.lines, error.place)) from None
    except MistakeError as mistake:
        place = f"{name}:{mistake.line}" if mistake.line else name
        raise ConfigurationError(f"{place}: {mistake}") from None
    directory = os.path.dirname(os.path.abspath(path))
    return Configuration(name, directory, written.document, values, written.lines)


class MistakeError(ValueError):
    """What is wrong with a configuration, and on which 1-based line, if that is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class LocatedDocument(NamedTuple):
    """The values in a text, by key, and the 1-based lines of the keys, by their path of keys."""

    document: Any
    lines: Mapping[tuple[str, ...], int]


def decode_utf8(data: bytes) -> str:
    """Return the text of a file. MistakeError if it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MistakeError("not UTF-8", error.object.count(b"\n", 0, error.start) + 1) from None


def parse_configuration(text: str, path: str) -> LocatedDocument | None:
    """Return the values in a configuration; None for a pyproject.toml without a section for it.

    MistakeError if it is not TOML, or its keys are in the wrong table. The values are not checked.
    """
    document = _parse(text.replace("\r\n", "\n"))
    section: tuple[str, ...] = ()
    lines = _lines(text)
    if os.path.basename(path) == "pyproject.toml":
        section = _SECTION
        tools = document.get("tool")
        if not isinstance(tools, dict) or "criulint" not in tools:
            return None
        document = tools["criulint"]
    elif "tool" in document:
        message = "[tool.criulint] belongs in pyproject.toml; here its keys go at the top level"
        raise MistakeError(message, lines.get(("tool",), 1))
    here = {
        keys[len(section) :]: line
        for keys, line in lines.items()
        if keys[: len(section)] == section
    }
    return LocatedDocument(document, here)


def _shorten_path(path: str) -> str:
    """Return a path as short as possible: relative to the working directory if below it."""
    try:
        relative = os.path.relpath(path)
        path = path if relative.startswith(os.pardir) else relative
    except (OSError, ValueError):
        pass
    return path if path.isprintable() else shorten(path)


def _read(name: str, path: str, *, given: bool) -> bytes:
    try:
        return files.read(path, _MAX_SIZE, pipes=given)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ConfigurationError(f"{name}: {getattr(error, 'strerror', None) or error}") from None


def _parse(text: str) -> dict[str, Any]:
    if sum(line.count(".") ** 2 for line in text.split("\n")) > _MAX_DOTS_SQUARED:
        raise MistakeError("not TOML: too many dots in a line")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise MistakeError("not TOML: nested too deeply") from None
    except ValueError as error:
        message = shown_line(error)
        if place := re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message):
            line = int(place[1] or text.rstrip("\n").count("\n") + 1)
            raise MistakeError(f"not TOML: {shorten(message[: place.start()])}", line) from None
        raise MistakeError(f"not TOML: {shorten(message)}") from None


# The standard library's parser does not say where a key is, so it is looked for in the text. That
# may go wrong in multi-line strings, but only line numbers in messages depend on it.

_KEY = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_KEYS = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*\[\[?[ \t]*({_KEYS})[ \t]*\]")
_ASSIGNMENT = re.compile(rf"[ \t]*({_KEYS})[ \t]*=")


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the 1-based line of each key and table, by its path of keys."""
    table: tuple[str, ...] = ()
    lines: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            keys = table = tuple(_split_keys(header[1]))
        elif assignment := _ASSIGNMENT.match(line):
            keys = (*table, *_split_keys(assignment[1]))
        else:
            continue
        for end in range(1, len(keys) + 1):
            lines.setdefault(keys[:end], number)
    return lines


def _split_keys(keys: str) -> Iterator[str]:
    for key in re.findall(_KEY, keys):
        if key[0] == '"':
            yield re.sub(r"\\(.)", r"\1", key[1:-1])
        else:
            yield key.strip("'")


def line_of(text: str, lines: Mapping[tuple[str, ...], int], place: tuple[str, ...]) -> int | None:
    """Return the 1-based line of a `place`: a key, or a word in a key's value."""
    for end in range(len(place), -1, -1):
        line = lines.get(place[:end])
        if line:
            break
    else:
        return None
    for word in place[end:]:
        for number, text_line in enumerate(text.split("\n")[line - 1 :], line):
            if f'"{word}"' in text_line or f"'{word}'" in text_line:
                return number
    return line
