# SPDX-License-Identifier: MIT
"""Who other than root can decide what a path leads to."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.host.filesystem import HostContext, Kind, ResolvedPath, Status, resolve_path
from criulint.named_tuple import NamedTuple
from criulint.text import shorten

if TYPE_CHECKING:
    from criulint.criu.settings import Settings

# World-writable on every host that has them: FHS 3.0; systemd's basic.conf; tmpfs of POSIX
# shared memory.
_WORLD_WRITABLE = re.compile(r"/(tmp|var/tmp|dev/shm)(/|$)")
_STICKY = 0o1000
_WRITABLE_BY_OTHERS = 0o002
_WRITABLE_BY_GROUP = 0o020


class Breach(NamedTuple):
    """How others can change what a path leads to: at `path`, and in words.

    `remedy` is the command that changes the permissions, without the path.
    """

    path: str
    words: str
    remedy: str

    def __str__(self) -> str:
        return self.words


class PublicDirectory(NamedTuple):
    """A directory in which everyone can write."""

    path: str
    is_sticky: bool


class Trust:
    """The users and groups, as numbers, whose files are as good as root's.

    Those that own ``/`` count as root: an image that a user unpacked is that user's. So do those
    of a home directory for the configuration in it, and those of a file that a caller names.
    """

    def __init__(self, settings: Settings, host: HostContext) -> None:
        self._file_system = host.file_system
        self.users, self.groups = {0}, {0}
        self._add_owner("/")
        if host.path and settings.role is Role.USER:
            self._add_owner(posixpath.dirname(posixpath.dirname(host.path)))
        elif host.path and settings.role in (None, Role.ENV, Role.CLI):
            self._add_owner(host.path)

    def _add_owner(self, path: str) -> None:
        resolved = resolve_path(self._file_system, path)
        if resolved:
            self.users.add(resolved.status.uid)
            self.groups.add(resolved.status.gid)

    def find_breach(self, resolved: ResolvedPath) -> Breach | None:
        """Return how others can change what a path leads to, or None."""
        # Whether the last directory is one with the sticky bit in which others can write.
        in_shared_directory = False
        steps = _steps(resolved)
        for number, (path, status) in enumerate(steps, 1):
            if path == "/":
                continue
            # The owner of a link can replace it only where they can write.
            if (in_shared_directory or status.kind is not Kind.LINK) and (
                status.uid not in self.users
            ):
                words = f"`{shorten(path)}` belongs to user {status.uid}"
                return Breach(path, words, "chown root")
            if status.kind is Kind.LINK:
                continue
            in_shared_directory = _is_shared(status)
            # Others cannot replace what is there unless they own it, so its owner counts.
            if in_shared_directory and number < len(steps):
                continue
            writers = self._other_writers(status)
            if writers:
                remedy = "chmod o-w" if status.mode & _WRITABLE_BY_OTHERS else "chmod g-w"
                return Breach(path, f"{writers} can write to `{shorten(path)}`", remedy)
        return None

    def _other_writers(self, status: Status) -> str | None:
        if status.mode & _WRITABLE_BY_OTHERS:
            return "everyone"
        if status.mode & _WRITABLE_BY_GROUP and status.gid not in self.groups:
            return f"group {status.gid}"
        return None


def find_public_directory(resolved: ResolvedPath, path: str) -> PublicDirectory | None:
    """Return the last directory on the way to `path`, or itself, in which everyone can write.

    `resolved` is where the path leads. A path that is missing may be below a directory that is
    world-writable wherever it exists.
    """
    for place, status in reversed(_steps(resolved)):
        if place != "/" and status.kind is Kind.DIRECTORY and status.mode & _WRITABLE_BY_OTHERS:
            return PublicDirectory(place, bool(status.mode & _STICKY))
    named = _WORLD_WRITABLE.match(path)
    return PublicDirectory(f"/{named[1]}", True) if named and resolved.missing else None


def is_world_writable(path: str) -> bool:
    """Return whether a path is in a directory that is world-writable wherever it exists."""
    return _WORLD_WRITABLE.match(path) is not None


def _steps(resolved: ResolvedPath) -> list[tuple[str, Status]]:
    """Return every step of a path, including its end if that exists."""
    end = [] if resolved.missing else [(resolved.path, resolved.status)]
    return [*resolved.traversed, *end]


def _is_shared(status: Status) -> bool:
    return (
        status.kind is Kind.DIRECTORY
        and bool(status.mode & _STICKY)
        and bool(status.mode & (_WRITABLE_BY_OTHERS | _WRITABLE_BY_GROUP))
    )
