# SPDX-License-Identifier: MIT
"""This host, or a directory taken as the root of another one: an unpacked image, a chroot."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from criulint.criu.paths import MACHINE_HOME, host_paths
from criulint.host.filesystem import HostContext, Kind, ResolvedPath, Status, resolve_path
from criulint.host.rooted import RootedFiles
from criulint.source import decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The errors that any user's CRIU gets, too; others depend on the user.
_MISSING = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG))


class Directory:
    """A `criulint.host.filesystem.FileSystem` of the files in a directory; ``/`` is this host."""

    def __init__(self, root: str = "/") -> None:
        self.root = os.path.realpath(root)
        self.running = self.root == "/"
        self._prefix = os.fsencode(self.root.rstrip("/"))
        self._files = RootedFiles(self._prefix)

    def real(self, path: str) -> bytes:
        """Return where on this host a plain path of the file system is."""
        return self._prefix + encode(path)

    def lstat(self, path: str) -> Status | None:
        """Return what is at the path; a link there is not followed."""
        try:
            found, target = self._files.lstat(encode(path))
        except OSError as error:
            return Status(Kind.MISSING, error=error.errno) if error.errno in _MISSING else None
        except ValueError:
            return None
        mode = stat.S_IMODE(found.st_mode)
        return Status(_kind(found.st_mode), mode, found.st_uid, found.st_gid, decode(target))

    def listdir(self, path: str) -> list[str] | None:
        """Return the names in a directory."""
        try:
            return [decode(name) for name in self._files.listdir(encode(path))]
        except (OSError, ValueError):
            return None

    def read_head(self, path: str, size: int) -> bytes | None:
        """Return the first bytes of a file."""
        try:
            return self._files.read(encode(path), size)
        except (OSError, ValueError):
            return None

    def open(self, path: str, flags: int = os.O_RDONLY) -> int:
        """Open a file at a plain path; its descriptor. OSError if that fails, or a link is met."""
        return self._files.open(encode(path), flags)

    def opener(self, real: str, flags: int) -> int:
        """Open a file whose path on this host `real` returned, as an `opener` for `open`."""
        return self._files.open(os.fsencode(real).removeprefix(self._prefix), flags)


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    if stat.S_ISDIR(mode):
        return Kind.DIRECTORY
    return Kind.LINK if stat.S_ISLNK(mode) else Kind.OTHER


class Host:
    """This host.

    It is the host of its own configuration files only: a file in a checkout says nothing about it.
    """

    where = "on this host"
    hidden: tuple[str, ...] = ()
    #: Files are opened as usual.
    opener = None

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._files = [path for path in host_paths(environment) if os.path.isfile(path)]
        self._file_system = Directory()

    def files(self) -> list[str]:
        """Return the paths of the files that CRIU and the runtimes read, those that exist."""
        return self._files

    def top(self, _file: str) -> str | None:
        """Return the directory outside which nothing is written for a file: there is none."""
        return None

    def locate(self, path: str) -> HostContext | None:
        """Return the host around a file, if the file is one of `files`."""
        absolute = os.path.abspath(path)
        if absolute in self._files or path in self._files:
            return HostContext(self._file_system, absolute)
        return None


class Root:
    """A directory taken as ``/``, as the host of all files that are checked, wherever they are."""

    def __init__(self, directory: str) -> None:
        self.where = f"in {directory}"
        self._top = directory
        self._file_system = Directory(directory)
        self._places: dict[str, str] = {}
        hidden = []
        for place in host_paths({"HOME": MACHINE_HOME}):  # there, root runs CRIU
            seen = resolve_path(self._file_system, place)
            if seen is None:
                hidden.append(os.path.join(directory, place.lstrip("/")))
            elif seen.status.kind is Kind.FILE:
                self._places[self._openable(seen, place)] = place
        #: The paths, from here, that cannot be accessed.
        self.hidden = tuple(hidden)

    def _openable(self, seen: ResolvedPath, place: str) -> str:
        """Return a path that leads to a file from here: absolute links would lead elsewhere."""
        real = os.path.join(self._top, seen.path.lstrip("/"))
        plain = os.path.join(self._top, place.lstrip("/"))
        try:
            return plain if os.path.samefile(plain, real) else real
        except OSError:
            return real

    def files(self) -> list[str]:
        """Return the paths, from here, of the files that CRIU and the runtimes read there."""
        return list(self._places)

    def top(self, _file: str) -> str:
        """Return the directory outside which nothing is written for a file."""
        return self._top

    def opener(self, path: str, flags: int) -> int:
        """Open a file, as an `opener` for `open`; a path of `files` never leads out of the root."""
        place = self._places.get(path)
        seen = resolve_path(self._file_system, place) if place else None
        return self._file_system.open(seen.path, flags) if seen else os.open(path, flags)

    def locate(self, path: str) -> HostContext:
        """Return the host around a file."""
        return HostContext(self._file_system, self._places.get(path) or self._place(path))

    def _place(self, path: str) -> str | None:
        top = os.path.abspath(self._top).rstrip("/")
        absolute = os.path.abspath(path)
        if not absolute.startswith(f"{top}/"):
            return None
        place = absolute.removeprefix(top)
        seen = resolve_path(self._file_system, place)
        try:
            return (
                place
                if seen and os.path.samefile(self._file_system.real(seen.path), path)
                else None
            )
        except (OSError, ValueError):
            return None


class Roots:
    """Several directories, each taken as ``/`` for the files that CRIU reads in it."""

    def __init__(self, roots: Sequence[Root]) -> None:
        self._by_file = {file: root for root in roots for file in root.files()}
        self.where = " or ".join(root.where for root in roots)
        self.hidden = tuple(path for root in roots for path in root.hidden)

    def files(self) -> list[str]:
        """Return the paths, from here, of the files that CRIU and the runtimes read there."""
        return list(self._by_file)

    def top(self, file: str) -> str:
        """Return the root of a file of `files`: nothing is written outside it."""
        return self._by_file[file].top(file)

    def opener(self, path: str, flags: int) -> int:
        """Open a file of `files`, as an `opener` for `open`, inside of its root."""
        return self._by_file[path].opener(path, flags)

    def locate(self, path: str) -> HostContext | None:
        """Return the host around a file of `files`."""
        root = self._by_file.get(path)
        return root.locate(path) if root else None
