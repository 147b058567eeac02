# SPDX-License-Identifier: GPL-2.0-only
"""The file system around a configuration file, as the rules see it: a few questions, and no way to change anything."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol


class Kind(Enum):
    """What a path leads to."""

    FILE = "file"
    DIRECTORY = "directory"
    #: A device, a socket, ...
    OTHER = "other"
    #: It can't be told: no permission to look, a loop of links.
    UNKNOWN = "unknown"


class Status(NamedTuple):
    """What is at a path, its permission bits (as in ``0o644``), and its owner. All but `kind` are 0 if it can't be told."""

    kind: Kind
    mode: int = 0
    uid: int = 0
    gid: int = 0


class View(Protocol):
    """A file system. Paths are absolute, and symbolic links are followed inside of it."""

    def stat(self, path: str) -> Status | None:
        """What is at a path; None if nothing is."""

    def parents(self, path: str) -> list[tuple[str, Status]]:
        """The directories above what a path leads to, from the root on, links resolved; up to the first that is missing."""

    def names(self, path: str) -> list[str]:
        """The names in a directory; none if it can't be read."""

    def head(self, path: str) -> bytes:
        """The first bytes of a file, at most 256; none if it can't be read."""


class Surroundings(NamedTuple):
    """Where a configuration file is. `path` is its path in the `view`, None if it lies outside of it; `is_host` if the view
    is the running host, and not an image or a directory that only looks like one.
    """

    view: View
    path: str | None
    is_host: bool
