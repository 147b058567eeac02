# SPDX-License-Identifier: MIT
"""Where the paths that a file names lead on its host."""

from __future__ import annotations

import errno
import posixpath
import re
from typing import TYPE_CHECKING

from criulint.host.filesystem import FileSystem, Kind, ResolvedPath, resolve_path
from criulint.named_tuple import NamedTuple
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from criulint.criu.settings import Setting, Settings

# Where programs without a path are found unless PATH says otherwise: sudo's secure_path in
# Debian, systemd's DefaultPath.
_PROGRAM_DIRECTORIES = (
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
)
# What an image contains there is irrelevant: a running host mounts or creates it.
_FILLED_AT_START = re.compile(r"/(dev|media|mnt|proc|run|sys|tmp|var/(lock|run|tmp))(/|$)")

# Why a path leads nowhere, whatever is created on the way.
_UNUSABLE = {errno.ELOOP: "leads through too many links", errno.ENAMETOOLONG: "is too long"}


class NamedPath(NamedTuple):
    """An absolute path that `setting` names, and where it leads.

    `is_volatile`: what is there now does not show what CRIU will find, because a host fills the
    place when it starts, or the path is in `/proc`, where each process sees its own.
    """

    setting: Setting
    path: str
    resolved: ResolvedPath
    is_volatile: bool

    @property
    def is_missing(self) -> bool:
        """Whether nothing is there, and nothing will be when CRIU runs."""
        return self.resolved.missing and not self.is_volatile

    @property
    def is_directory(self) -> bool:
        """Whether the path leads to a directory."""
        return self.resolved.status.kind is Kind.DIRECTORY

    @property
    def dangling_link(self) -> str | None:
        """The plain path of the link that leads to what is missing; None if none does.

        A link to a directory that is there, in which something is missing, is not at fault.
        """
        links = [step for step in self.resolved.traversed if step[1].kind is Kind.LINK]
        if not links:
            return None
        place, status = links[-1]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), status.target))
        return place if f"{target}/".startswith(f"{self.resolved.path}/") else None

    @property
    def is_unusable(self) -> bool:
        """Whether nothing that is created on the way lets the path lead anywhere."""
        return self.resolved.status.error in _UNUSABLE

    @property
    def shown(self) -> str:
        """The path, shortened, for a message."""
        return f"`{shorten(self.path)}`"

    @property
    def absence(self) -> str:
        """What is missing on the way to the path, in words."""
        return describe_absence(self.path, self.resolved)


def describe_absence(path: str, resolved: ResolvedPath) -> str:
    """Return in words what is missing on the way to a path."""
    shown = f"`{shorten(path)}`"
    if resolved.status.error in _UNUSABLE:
        return f"{shown} {_UNUSABLE[resolved.status.error]}"
    normal, missing = posixpath.normpath(path), resolved.path
    is_no_directory = resolved.status.error == errno.ENOTDIR
    if missing == normal:
        return f"{shown} {'is not a directory' if is_no_directory else 'does not exist'}"
    if not normal.startswith(f"{missing}/"):
        what = "is not a directory" if is_no_directory else "does not exist"
        return f"{shown} leads to `{shorten(missing)}`, which {what}"
    what = "is not a directory" if is_no_directory else "is missing"
    return f"{shown} does not exist (`{shorten(missing)}` {what})"


def is_filled_at_start(path: str) -> bool:
    """Return whether a path is in a place that a host or container fills when it starts."""
    return _FILLED_AT_START.match(path) is not None


def resolve_target(file_system: FileSystem, setting: Setting, path: str) -> NamedPath | None:
    """Return where an absolute path in the value of a setting leads; None if that is not known."""
    resolved = resolve_path(file_system, path)
    if resolved is None:
        return None
    is_volatile = path.startswith("/proc/") or (
        not file_system.running
        and any(_FILLED_AT_START.match(place) for place in (path, resolved.path))
    )
    return NamedPath(setting, path, resolved, is_volatile)


def resolve_value(file_system: FileSystem, setting: Setting) -> NamedPath | None:
    """Return where the value of a setting leads, if it is an absolute path."""
    value = decode(setting.given_value)
    return resolve_target(file_system, setting, value) if value.startswith("/") else None


def resolve_last(file_system: FileSystem, settings: Settings, name: str) -> NamedPath | None:
    """Return where the value of an option in a file leads, if it is an absolute path."""
    setting = settings.last(name)
    return resolve_value(file_system, setting) if setting else None


def program_paths(name: str) -> list[str]:
    """Return the possible paths of a program that is named without a directory."""
    return [posixpath.join(directory, name) for directory in _PROGRAM_DIRECTORIES]


def is_installed(file_system: FileSystem, name: str) -> bool:
    """Return whether a program may be in one of the usual directories."""
    resolved = [resolve_path(file_system, path) for path in program_paths(name)]
    return any(place is None or not place.missing for place in resolved)
