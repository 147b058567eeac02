# SPDX-License-Identifier: MIT
"""What an image has of CRIU: the files to check, and who reads them."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from criulint.criu.context import Role
from criulint.host.filesystem import FileSystem, Kind, resolve_path
from criulint.image.filesystem import FileContent, LayerReader
from criulint.image.layer import plain_path
from criulint.image.packages import PROGRAMS, Version, VersionFinder, find_unread_databases
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from criulint.image.source import Image

_ANNOTATION = "org.criu.config"
_VARIABLE = "CRIU_CONFIG_FILE"

# Names that CRIU's files have, or that people believe they have.
_NAMES = re.compile(
    r".*/\.?criu/[^/]+\.conf"
    r"|/etc/criu[^/]*\.conf|/etc/criu[^/]*\.d/[^/]+\.conf|/etc/criu/[^/]+\.d/[^/]+\.conf"
    r"|.*/\.(criu\.conf|criurc)|/etc/(runc|crun)\.conf",
    re.DOTALL,
)
# Packages install examples and documents there, which nothing reads.
_EXAMPLES = re.compile(r"/usr/(share|src|lib|include)/.*|/proc/.*|/sys/.*", re.DOTALL)
_PASSWD = "/etc/passwd"
_DEFAULT_PATHS = ("/etc/criu/default.conf", "/etc/criu/runc.conf", "/etc/criu/crun.conf")
_MAX_HOMES = 10_000
_MIN_PASSWD_FIELDS = 6


class ImageFile(NamedTuple):
    """A CRIU configuration file in an image.

    `path` is the path that CRIU or a runtime opens, `resolved` the plain path that it leads
    to. `layer` is 1-based, or 0 if there are no layers. `role` is None if `path` gives it.
    """

    path: str
    resolved: str
    data: bytes
    layer: int
    role: Role | None


class Inspection(NamedTuple):
    """What was found in an image.

    `missing` are paths that the image names and does not have, `inaccessible` those that
    could not be looked up, `too_large` files beyond the limit, and `unread_databases`
    package databases in formats that are not read.
    """

    files: list[ImageFile]
    file_system: FileSystem
    versions: dict[str, Version]
    missing: list[str]
    too_large: list[str]
    inaccessible: list[str]
    unread_databases: list[str]

    def runtime_of(self, file: ImageFile) -> str | None:
        """Return the runtime that reads a file, as ``runc@1.3.0``, or None if it is not clear.

        That is the one that the file is named after, or the only one in the image.
        """
        runtimes = [name for name in self.versions if name != "criu"]
        name = posixpath.basename(file.path).removesuffix(".conf")
        if name not in runtimes:
            if len(runtimes) != 1:
                return None
            name = runtimes[0]
        number = self.versions[name].number
        return f"{name}@{number}" if number else name


class FileTree(FileSystem, Protocol):
    """A file system whose files can be read."""

    def file(self, path: str) -> FileContent | None:
        """Return the content of the file at a plain path; None if it is not kept or too large."""

    def has(self, path: str) -> bool:
        """Return whether there is anything at a plain path."""

    def names(self) -> Iterable[str]:
        """Return the plain paths among which files with CRIU's names may be."""


def inspect_image(image: Image, progress: Callable[[int], None] = lambda _size: None) -> Inspection:
    """Read an image's layers, and find the files of CRIU in them.

    `progress` is called with the number of stored bytes read since the last call. Raise
    ImageError if the image cannot be read.
    """
    versions = VersionFinder(image.budget)
    explicit = {plain_path(path) for path, _ in _named_paths(image)}

    def is_wanted(path: str) -> bool:
        return path == _PASSWD or path in explicit or _has_criu_name(path)

    reader = LayerReader(image.layers, image.budget, is_wanted, versions.find_reader, progress)
    filesystem = reader.read()
    passwd = filesystem.resolve(_PASSWD)
    if passwd and not filesystem.file(passwd.path) and passwd.status.kind is Kind.FILE:
        reader.reread([passwd.path])
    users = filesystem.file(passwd.path) if passwd else None
    candidates = _find_candidates(image, filesystem, users)
    unread = [path for path in candidates.files if not filesystem.file(path)]
    if unread:
        reader.reread(unread)
    return _collect(filesystem, candidates, versions)


