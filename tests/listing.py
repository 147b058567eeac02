# SPDX-License-Identifier: MIT
"""A file system from a list of lines, as in the examples of rules."""

from __future__ import annotations

import errno
import posixpath
from typing import TYPE_CHECKING

from criulint.host.filesystem import Kind, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

_KINDS = {"/": Kind.DIRECTORY, "|": Kind.OTHER}


class Listing:
    """A machine that is nothing but a list, for examples and tests: lines such as ``0644
    /etc/criu/key.pem``.

    A mode and a path, with a slash at its end for a directory and a bar for a pipe; ``0644
    1000:50 /path`` has another owner and group than root, ``/path -> target`` is a link, ``0755
    /path: #!/bin/sh`` tells the file's first line. The directories above are there, with mode 0755,
    unless they have a line of their own.
    """

    running = True

    def __init__(self, lines: Iterable[str]) -> None:
        self._files: dict[str, tuple[Status, bytes]] = {"/": (Status(Kind.DIRECTORY, 0o755), b"")}
        for line in lines:
            self._add(line)

    def _add(self, line: str) -> None:
        left, _, head = line.partition(": ")
        left, _, target = left.partition(" -> ")
        words = left.split()
        path = words.pop()
        uid = gid = 0
        mode = 0o777
        for word in words:
            if ":" in word:
                uid, gid = map(int, word.split(":"))
            else:
                mode = int(word, 8)
        kind = Kind.LINK if target else _KINDS.get(path[-1], Kind.FILE)
        path = posixpath.normpath(path.removesuffix("|"))
        parent = posixpath.dirname(path)
        while parent not in self._files:
            self._files[parent] = Status(Kind.DIRECTORY, 0o755), b""
            parent = posixpath.dirname(parent)
        self._files[path] = (
            Status(kind, mode, uid, gid, target),
            f"{head}\n".encode() if head else b"",
        )

    def lstat(self, path: str) -> Status | None:
        """What is at the path."""
        return self._files.get(path, (Status(Kind.MISSING, error=errno.ENOENT), b""))[0]

    def listdir(self, path: str) -> list[str] | None:
        """The names in a directory."""
        return [
            posixpath.basename(file)
            for file in self._files
            if file != "/" and posixpath.dirname(file) == path
        ]

    def read_head(self, path: str, size: int) -> bytes | None:
        """The first bytes of a file."""
        return self._files[path][1][:size] if path in self._files else None
