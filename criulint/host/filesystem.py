# SPDX-License-Identifier: MIT
"""The host around a configuration file, as rules see it: what is at a path.

`FileSystem` is all that a rule needs of a file system; this host and an unpacked image have it
(`criulint.host.local`). `resolve_path` follows symbolic links in it as Linux does, and never leads
out of it.
"""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from criulint.named_tuple import NamedTuple
from criulint.source import encode

# Sources: Linux include/uapi/linux/limits.h, PATH_MAX; include/linux/namei.h, MAXSYMLINKS.
_MAX_PATH = 4096
_MAX_LINKS = 40


class Kind(Enum):
    """What is at a path."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "symbolic link"
    #: A socket, a pipe, a device.
    OTHER = "special file"
    #: Nothing: opening the path certainly fails.
    MISSING = "nothing"


class Status(NamedTuple):
    """What is known about a path.

    `mode` holds the permissions, the sticky and the set-id bits; `target` is a link's, and `error`
    the errno with which Linux refuses to open what is missing.
    """

    kind: Kind
    mode: int = 0
    uid: int = 0
    gid: int = 0
    target: str = ""
    error: int = 0

    @classmethod
    def missing(cls, error: int) -> Status:
        """Return the status of what Linux refuses to open with this errno."""
        return cls(Kind.MISSING, error=error)


class FileSystem(Protocol):
    """A file system. Its paths are absolute and plain: no ``..``, and no link but the last name.

    Text stands for bytes as in `criulint.source.decode`. None means unknown.
    """

    #: Whether the host is running, so that what is mounted or created at start exists.
    running: bool

    def lstat(self, path: str) -> Status | None:
        """Return what is at the path; a link there is not followed."""

    def listdir(self, path: str) -> list[str] | None:
        """Return the names in a directory."""

    def read_head(self, path: str, size: int) -> bytes | None:
        """Return the first `size` bytes of a file, or all if it has fewer."""


class HostContext(NamedTuple):
    """The host around a configuration file, and the file's path there.

    `path` is None if the file is not on that host. `is_image`: whether it is an image that a
    Dockerfile, or the like, makes.
    """

    file_system: FileSystem
    path: str | None = None
    is_image: bool = False


#: Returns the host around a file, by the path that the user wrote; None if nothing is known about
#: it.
FindHost = Callable[[str], "HostContext | None"]


class ResolvedPath(NamedTuple):
    """Where a path leads: to `status`, at the plain path `path`.

    `traversed` are the directories and links on the way, from ``/`` on: who can write to one of
    them can make the path lead elsewhere.
    """

    path: str
    status: Status
    traversed: tuple[tuple[str, Status], ...]

    @property
    def missing(self) -> bool:
        """Whether it certainly does not exist; `path` is then the first missing component."""
        return self.status.kind is Kind.MISSING

    @property
    def error(self) -> str:
        """Linux's message for a path that is missing."""
        return os.strerror(self.status.error)


def resolve_path(file_system: FileSystem, path: str) -> ResolvedPath | None:
    """Follow an absolute path through all links, as Linux does.

    None if that is unknown, as without permission.
    """
    root = file_system.lstat("/")
    if root is None or not path.startswith("/") or "\0" in path:
        return None
    if len(encode(path)) >= _MAX_PATH:
        return ResolvedPath(path, Status.missing(errno.ENAMETOOLONG), ())
    return _Walk(file_system, root).follow(path)


class _Walk:
    """A walk from the root of a file system; links begin it again, up to `_MAX_LINKS` times."""

    def __init__(self, file_system: FileSystem, root: Status) -> None:
        self._file_system = file_system
        self._root = root
        self._traversed: list[tuple[str, Status]] = []
        self._links = 0
        # Where the walk is: a plain path, and what is there.
        self._path = "/"
        self._status = root

    def follow(self, path: str) -> ResolvedPath | None:
        """Walk a path to its end, or to its first missing component."""
        names = path.split("/")[::-1]
        while names:
            if self._status.kind is not Kind.DIRECTORY:
                return self._end(Status.missing(errno.ENOTDIR))
            name = names.pop()
            if name in ("", "."):
                continue
            found = self._step(name)
            if found is None:
                return None
            if found.kind is Kind.LINK:
                self._links += 1
                if self._links > _MAX_LINKS:
                    self._path = path
                    return self._end(Status.missing(errno.ELOOP))
                names += found.target.split("/")[::-1]
            elif found.kind is Kind.MISSING:
                return self._end(found)
        return self._end(self._status)

    def _step(self, name: str) -> Status | None:
        """Go to a name in the directory of the walk, unless it is a link or missing."""
        if name == "..":
            self._path = posixpath.dirname(self._path)
            found = self._file_system.lstat(self._path)
        else:
            self._traversed.append((self._path, self._status))
            below = posixpath.join(self._path, name)
            found = self._file_system.lstat(below)
            if found and found.kind is Kind.LINK:
                self._traversed.append((below, found))
                if found.target.startswith("/"):
                    self._path, self._status = "/", self._root
                return found
            self._path = below
        if found and found.kind is not Kind.MISSING:
            self._status = found
        return found

    def _end(self, status: Status) -> ResolvedPath:
        return ResolvedPath(self._path, status, tuple(self._traversed))
