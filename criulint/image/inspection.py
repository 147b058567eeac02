# SPDX-License-Identifier: GPL-2.0-only
"""What there is of CRIU in an image: the files to check, who reads them, and the machine around them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from criulint.criu.context import Role
from criulint.host.filesystem import FileSystem, Kind, resolve_path
from criulint.image import Limits
from criulint.image.filesystem import File, Reader
from criulint.image.layer import plain_path
from criulint.image.packages import PROGRAMS, Version, Versions, unread
from criulint.image.source import Image
from criulint.source import decode

ANNOTATION = "org.criu.config"
VARIABLE = "CRIU_CONFIG_FILE"

# Names that CRIU's files have, or are believed to have.
_NAMES = re.compile(
    r".*/\.?criu/[^/]+\.conf|/etc/criu[^/]*\.conf|/etc/criu[^/]*\.d/[^/]+\.conf|/etc/criu/[^/]+\.d/[^/]+\.conf"
    r"|.*/\.(criu\.conf|criurc)|/etc/(runc|crun)\.conf",
    re.DOTALL,
)
# What packages bring as an example or a document is for nobody to read.
_EXAMPLES = re.compile(r"/usr/(share|src|lib|include)/.*|/proc/.*|/sys/.*", re.DOTALL)
_PASSWD = "/etc/passwd"
_USUAL = ("/etc/criu/default.conf", "/etc/criu/runc.conf", "/etc/criu/crun.conf")
_MOST_HOMES = 10_000


class ImageFile(NamedTuple):
    """A file of CRIU. `path` is what it is known by, `place` the plain path that leads to; `layer` counts from 1.

    `role` is None if its path tells it.
    """

    path: str
    place: str
    data: bytes
    layer: int
    role: Role | None


class Inspection(NamedTuple):
    """What was found. `missing` are the paths that something names and that are not there, `hidden` those that can't be
    looked at; `unread` are databases of packages that might tell versions.
    """

    files: list[ImageFile]
    machine: FileSystem
    versions: dict[str, Version]
    missing: list[str]
    too_large: list[str]
    hidden: list[str]
    unread: list[str]

    def runtime_of(self, file: ImageFile) -> str | None:
        """The runtime that reads a file, as ``runc@1.3.0``: the one that it is called after, or the only one there."""
        there = [name for name in self.versions if name != "criu"]
        called = posixpath.basename(file.path).removesuffix(".conf")
        name = called if called in there else there[0] if len(there) == 1 else None
        return "@".join(filter(None, (name, self.versions[name].number))) if name else None


def inspect(
    image: Image, limits: Limits, progress: Callable[[int], None] = lambda size: None
) -> Inspection:
    """Read an image's layers, and find what is CRIU's in it. ImageError if it can't be read.

    `progress` is told how many bytes of the layers, as they are stored, have been read since the last time.
    """
    versions = Versions()
    named = list(_named(image))
    explicit = {plain_path(path) for path, _ in named}

    def wanted(path: str) -> bool:
        return (
            path == _PASSWD
            or path in explicit
            or (_NAMES.fullmatch(path) is not None and not _EXAMPLES.fullmatch(path))
        )

    reader = Reader(image.layers, limits, wanted, versions.look, progress)
    filesystem = reader.read()
    passwd = filesystem.seen(_PASSWD)
    if passwd and not filesystem.file(passwd.path) and passwd.status.kind is Kind.FILE:
        reader.reread([passwd.path])
    users = filesystem.file(passwd.path) if passwd else None
    candidates = _places(image, filesystem, users)
    unread = [place for place in candidates.places if not filesystem.file(place)]
    if unread:
        reader.reread(unread)
    return _inspection(filesystem, candidates, versions)


class Tree(FileSystem, Protocol):
    """A file system whose files can be read."""

    def file(self, path: str) -> File | None:
        """The content of the file at a plain path; None if it is not kept, or too large."""

    def has(self, path: str) -> bool:
        """Whether something lies at a plain path."""

    def names(self) -> Iterable[str]:
        """The plain paths among which files with CRIU's names may be."""


def inspect_tree(image: Image, tree: Tree, versions: Versions) -> Inspection:
    """The same for a file system that is there as a whole; `versions` has looked at it."""
    seen = resolve_path(tree, _PASSWD)
    users = tree.file(seen.path) if seen and seen.status.kind is Kind.FILE else None
    return _inspection(tree, _places(image, tree, users), versions)


class _Places(NamedTuple):
    """By the plain path of each file: what it is known by, and its role. `missing` are named, and not there; `hidden` are
    those of which that can't be told.
    """

    places: dict[str, tuple[str, Role | None]]
    missing: list[str]
    hidden: list[str]


def _places(image: Image, tree: Tree, passwd: File | None) -> _Places:
    named = list(_named(image))
    roles = dict(named)
    expected = [path for path, _ in named]
    expected += _USUAL
    users = [
        home
        for home in (image.environment.get("HOME", ""), *homes(passwd.data if passwd else b""))
        if home
    ]
    expected += [f"{home.rstrip('/')}/.criu/default.conf" for home in dict.fromkeys(users)]
    found = _Places({}, [], [])
    for path in (*dict.fromkeys(expected), *_called(tree)):
        seen = resolve_path(tree, path)
        if seen and seen.status.kind is Kind.FILE:
            found.places.setdefault(seen.path, (path, roles.get(path)))
        elif path in roles:
            found.missing.append(path)
        elif seen is None and path in expected and path.startswith("/"):
            found.hidden.append(path)
    return found


def _called(tree: Tree) -> list[str]:
    """The paths of files whose names say that they are CRIU's."""
    names = set(tree.names())
    directory = resolve_path(tree, "/etc/criu")
    if directory and directory.path != "/etc/criu":  # a link
        names |= {f"/etc/criu/{name}" for name in tree.listdir(directory.path) or ()}
    return sorted(
        path for path in names if _NAMES.fullmatch(path) and not _EXAMPLES.fullmatch(path)
    )


def _inspection(tree: Tree, candidates: _Places, versions: Versions) -> Inspection:
    files, too_large = [], []
    for place, (path, role) in candidates.places.items():
        file = tree.file(place)
        if file:
            files.append(ImageFile(path, place, file.data, file.layer, role))
        else:
            too_large.append(path)
    users = resolve_path(tree, _PASSWD)
    if users and users.status.kind is Kind.FILE and not tree.file(users.path):
        too_large.append(_PASSWD)  # homes may be missed
    found = {name: version for name in PROGRAMS if (version := versions.of(name, tree.has))}
    return Inspection(
        sorted(files),
        tree,
        found,
        candidates.missing,
        too_large,
        candidates.hidden,
        unread(tree.has),
    )


def _named(image: Image) -> Iterator[tuple[str, Role]]:
    """The files that the image's own documents name."""
    variable = image.environment.get(VARIABLE)
    if variable:
        yield posixpath.join(image.directory, variable), Role.ENV
    for labels in (image.annotations, image.labels):
        path = labels.get(ANNOTATION)
        if path:  # a relative one leads nowhere in the image
            yield path, Role.RPC


def homes(passwd: bytes) -> list[str]:
    """The home of each user, and root's, the usual one first."""
    found = ["/root"]
    for line in decode(passwd).split("\n")[:_MOST_HOMES]:
        fields = line.split(":")
        if len(fields) >= 6 and fields[5].startswith("/"):
            found.append(
                "/" + "/".join(name for name in fields[5].split("/") if name not in ("", "."))
            )
    return found
