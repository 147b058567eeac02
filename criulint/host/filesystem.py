# SPDX-License-Identifier: GPL-2.0-only
"""The machine around a configuration file, as rules may see it: what lies at a path, and nothing of it changed.

`FileSystem` is all that a file system has to offer: this host and an unpacked image do (`criulint.host.local`). Paths are found in it by `resolve_path`, which follows symbolic links as Linux does, and never leaves
the machine by them.
"""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Callable
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


class FileSystem(Protocol):
    """A file system to resolve_path at. The paths are absolute and plain: no ``..``, and no link but the last name.

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


class HostContext(NamedTuple):
    """The machine around a configuration file, and the file's own path there; None if it does not lie there."""

    file_system: FileSystem
    path: str | None = None


#: Tells a file's surroundings by its path, as the user wrote that; None if nothing is known of them.
FindHost = Callable[[str], "HostContext | None"]


class ResolvedPath(NamedTuple):
    """Where a path leads: to `status`, at the plain path `path`. `traversed` are the directories and links that were gone
    through, from ``/`` on, in which whoever may write can make the path lead elsewhere.
    """

    path: str
    status: Status
    traversed: tuple[tuple[str, Status], ...]

    @property
    def missing(self) -> bool:
        """Whether it is sure that there is nothing; the errno is the status's, and `path` is the first that is missing."""
        return self.status.kind is Kind.MISSING

    @property
    def error(self) -> str:
        """What Linux says of a path that is missing."""
        return os.strerror(self.status.error)


def resolve_path(machine: FileSystem, path: str) -> ResolvedPath | None:
    """Go to an absolute path as Linux does, through all links. None if that cannot be told, as without permission."""
    root = machine.lstat("/")
    if root is None or not path.startswith("/") or "\0" in path:
        return None
    if len(encode(path)) >= _LONGEST_PATH:
        return ResolvedPath(path, Status(Kind.MISSING, error=errno.ENAMETOOLONG), ())
    here, status = "/", root
    traversed: list[tuple[str, Status]] = []
    names = path.split("/")[::-1]
    links = 0
    while names:
        name = names.pop()
        if status.kind is not Kind.DIRECTORY:
            return ResolvedPath(here, Status(Kind.MISSING, error=errno.ENOTDIR), tuple(traversed))
        if name in ("", "."):
            continue
        if name == "..":
            here = posixpath.dirname(here)
            found = machine.lstat(here)
        else:
            traversed.append((here, status))
            below = posixpath.join(here, name)
            found = machine.lstat(below)
            if found and found.kind is Kind.LINK:
                links += 1
                if links > _MOST_LINKS:
                    return ResolvedPath(
                        path, Status(Kind.MISSING, error=errno.ELOOP), tuple(traversed)
                    )
                traversed.append((below, found))
                names += found.target.split("/")[::-1]
                if found.target.startswith("/"):
                    here, status = "/", root
                continue
            here = below
        if found is None:
            return None
        if found.kind is Kind.MISSING:
            return ResolvedPath(here, found, tuple(traversed))
        status = found
    return ResolvedPath(here, status, tuple(traversed))
