# SPDX-License-Identifier: MIT
"""The bytes of a configuration file, its lines, and columns in bytes and in code points."""

from __future__ import annotations

from functools import cached_property

#: What CRIU skips between words: C's ``isspace`` without LF, which ends a line.
WHITESPACE = " \t\v\f\r"

# How many bytes `is_bare_utf16` looks at, and how many NUL bytes it expects there.
_UTF16_HEAD = 4096
_MIN_UTF16_NULS = 4


def decode(data: bytes) -> str:
    """Return bytes as text without loss: UTF-8, with ``surrogateescape`` for other bytes."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Return the bytes that `decode` turned into `text`."""
    return text.encode("utf-8", "surrogateescape")


def lines_with_ends(text: str) -> list[str]:
    """Return the lines of a text, each with its LF if it has one."""
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def code_points(line: bytes, offset: int) -> int:
    """Return how many code points precede the byte at `offset`: a 0-based column.

    A byte that is not UTF-8 counts as one.
    """
    return offset if line.isascii() else len(decode(line[:offset]))


class Source:
    """One file: its bytes and, if it has one, its path as the user wrote it.

    A source is made once for the content of a file, and shared by everything that reads it.
    """

    def __init__(self, data: bytes, path: str | None = None) -> None:
        self.data = data
        self.path = path
        self._texts: dict[int, str] = {}

    @cached_property
    def lines(self) -> list[bytes]:
        """The lines as CRIU's ``getline`` splits them, at LF only, without their LF."""
        lines = self.data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        return lines

    @property
    def ends_with_newline(self) -> bool:
        """Whether the last line ends with LF; true for an empty file."""
        return not self.data or self.data.endswith(b"\n")

    def text(self, line: int) -> str:
        """Return the text of a 1-based line without its LF; an empty file has one empty line.

        Each call for a line returns the same string, however many findings keep it.
        """
        text = self._texts.get(line)
        if text is None:
            text = decode(self.lines[line - 1]) if self.data or line != 1 else ""
            self._texts[line] = text
        return text


def is_utf16(data: bytes) -> bool:
    """Return whether a file begins with the byte order mark of UTF-16."""
    return data.startswith((b"\xff\xfe", b"\xfe\xff"))


def is_bare_utf16(data: bytes) -> bool:
    """Return whether a file is ASCII text in UTF-16 without a byte order mark."""
    head = data[:_UTF16_HEAD]
    if head.count(0) < _MIN_UTF16_NULS:
        return False
    return not (head[::2].strip(b"\0") and head[1::2].strip(b"\0"))


def has_windows_line_ends(data: bytes) -> bool:
    """Return whether each of several lines ends with CR LF; the last one may lack it."""
    ends = data.count(b"\n")
    return data.count(b"\r\n") == ends and ends + (not data.endswith(b"\n")) > 1 and ends > 0
