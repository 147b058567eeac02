# SPDX-License-Identifier: GPL-2.0-only
"""Root file systems and OCI runtime bundles that lie in a directory: no layers, and nobody tells who wrote them.

Source: OCI runtime-spec, config.md (``root.path``, ``process.env``, ``annotations``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, BinaryIO

from criulint.image import ImageError, Limits
from criulint.image.blob import json_object
from criulint.image.filesystem import File
from criulint.image.inspection import Inspection, inspect_tree
from criulint.image.packages import Versions, look_around
from criulint.image.reference import Reference
from criulint.image.source import Image
from criulint.machine import Directory
from criulint.rules.words import visible
from criulint.surroundings import Kind, look


class _Tree(Directory):
    """A directory as `criulint.image.inspection` looks at it."""

    def __init__(self, root: str, limits: Limits) -> None:
        super().__init__(root)
        self.running = False
        self._limits = limits

    def file(self, path: str) -> File | None:
        """The content of the file at a plain path."""
        content = self.open(path)
        if content is None:
            return None
        with content:
            data = content.read(self._limits.file + 1)
        return File(data, 0) if len(data) <= self._limits.file else None

    def open(self, path: str) -> BinaryIO | None:
        """The file that a path leads to inside of the directory; None if there is none, or it can't be read."""
        seen = look(self, path)
        if not seen or seen.status.kind is not Kind.FILE:
            return None
        try:
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            return os.fdopen(os.open(self.real(seen.path), flags), "rb")
        except (OSError, ValueError):
            return None

    def has(self, path: str) -> bool:
        """Whether something lies at a path."""
        seen = look(self, path)
        return seen is not None and not seen.missing

    def names(self) -> list[str]:
        """The plain paths of files in directories of CRIU's: those that are usual."""
        found = []
        for directory in ("/etc", "/etc/criu", "/root", "/root/.criu"):
            found += [f"{directory}/{name}" for name in self.listdir(directory) or ()]
        return found


def inspect_directory(reference: Reference, limits: Limits) -> tuple[Image, Inspection]:
    """What is CRIU's in a root file system or a bundle. ImageError if it is none."""
    root, config, annotations = reference.location, {}, {}
    if reference.kind == "bundle":
        document = _document(os.path.join(root, "config.json"), limits)
        root = os.path.join(root, _text(document, "root", "path") or "rootfs")
        process = document.get("process")
        config = {"config": {"Env": process.get("env") if isinstance(process, dict) else None}}
        found = document.get("annotations")
        annotations = (
            {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}
        )
    if not os.path.isdir(root):
        raise ImageError(f"{visible(root)} is not a directory")
    image = Image(reference.text, "", "", config, annotations, [])
    tree = _Tree(root, limits)
    versions = Versions()
    look_around(versions, tree.open)
    return image, inspect_tree(image, tree, versions)


def _document(path: str, limits: Limits) -> Mapping[str, Any]:
    try:
        with open(path, "rb") as file:
            return json_object(file.read(limits.document), visible(path))
    except OSError as error:
        raise ImageError(f"{visible(path)}: {error.strerror or error}") from None


def _text(document: Mapping[str, Any], key: str, inner: str) -> str:
    found = document.get(key)
    value = found.get(inner) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""
