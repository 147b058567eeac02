# SPDX-License-Identifier: MIT
"""Root file systems and OCI runtime bundles in a directory: without layers and history.

Source: OCI runtime-spec, config.md (``root.path``, ``process.env``, ``process.cwd``,
``annotations``).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from criulint.criu.paths import DIRECTORY, is_drop_in_directory
from criulint.host.filesystem import Kind, Status, resolve_path
from criulint.host.local import Directory
from criulint.image import ImageError
from criulint.image.blob import Blob, read_document
from criulint.image.budget import Budget
from criulint.image.filesystem import FileContent
from criulint.image.images import Image, string_items
from criulint.image.inspection import Inspection, inspect_tree
from criulint.image.installed import path_directories, search_tree
from criulint.image.naming import list_homes
from criulint.image.packages import VersionFinder
from criulint.image.reference import explain_missing
from criulint.image.storage import open_file
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from criulint.image.budget import Limits
    from criulint.image.reference import Reference

# The steps of work that a look at a component of a path costs, which asks the kernel.
_LOOK_WORK = 20
# Bytes that are kept of a look.
_LOOK_MEMORY = 400


class _Content:
    """An open file, read up to the size that it had when it was opened. Reads are charged."""

    def __init__(self, descriptor: int, budget: Budget) -> None:
        self._file = os.fdopen(descriptor, "rb")
        self._budget = budget
        self.size = os.fstat(descriptor).st_size
        self._left = self.size

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        # None would mean a file that has nothing to read now, such as some in /proc.
        data = self._file.read(min(size, self._left)) or b""
        self._left -= len(data)
        self._budget.charge_decompressed(len(data))
        return data

    def __enter__(self) -> _Content:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class _DirectoryTree(Directory):
    """A directory as a `criulint.image.filesystem.FileTree`. Looks at it are charged."""

    def __init__(self, root: str, budget: Budget) -> None:
        super().__init__(root)
        self.running = False
        self._budget = budget
        self._looks: dict[str, Status | None] = {}

    def lstat(self, path: str) -> Status | None:
        """Return what is at the path; a link there is not followed.

        It is looked at only once: many homes can lead through the same links.
        """
        if path in self._looks:
            self._budget.charge_work(1)
            return self._looks[path]
        self._budget.charge_work(_LOOK_WORK * (1 + path.count("/")))
        self._budget.charge_memory(_LOOK_MEMORY + 2 * len(path))
        found = self._looks[path] = super().lstat(path)
        return found

    def listdir(self, path: str) -> list[str] | None:
        """Return the names in a directory."""
        names = super().listdir(path)
        self._budget.charge_work(_LOOK_WORK * (1 + path.count("/")) + len(names or ()))
        return names

    def file(self, path: str) -> FileContent | None:
        """Return the content of the file at a plain path; None if it is too large."""
        content = self.content(path)
        if content is None:
            return None
        with content:
            if content.size > self._budget.limits.file:
                return None
            self._budget.charge_file(content.size)
            return FileContent(content.read(content.size), 0)

    def readable(self, path: str) -> bool:
        """Return whether the file at a plain path can be read."""
        content = self.content(path)
        if content is None:
            return False
        with content:
            return True

    def content(self, path: str) -> _Content | None:
        """Open the file that a path leads to inside of the directory.

        Return None if there is none, or it cannot be read.
        """
        seen = resolve_path(self, path)
        if not seen or seen.status.kind is not Kind.FILE:
            return None
        try:
            return _Content(self.open(seen.path), self._budget)
        except (OSError, ValueError):
            return None

    def has(self, path: str) -> bool:
        """Return whether there is anything at a path."""
        seen = resolve_path(self, path)
        return seen is not None and not seen.missing

    def identity(self, path: str) -> object:
        """Return a value that is equal for two plain paths of one file."""
        try:
            status = os.lstat(self.real(path))
        except (OSError, ValueError):
            return path
        return status.st_dev, status.st_ino

    def names(self) -> Iterator[str]:
        """Yield the paths of files in the directories where CRIU's files usually are.

        To walk the whole tree would take too long.
        """
        passwd = self.file("/etc/passwd")
        directories = ["/etc", DIRECTORY, f"/usr{DIRECTORY}", f"/usr/local{DIRECTORY}"]
        for home in dict.fromkeys(list_homes(passwd.data if passwd else b"")):
            top = home.rstrip("/")
            directories += [home, f"{top}/.criu", f"{top}/.config/criu"]
        for directory in directories:
            for name in self._list(directory):
                path = f"{directory.rstrip('/')}/{name}"
                yield path
                if is_drop_in_directory(path):
                    for inner in self._list(path):
                        yield f"{path}/{inner}"

    def _list(self, directory: str) -> list[str]:
        """Return the names in a directory; none if it is something else."""
        seen = resolve_path(self, directory)
        if not seen or seen.status.kind is not Kind.DIRECTORY:
            return []
        return self.listdir(seen.path) or []


def inspect_directory(reference: Reference, limits: Limits) -> tuple[Image, Inspection, list[str]]:
    """Find CRIU's files in a root file system or a bundle.

    Return it as an image, what was found, and the paths of the files on this host. Raise
    ImageError if it is neither.
    """
    budget = Budget(limits)
    root = reference.location
    config: dict[str, Any] = {}
    annotations: dict[str, str] = {}
    if reference.kind == "bundle":
        root, config, annotations = _read_bundle(reference.location, budget)
    if not os.path.lexists(root):
        raise ImageError(explain_missing(root, root))
    try:
        os.scandir(root).close()
    except OSError as error:
        raise ImageError(f"{escape(root)}: {error.strerror or error}") from None
    image = Image(reference.text, "", "", config, annotations, [], budget)
    tree = _DirectoryTree(root, budget)
    directories = path_directories(image.environment)
    versions = VersionFinder(budget, directories)
    search_tree(tree, versions, directories)
    inspection = inspect_tree(image, tree, versions)
    unreadable = [path for path in inspection.too_large if not tree.readable(path)]
    too_large = [path for path in inspection.too_large if path not in unreadable]
    files = [os.fsdecode(tree.real(file.resolved)) for file in inspection.files]
    inaccessible = inspection.inaccessible + unreadable
    return image, inspection._replace(too_large=too_large, inaccessible=inaccessible), files


def _read_bundle(location: str, budget: Budget) -> tuple[str, dict[str, Any], dict[str, str]]:
    """Return a bundle's root directory, image configuration and annotations.

    Raise ImageError if that directory is elsewhere: the bundle's author would choose which files
    of this host are shown.
    """
    path = os.path.join(location, "config.json")
    document = read_document(Blob("", None, escape(path), lambda: open_file(path)), budget)
    root = os.path.join(location, _get_text(document, "root", "path") or "rootfs")
    if "\0" in root:
        raise ImageError(f"{escape(root)} is not a path")
    if not _is_below(os.path.realpath(root), os.path.realpath(location)):
        raise ImageError(f"{escape(root)} is outside of the bundle (dir:{escape(root)} checks it)")
    process = document.get("process")
    process = process if isinstance(process, dict) else {}
    config = {"config": {"Env": process.get("env"), "WorkingDir": process.get("cwd")}}
    return root, config, string_items(document.get("annotations"))


def _is_below(path: str, directory: str) -> bool:
    """Return whether a path is in a directory; neither contains links."""
    return path.startswith(f"{directory.rstrip(os.sep)}{os.sep}")


def _get_text(document: Mapping[str, Any], key: str, inner_key: str) -> str:
    found = document.get(key)
    value = found.get(inner_key) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""
