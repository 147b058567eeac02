# SPDX-License-Identifier: GPL-2.0-only
"""The bytes of a configuration file, its lines, and its columns in bytes and in code points."""

from __future__ import annotations

from functools import cached_property

#: What CRIU skips between words: C's ``isspace`` without LF, which ends a line.
WHITESPACE = " \t\v\f\r"


def decode(data: bytes) -> str:
    """Bytes as text in which every byte survives: UTF-8, and ``surrogateescape`` for what is none."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes that `decode` made `text` of."""
    return text.encode("utf-8", "surrogateescape")


def code_points(line: bytes, offset: int) -> int:
    """The code points before the byte at `offset` of a line: a 0-based column. A byte that is no UTF-8 is one."""
    return offset if line.isascii() else len(decode(line[:offset]))


class Source:
    """One configuration file: its bytes and, if it has one, its path as the user wrote it."""

    def __init__(self, data: bytes, path: str | None = None) -> None:
        self.data = data
        self.path = path

    @cached_property
    def lines(self) -> list[bytes]:
        """The lines as CRIU's ``getline`` splits them, at LF only, without their LF."""
        lines = self.data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        return lines

    @property
    def ends_with_newline(self) -> bool:
        """Whether the last line has its LF (an empty file has none to miss)."""
        return not self.data or self.data.endswith(b"\n")

    def text(self, line: int) -> str:
        """The text of a 1-based line, decoded. An empty file has an empty first line."""
        return decode(self.lines[line - 1]) if self.data or line != 1 else ""


def is_utf16(data: bytes) -> bool:
    """Whether a file begins with the byte order mark of UTF-16."""
    return data.startswith((b"\xff\xfe", b"\xfe\xff"))
