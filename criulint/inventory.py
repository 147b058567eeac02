# SPDX-License-Identifier: MIT
"""What a run examined in container images: data for reports."""

from __future__ import annotations

from criulint.named_tuple import NamedTuple


class ProgramRecord(NamedTuple):
    """A program in an image: `kind` is ``criu``, ``runtime``, ``engine`` or ``tool``.

    `version` is empty if it is not known; `path` is the file that gives it.
    """

    kind: str
    name: str
    version: str
    path: str


class FileRecord(NamedTuple):
    """A configuration file that was checked: for CRIU `release`, in a `role` (empty: by its path).

    `layer` is 1-based, or 0 if there are no layers.
    """

    path: str
    layer: int
    role: str
    release: str


class ImageRecord(NamedTuple):
    """An image: what it is, and what was examined in it.

    `name` is as the user wrote it. `errors` say what could not be examined; if that is the whole
    image, there is nothing else. `unread` are package databases in unsupported formats, so that
    programs may be missing. `base` is the number of layers of the base image, if it is known.
    """

    name: str
    digest: str = ""
    platform: str = ""
    layers: int = 0
    base: int | None = None
    programs: tuple[ProgramRecord, ...] = ()
    files: tuple[FileRecord, ...] = ()
    unread: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    def of_kind(self, kind: str) -> list[ProgramRecord]:
        """Return the programs of one kind."""
        return [program for program in self.programs if program.kind == kind]