def inspect_tree(image: Image, tree: FileTree, versions: VersionFinder) -> Inspection:
    """Find the files of CRIU in a whole file system, which `versions` has already searched."""
    passwd = resolve_path(tree, _PASSWD)
    users = tree.file(passwd.path) if passwd and passwd.status.kind is Kind.FILE else None
    return _collect(tree, _find_candidates(image, tree, users), versions)


@dataclass
class _Candidates:
    """Files that may be CRIU's.

    `files` has by plain path the path that is opened, and the role. See `Inspection` for
    `missing` and `inaccessible`.
    """

    files: dict[str, tuple[str, Role | None]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    inaccessible: list[str] = field(default_factory=list)


def _find_candidates(image: Image, tree: FileTree, passwd: FileContent | None) -> _Candidates:
    roles = dict(_named_paths(image))
    home = image.environment.get("HOME", "")
    homes = [home] if home else []
    homes += list_homes(passwd.data if passwd else b"")
    expected = [path for path, _ in _named_paths(image)]
    expected += _DEFAULT_PATHS
    expected += [f"{home.rstrip('/')}/.criu/default.conf" for home in dict.fromkeys(homes)]
    found = _Candidates()
    for path in (*dict.fromkeys(expected), *_find_by_name(tree)):
        seen = resolve_path(tree, path)
        if seen and seen.status.kind is Kind.FILE:
            found.files.setdefault(seen.path, (path, roles.get(path)))
        elif path in roles:
            found.missing.append(path)
        elif seen is None and path in expected and path.startswith("/"):
            found.inaccessible.append(path)
    return found


def _find_by_name(tree: FileTree) -> list[str]:
    """Return the paths of files that are named as CRIU's are."""
    names = set(tree.names())
    directory = resolve_path(tree, "/etc/criu")
    if directory and directory.path != "/etc/criu":
        # It is a link.
        names |= {f"/etc/criu/{name}" for name in tree.listdir(directory.path) or ()}
    return sorted(filter(_has_criu_name, names))


def _has_criu_name(path: str) -> bool:
    return _NAMES.fullmatch(path) is not None and not _EXAMPLES.fullmatch(path)


def _collect(tree: FileTree, candidates: _Candidates, versions: VersionFinder) -> Inspection:
    files, too_large = [], []
    for resolved, (path, role) in candidates.files.items():
        file = tree.file(resolved)
        if file:
            files.append(ImageFile(path, resolved, file.data, file.layer, role))
        else:
            too_large.append(path)
    passwd = resolve_path(tree, _PASSWD)
    if passwd and passwd.status.kind is Kind.FILE and not tree.file(passwd.path):
        # Files in homes may be missed.
        too_large.append(_PASSWD)
    found = {}
    for name in PROGRAMS:
        version = versions.version_of(name, tree.has)
        if version:
            found[name] = version
    return Inspection(
        files=sorted(files),
        file_system=tree,
        versions=found,
        missing=candidates.missing,
        too_large=too_large,
        inaccessible=candidates.inaccessible,
        unread_databases=find_unread_databases(tree.has),
    )


def _named_paths(image: Image) -> Iterator[tuple[str, Role]]:
    """Yield the files that the image's own documents name, and their roles."""
    variable = image.environment.get(_VARIABLE)
    if variable:
        yield posixpath.join(image.working_directory, variable), Role.ENV
    for labels in (image.annotations, image.labels):
        # A relative path there is not relative to anything in the image.
        path = labels.get(_ANNOTATION)
        if path:
            yield path, Role.RPC


def list_homes(passwd: bytes) -> list[str]:
    """Return the home of each user in ``/etc/passwd``, after root's usual one."""
    found = ["/root"]
    for line in decode(passwd).split("\n")[:_MAX_HOMES]:
        fields = line.split(":")
        if len(fields) >= _MIN_PASSWD_FIELDS and fields[5].startswith("/"):
            names = [name for name in fields[5].split("/") if name not in ("", ".")]
            found.append("/" + "/".join(names))
    return found
