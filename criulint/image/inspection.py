# SPDX-License-Identifier: MIT
"""CRIU in an image: the files to check, and the programs that read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.paths import has_criu_name
from criulint.host.filesystem import Kind, resolve_path
from criulint.image.filesystem import FileTree, LayeredFileSystem, LayerReader
from criulint.image.installed import (
    Disagreement,
    InstalledPrograms,
    find_installed,
    find_unread_files,
    path_directories,
)
from criulint.image.layer import plain_path
from criulint.image.naming import (
    PASSWD,
    AbsentFile,
    Candidates,
    Naming,
    find_candidates,
    named_files,
)
from criulint.image.packages import Version, VersionFinder, find_unread_databases

if TYPE_CHECKING:
    from collections.abc import Callable

    from criulint.host.filesystem import FileSystem
    from criulint.image.images import Image


class ImageFile(NamedTuple):
    """A CRIU configuration file in an image.

    `path` is the path that CRIU or a runtime opens, `resolved` the plain path that it leads to, and
    `identity` the same for all names of one file. `layer` is 1-based, or 0 if there are no layers.
    `naming` is None if `path` gives the file its role.
    """

    path: str
    resolved: str
    identity: object
    data: bytes
    layer: int
    naming: Naming | None

    @property
    def is_own_name(self) -> bool:
        """Whether no link leads from the path to the file."""
        return self.path == self.resolved


class Inspection(NamedTuple):
    """What was found in an image.

    `versions` are its CRIU, runtimes and engines. `absent` are files that the image names and does
    not have, `inaccessible` those that could not be looked up, `too_large` files beyond the limit,
    and `unread_databases` package databases in unsupported formats.
    """

    files: list[ImageFile]
    file_system: FileSystem
    versions: dict[str, Version]
    disagreements: list[Disagreement]
    absent: list[AbsentFile]
    too_large: list[str]
    inaccessible: list[str]
    unread_databases: list[str]


def inspect_image(image: Image, progress: Callable[[int], None] = lambda _size: None) -> Inspection:
    """Read an image's layers, and find CRIU's files in them.

    `progress` is called with the number of stored bytes read since the last call. Raise
    ImageError if the image cannot be read.
    """
    directories = path_directories(image.environment)
    versions = VersionFinder(image.budget, directories)
    explicit = {plain_path(naming.path) for naming in named_files(image)}

    def is_wanted(path: str) -> bool:
        return path == PASSWD or path in explicit or has_criu_name(path)

    reader = LayerReader(image.layers, image.budget, is_wanted, versions.find_reader, progress)
    filesystem = reader.read()
    wanted = find_unread_files(filesystem, versions, directories)
    passwd = filesystem.resolve(PASSWD)
    if passwd and not filesystem.file(passwd.path) and passwd.status.kind is Kind.FILE:
        wanted.append(passwd.path)
    if wanted:
        reader.reread(wanted)
    users = filesystem.file(passwd.path) if passwd else None
    candidates = find_candidates(image, filesystem, users)
    unread = [each.resolved for each in candidates.files if not filesystem.file(each.resolved)]
    if unread:
        reader.reread(unread)
    installed = find_installed(filesystem, versions, directories, filesystem.removed)
    return _collect(filesystem, candidates, installed)


def inspect_tree(image: Image, tree: FileTree, versions: VersionFinder) -> Inspection:
    """Find CRIU's files in a whole file system, which `versions` has already searched."""
    passwd = resolve_path(tree, PASSWD)
    users = tree.file(passwd.path) if passwd and passwd.status.kind is Kind.FILE else None
    installed = find_installed(tree, versions, path_directories(image.environment))
    return _collect(tree, find_candidates(image, tree, users), installed)


def _collect(tree: FileTree, candidates: Candidates, installed: InstalledPrograms) -> Inspection:
    files, too_large = [], []
    for path, resolved, naming in candidates.files:
        file = tree.file(resolved)
        if file:
            identity = tree.identity(resolved)
            files.append(ImageFile(path, resolved, identity, file.data, file.layer, naming))
        else:
            too_large.append(path)
    passwd = resolve_path(tree, PASSWD)
    if passwd and passwd.status.kind is Kind.FILE and not tree.file(passwd.path):
        # Files in homes may be missed.
        too_large.append(PASSWD)
    return Inspection(
        files=sorted(files, key=lambda file: file.path),
        file_system=tree,
        versions=installed.versions,
        disagreements=installed.disagreements,
        absent=candidates.absent,
        too_large=list(dict.fromkeys(too_large)),
        inaccessible=candidates.inaccessible,
        unread_databases=find_unread_databases(tree.has),
    )


def layers_of(inspection: Inspection) -> LayeredFileSystem | None:
    """Return the file system of an image with layers, None if it has none."""
    tree = inspection.file_system
    return tree if isinstance(tree, LayeredFileSystem) else None
