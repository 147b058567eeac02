# SPDX-License-Identifier: GPL-2.0-only
"""Root file systems and OCI runtime bundles that lie in a directory: no layers, and nobody tells who wrote them.

Source: OCI runtime-spec, config.md (``root.path``, ``process.env``, ``process.cwd``, ``annotations``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from criulint.host.filesystem import Kind, resolve_path
from criulint.host.local import Directory
from criulint.image import ImageError, Limits
from criulint.image.blob import Blob, read_document
from criulint.image.filesystem import File
from criulint.image.inspection import Inspection, homes, inspect_tree
from criulint.image.packages import Versions, look_around
from criulint.image.reference import Reference
from criulint.image.source import Image, open_file
from criulint.text import escape

_INNER = re.compile(r"/etc/criu(?:[^/]*\.d|/[^/]+\.d)", re.DOTALL)


class _Tree(Directory):
    """A directory as `criulint.image.inspection` looks at it."""

    def __init__(self, root: str, limits: Limits) -> None:
        super().__init__(root)
        self.running = False
        self._limits = limits

    def file(self, path: str) -> File | None:
        """The content of the file at a plain path."""
        content = self.content(path)
        if content is None:
            return None
        with content:
            data = content.read(self._limits.file + 1)
        return File(data, 0) if len(data) <= self._limits.file else None

    def readable(self, path: str) -> bool:
        """Whether the file at a plain path can be read."""
        content = self.content(path)
        if content:
            content.close()
        return content is not None

    def content(self, path: str) -> BinaryIO | None:
        """The file that a path leads to inside of the directory; None if there is none, or it can't be read."""
        seen = resolve_path(self, path)
        if not seen or seen.status.kind is not Kind.FILE:
            return None
        try:
            return os.fdopen(self.open(seen.path), "rb")
        except (OSError, ValueError):
            return None

    def has(self, path: str) -> bool:
        """Whether something lies at a path."""
        seen = resolve_path(self, path)
        return seen is not None and not seen.missing

    def names(self) -> Iterator[str]:
        """The paths of files in the directories where such files are usual; to go through all would take long."""
        users = self.file("/etc/passwd")
        folders = ["/etc", "/etc/criu", "/usr/etc/criu", "/usr/local/etc/criu"]
        for home in dict.fromkeys(homes(users.data if users else b"")):
            folders += [home, f"{home.rstrip('/')}/.criu"]
        for folder in folders:
            for name in self._listed(folder):
                path = f"{folder.rstrip('/')}/{name}"
                yield path
                if _INNER.fullmatch(path):
                    yield from (f"{path}/{inner}" for inner in self._listed(path))

    def _listed(self, folder: str) -> list[str]:
        seen = resolve_path(self, folder)
        return (
            (self.listdir(seen.path) or []) if seen and seen.status.kind is Kind.DIRECTORY else []
        )


def inspect_directory(reference: Reference, limits: Limits) -> tuple[Image, Inspection, list[str]]:
    """What is CRIU's in a root file system or a bundle, and where its files are on this host. ImageError if it is none."""
    root, config, annotations = reference.location, {}, {}
    if reference.kind == "bundle":
        path = os.path.join(root, "config.json")
        document = read_document(Blob("", None, escape(path), lambda: open_file(path)), limits)
        root = os.path.join(root, _text(document, "root", "path") or "rootfs")
        process = document.get("process")
        process = process if isinstance(process, dict) else {}
        config = {"config": {"Env": process.get("env"), "WorkingDir": process.get("cwd")}}
        found = document.get("annotations")
        annotations = (
            {key: value for key, value in found.items() if isinstance(value, str)}
            if isinstance(found, dict)
            else {}
        )
    try:
        os.scandir(root).close()
    except ValueError:
        raise ImageError(f"{escape(root)} is no path") from None
    except OSError as error:
        raise ImageError(f"{escape(root)}: {error.strerror or error}") from None
    image = Image(reference.text, "", "", config, annotations, [])
    tree = _Tree(root, limits)
    versions = Versions()
    look_around(versions, tree.content, tree.listdir)
    inspection = inspect_tree(image, tree, versions)
    unreadable = [path for path in inspection.too_large if not tree.readable(path)]
    too_large = [path for path in inspection.too_large if path not in unreadable]
    files = [os.fsdecode(tree.real(file.place)) for file in inspection.files]
    return (
        image,
        inspection._replace(too_large=too_large, hidden=inspection.hidden + unreadable),
        files,
    )


def _text(document: Mapping[str, Any], key: str, inner: str) -> str:
    found = document.get(key)
    value = found.get(inner) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""
