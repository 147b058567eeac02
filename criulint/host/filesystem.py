# SPDX-License-Identifier: GPL-2.0-only
"""The machine around a configuration file, as rules may see it: what lies at a path, and nothing of it changed.

`Machine` is all that a file system has to offer: this host and an unpacked image do (`criulint.host.local`), and so does a
list in memory (`Listing`). Paths are found in it by `look`, which follows symbolic links as Linux does, and never leaves
the machine by them.
"""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple, Protocol

from criulint.source import encode

# Sources: Linux include/uapi/linux/limits.h, PATH_MAX; include/linux/namei.h, MAXSYMLINKS.
_LONGEST_PATH = 4096
_MOST_LINKS = 40


class Kind(Enum):
    """What lies at a path."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "symbolic link"
    #: A socket, a pipe, a device.
    OTHER = "special file"
    #: Nothing: it is sure that opening the path fails.
    MISSING = "nothing"


class Status(NamedTuple):
    """What is known of a path. `mode` holds the permissions, the sticky and the set-id bits; `target` is a link's, and
    `error` the errno with which Linux refuses to open what is missing.
    """

    kind: Kind
    mode: int = 0
    uid: int = 0
    gid: int = 0
    target: str = ""
    error: int = 0


class Machine(Protocol):
    """A file system to look at. The paths are absolute and plain: no ``..``, and no link but the last name.

    Text stands for bytes as in `criulint.source.decode`. None means: it cannot be told.
    """

    #: Whether the machine runs now, so that what is mounted or made when it starts is there.
    running: bool

    def lstat(self, path: str) -> Status | None:
        """What lies at the path; a link there is not followed."""

    def listdir(self, path: str) -> list[str] | None:
        """The names in a directory."""

    def read_head(self, path: str, size: int) -> bytes | None:
        """The first `size` bytes of a file, or all if it has fewer."""


class Surroundings(NamedTuple):
    """The machine around a configuration file, and the file's own path there; None if it does not lie there."""

    machine: Machine
    place: str | None = None


#: Tells a file's surroundings by its path, as the user wrote that; None if nothing is known of them.
Locate = Callable[[str], "Surroundings | None"]


class Seen(NamedTuple):
    """Where a path leads: to `status`, at the plain path `path`. `way` are the directories and links that were gone
    through, from ``/`` on, in which whoever may write can make the path lead elsewhere.
    """

    path: str
    status: Status
    way: tuple[tuple[str, Status], ...]

    @property
    def missing(self) -> bool:
        """Whether it is sure that there is nothing; the errno is the status's, and `path` is the first that is missing."""
        return self.status.kind is Kind.MISSING

    @property
    def error(self) -> str:
        """What Linux says of a path that is missing."""
        return os.strerror(self.status.error)


def look(machine: Machine, path: str) -> Seen | None:
    """Go to an absolute path as Linux does, through all links. None if that cannot be told, as without permission."""
    root = machine.lstat("/")
    if root is None or not path.startswith("/") or "\0" in path:
        return None
    if len(encode(path)) >= _LONGEST_PATH:
        return Seen(path, Status(Kind.MISSING, error=errno.ENAMETOOLONG), ())
    here, status = "/", root
    way: list[tuple[str, Status]] = []
    names = path.split("/")[::-1]
    links = 0
    while names:
        name = names.pop()
        if status.kind is not Kind.DIRECTORY:
            return Seen(here, Status(Kind.MISSING, error=errno.ENOTDIR), tuple(way))
        if name in ("", "."):
            continue
        if name == "..":
            here = posixpath.dirname(here)
            found = machine.lstat(here)
        else:
            way.append((here, status))
            below = posixpath.join(here, name)
            found = machine.lstat(below)
            if found and found.kind is Kind.LINK:
                links += 1
                if links > _MOST_LINKS:
                    return Seen(path, Status(Kind.MISSING, error=errno.ELOOP), tuple(way))
                way.append((below, found))
                names += found.target.split("/")[::-1]
                if found.target.startswith("/"):
                    here, status = "/", root
                continue
            here = below
        if found is None:
            return None
        if found.kind is Kind.MISSING:
            return Seen(here, found, tuple(way))
        status = found
    return Seen(here, status, tuple(way))


class Listing:
    """A machine that is nothing but a list, for examples and tests: lines such as ``0644 /etc/criu/key.pem``.

    A mode and a path, with a slash at its end for a directory; ``0644 1000:50 /path`` has another owner and group than
    root, ``/path -> target`` is a link, ``0755 /path: #!/bin/sh`` tells the file's first line. The directories above are
    there, with mode 0755, unless they have a line of their own.
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
        kind = Kind.LINK if target else Kind.DIRECTORY if path.endswith("/") else Kind.FILE
        path = posixpath.normpath(path)
        parent = posixpath.dirname(path)
        while parent not in self._files:
            self._files[parent] = Status(Kind.DIRECTORY, 0o755), b""
            parent = posixpath.dirname(parent)
        self._files[path] = (
            Status(kind, mode, uid, gid, target),
            f"{head}\n".encode() if head else b"",
        )

    def lstat(self, path: str) -> Status | None:
        """What lies at the path."""
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
