# SPDX-License-Identifier: GPL-2.0-only
"""What there is of CRIU in an image: the files to check, who reads them, and the machine around them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from criulint.criu.context import Role
from criulint.image import Limits
from criulint.image.filesystem import File, Reader
from criulint.image.packages import PROGRAMS, Version, Versions
from criulint.image.source import Image
from criulint.source import decode
from criulint.surroundings import Kind, Machine, look

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
_USUAL = (
    ("/etc/criu/default.conf", Role.DEFAULT),
    ("/etc/criu/runc.conf", Role.RPC),
    ("/etc/criu/crun.conf", Role.RPC),
)
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
    """What was found. `missing` are the paths that something names and that are not there."""

    files: list[ImageFile]
    machine: Machine
    versions: dict[str, Version]
    missing: list[str]
    too_large: list[str]


def inspect(image: Image, limits: Limits, progress: Callable[[int], None] = lambda size: None) -> Inspection:
    """Read an image's layers, and find what is CRIU's in it. ImageError if it can't be read.

    `progress` is told how many bytes of the layers, as they are stored, have been read since the last time.
    """
    versions = Versions()
    named = list(_named(image))
    explicit = {posixpath.normpath(path) for path, _ in named}

    def wanted(path: str) -> bool:
        return path == _PASSWD or path in explicit or (_NAMES.fullmatch(path) is not None and not _EXAMPLES.fullmatch(path))

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


class Tree(Machine, Protocol):
    """A file system whose files can be read."""

    def file(self, path: str) -> File | None:
        """The content of the file at a plain path; None if it is not kept, or too large."""

    def has(self, path: str) -> bool:
        """Whether something lies at a plain path."""

    def names(self) -> Iterable[str]:
        """The plain paths among which files with CRIU's names may be."""


def inspect_tree(image: Image, tree: Tree, versions: Versions) -> Inspection:
    """The same for a file system that is there as a whole; `versions` has looked at it."""
    seen = look(tree, _PASSWD)
    users = tree.file(seen.path) if seen and seen.status.kind is Kind.FILE else None
    return _inspection(tree, _places(image, tree, users), versions)


class _Places(NamedTuple):
    """By the plain path of each file: what it is known by, and its role. `missing` are named, and not there."""

    places: dict[str, tuple[str, Role | None]]
    missing: list[str]


def _places(image: Image, tree: Tree, passwd: File | None) -> _Places:
    named = list(_named(image))
    told = {path for path, _ in named}
    places: dict[str, tuple[str, Role | None]] = {}
    missing = []
    called = sorted(path for path in tree.names() if _NAMES.fullmatch(path) and not _EXAMPLES.fullmatch(path))
    for path, role in (*_USUAL, *named, *_homes(passwd.data if passwd else b""), *((path, None) for path in called)):
        seen = look(tree, path)
        if seen and seen.status.kind is Kind.FILE:
            places.setdefault(seen.path, (path, role if path in told else None))
        elif path in told:
            missing.append(path)
    return _Places(places, missing)


def _inspection(tree: Tree, candidates: _Places, versions: Versions) -> Inspection:
    files, too_large = [], []
    for place, (path, role) in candidates.places.items():
        file = tree.file(place)
        if file:
            files.append(ImageFile(path, place, file.data, file.layer, role))
        else:
            too_large.append(path)
    found = {name: version for name in PROGRAMS if (version := versions.of(name, tree.has))}
    return Inspection(sorted(files), tree, found, candidates.missing, too_large)


def _named(image: Image) -> Iterator[tuple[str, Role]]:
    """The files that the image's own documents name."""
    variable = image.environment.get(VARIABLE)
    if variable and variable.startswith("/"):
        yield variable, Role.ENV
    for labels in (image.annotations, image.labels):
        path = labels.get(ANNOTATION)
        if path and path.startswith("/"):
            yield path, Role.RPC


def _homes(passwd: bytes) -> Iterator[tuple[str, Role | None]]:
    """``.criu/default.conf`` in the home of each user, and in root's."""
    yield "/root/.criu/default.conf", None
    for line in decode(passwd).splitlines()[:_MOST_HOMES]:
        fields = line.split(":")
        if len(fields) >= 6 and fields[5].startswith("/"):
            yield posixpath.normpath(posixpath.join(fields[5], ".criu", "default.conf")), None
