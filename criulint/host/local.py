# SPDX-License-Identifier: GPL-2.0-only
"""This host, or a directory that is taken for the root of another machine: an unpacked image, a chroot."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping

from criulint.discovery import host_files, host_paths
from criulint.host.filesystem import HostContext, Kind, ResolvedPath, Status, resolve_path
from criulint.host.rooted import Rooted
from criulint.source import decode, encode

# The errors that CRIU gets, too, whoever it is. Any other one says more of who asks.
_MISSING = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG))


class Directory:
    """A `criulint.host.filesystem.Machine` of what lies in a directory; ``/`` is this host."""

    def __init__(self, root: str = "/") -> None:
        self.root = os.path.realpath(root)
        self.running = self.root == "/"
        self._prefix = os.fsencode(self.root.rstrip("/"))
        self._files = Rooted(self._prefix)

    def real(self, path: str) -> bytes:
        """Where on this host a plain path of the machine is."""
        return self._prefix + encode(path)

    def lstat(self, path: str) -> Status | None:
        """What lies at the path; a link there is not followed."""
        try:
            found, target = self._files.lstat(encode(path))
        except OSError as error:
            return Status(Kind.MISSING, error=error.errno) if error.errno in _MISSING else None
        except ValueError:
            return None
        mode = stat.S_IMODE(found.st_mode)
        return Status(_kind(found.st_mode), mode, found.st_uid, found.st_gid, decode(target))

    def listdir(self, path: str) -> list[str] | None:
        """The names in a directory."""
        try:
            return [decode(name) for name in self._files.listdir(encode(path))]
        except (OSError, ValueError):
            return None

    def read_head(self, path: str, size: int) -> bytes | None:
        """The first bytes of a file."""
        try:
            return self._files.read(encode(path), size)
        except (OSError, ValueError):
            return None

    def open(self, path: str, flags: int = os.O_RDONLY) -> int:
        """Open a file at a plain path; its descriptor. OSError if that fails, or a link is met."""
        return self._files.open(encode(path), flags)

    def opener(self, real: str, flags: int) -> int:
        """Open a file whose path on this host `real` made, as `open` wants it."""
        return self._files.open(os.fsencode(real).removeprefix(self._prefix), flags)


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    if stat.S_ISDIR(mode):
        return Kind.DIRECTORY
    return Kind.LINK if stat.S_ISLNK(mode) else Kind.OTHER


class Host:
    """This host. It is around its own configuration files only: what lies in a checkout says nothing of it."""

    where = "on this host"
    hidden: tuple[str, ...] = ()
    #: Files are opened as usual.
    opener = None

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._files = host_files(environment)
        self._machine = Directory()

    def files(self) -> list[str]:
        """The paths of the files that CRIU and the runtimes read."""
        return self._files

    def locate(self, path: str) -> HostContext | None:
        """The surroundings of a file, if it is one of `files`."""
        place = os.path.abspath(path)
        return (
            HostContext(self._machine, place)
            if place in self._files or path in self._files
            else None
        )


class Root:
    """A directory taken as ``/``. It is around all files that are checked, those that lie elsewhere, too.

    NotADirectoryError, or another OSError, if it is none or can't be entered.
    """

    def __init__(self, directory: str) -> None:
        os.stat(os.path.join(directory, "."))
        self.where = f"in {directory}"
        self._top = directory
        self._machine = Directory(directory)
        self._places: dict[str, str] = {}
        hidden = []
        for place in host_paths({"HOME": "/root"}):  # there, CRIU is root's
            seen = resolve_path(self._machine, place)
            if seen is None:
                hidden.append(os.path.join(directory, place.lstrip("/")))
            elif seen.status.kind is Kind.FILE:
                self._places[self._openable(seen, place)] = place
        #: The paths, from here, that can't be looked at.
        self.hidden = tuple(hidden)

    def _openable(self, seen: ResolvedPath, place: str) -> str:
        """A path to a file of the machine that leads there from here, too: an absolute link would lead elsewhere."""
        real = os.path.join(self._top, seen.path.lstrip("/"))
        plain = os.path.join(self._top, place.lstrip("/"))
        try:
            return plain if os.path.samefile(plain, real) else real
        except OSError:
            return real

    def files(self) -> list[str]:
        """The paths, from here, of the files that CRIU and the runtimes read there."""
        return list(self._places)

    def opener(self, path: str, flags: int) -> int:
        """Open a file as `open` wants it; a path of `files` is followed inside of the root."""
        place = self._places.get(path)
        seen = resolve_path(self._machine, place) if place else None
        return self._machine.open(seen.path, flags) if seen else os.open(path, flags)

    def locate(self, path: str) -> HostContext:
        """The surroundings of a file."""
        return HostContext(self._machine, self._places.get(path) or self._place(path))

    def _place(self, path: str) -> str | None:
        top = os.path.abspath(self._top).rstrip("/")
        absolute = os.path.abspath(path)
        if not absolute.startswith(f"{top}/"):
            return None
        place = absolute.removeprefix(top)
        seen = resolve_path(self._machine, place)
        try:
            return place if seen and os.path.samefile(self._machine.real(seen.path), path) else None
        except (OSError, ValueError):
            return None
