# SPDX-License-Identifier: GPL-2.0-only
"""A directory taken as ``/``: the host's own, or an unpacked image."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from criulint.surroundings import Kind, Status

_MAX_LINKS = 40
_HEAD = 256


class Root:
    """The `criulint.surroundings.View` of a directory. Links never lead out of it."""

    def __init__(self, directory: str = "/") -> None:
        self._directory = directory

    def place(self, path: str) -> str:
        """Where a path of the root is on this host, links not resolved."""
        return os.path.join(self._directory, path.lstrip("/"))

    def inside(self, path: str) -> str | None:
        """The path in the root of a file on this host; None if it is not below the root."""
        relative = os.path.relpath(os.path.abspath(path), os.path.abspath(self._directory))
        return None if relative == ".." or relative.startswith(f"..{os.sep}") else "/" + relative.replace(os.sep, "/")

    def resolve(self, path: str) -> str | None:
        """Where what a path of the root leads to is on this host; None if it is not there or can't be told."""
        *_, (real, status) = self._walk(path)
        return self.place(real) if status and status.kind is not Kind.UNKNOWN else None

    def stat(self, path: str) -> Status | None:
        """What is at a path; None if nothing is."""
        *_, (_, status) = self._walk(path)
        return status

    def parents(self, path: str) -> list[tuple[str, Status]]:
        """The directories above what a path leads to, from the root on; up to the first that is missing."""
        *before, (real, status) = self._walk(path)
        place = before[-1][0] if status is None else real if real == "/" else os.path.dirname(real)
        above = [place]
        while above[-1] != "/":
            above.append(os.path.dirname(above[-1]))
        return [(place, found) for place in reversed(above) if (found := self._status(place))]

    def names(self, path: str) -> list[str]:
        """The names in a directory; none if it can't be read."""
        real = self.resolve(path)
        try:
            return sorted(os.listdir(real)) if real else []
        except OSError:
            return []

    def head(self, path: str) -> bytes:
        """The first bytes of a file, at most 256; none if it can't be read."""
        real = self.resolve(path)
        status = self.stat(path)
        try:
            if real and status and status.kind is Kind.FILE:
                with open(real, "rb") as file:
                    return file.read(_HEAD)
        except OSError:
            pass
        return b""

    def _walk(self, path: str) -> Iterator[tuple[str, Status | None]]:
        """Each place on the way to what a path leads to, links resolved; the last one is it, with None if it is missing."""
        parts = _parts(path)[::-1]
        real = "/"
        links = 0
        yield real, self._status(real)
        while parts:
            part = parts.pop()
            if part == "..":
                real = os.path.dirname(real)
                yield real, self._status(real)
                continue
            next_ = os.path.join(real, part)
            try:
                found = os.lstat(self.place(next_))
                if stat.S_ISLNK(found.st_mode):
                    links += 1
                    target = os.readlink(self.place(next_))
                    if links > _MAX_LINKS:
                        yield next_, Status(Kind.UNKNOWN)
                        return
                    if target.startswith("/"):
                        real = "/"
                    parts += _parts(target)[::-1]
                    continue
            except (FileNotFoundError, NotADirectoryError):
                yield next_, None
                return
            except (OSError, ValueError):
                # No permission, a name that is too long or holds a NUL.
                yield next_, Status(Kind.UNKNOWN)
                return
            real = next_
            yield real, _status(found)

    def _status(self, path: str) -> Status | None:
        try:
            return _status(os.lstat(self.place(path)))
        except OSError:
            return None


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _status(found: os.stat_result) -> Status:
    mode = found.st_mode
    kind = Kind.FILE if stat.S_ISREG(mode) else Kind.DIRECTORY if stat.S_ISDIR(mode) else Kind.OTHER
    return Status(kind, stat.S_IMODE(mode), found.st_uid, found.st_gid)
