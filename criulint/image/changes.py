# SPDX-License-Identifier: MIT
"""Which layer made each aspect of a path: its content, its owner and permissions, its name.

A layer that changes the permissions of a file stores its content again. So the content belongs to
the lowest layer from which on it stays the same, and likewise the permissions.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from criulint.finding import Aspect
from criulint.host.filesystem import Kind, Status
from criulint.image.filesystem import LayeredFileSystem, LayerReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from criulint.image.budget import Budget
    from criulint.image.filesystem import ImageLayer
    from criulint.image.layer import EntryContent

_CHUNK = 1 << 16


class Makers(NamedTuple):
    """The 1-based numbers of the layers that made each aspect of a path; 0 for none."""

    content: int = 0
    access: int = 0
    name: int = 0

    def of(self, aspect: Aspect) -> int:
        """Return the layer that made an aspect."""
        by_aspect = {Aspect.CONTENT: self.content, Aspect.ACCESS: self.access}
        return by_aspect.get(aspect, self.name)


def find_makers(
    tree: LayeredFileSystem, layers: list[ImageLayer], budget: Budget, paths: Iterable[str]
) -> dict[str, Makers]:
    """Return the layers that made each of the plain paths.

    Layers are read again where several have a file of the same kind at a path.
    """
    by_path = {path: _find_versions(tree, path, layers) for path in paths}
    wanted = {
        path: [number for number, status in versions if status.kind is Kind.FILE]
        for path, versions in by_path.items()
        if len(versions) > 1 and versions[0][1].kind is Kind.FILE
    }
    digests = hash_files(layers, budget, wanted)
    makers = {path: _find_makers(path, versions, digests) for path, versions in by_path.items()}
    for path, maker in makers.items():
        layer = tree.find_content_layer(path)
        if layer:
            makers[path] = maker._replace(content=layer)
    return makers


def _find_versions(
    tree: LayeredFileSystem, path: str, layers: list[ImageLayer]
) -> list[tuple[int, Status]]:
    """Return what layers have at a path, the last one first, each with its number.

    A layer that repeats another one, as its `diff_id` shows, was not read: it has the same there.
    """
    versions = tree.find_versions(path)
    removal = tree.find_removal(path)
    found = {
        layer.number: status
        for number, status in versions
        for layer in layers
        if layer.diff_id == layers[number - 1].diff_id and removal <= layer.number <= versions[0][0]
    }
    return sorted(found.items(), key=lambda pair: -pair[0])


def _find_makers(
    path: str, versions: list[tuple[int, Status]], digests: Mapping[tuple[int, str], bytes]
) -> Makers:
    """Return the layers that made a path; `versions` are what layers have there, last first."""
    if not versions:
        return Makers()

    def first_with(value: Callable[[int, Status], object]) -> int:
        """Return the lowest layer from which on a value is that of the last layer."""
        wanted, lowest = value(*versions[0]), versions[0][0]
        for number, status in versions[1:]:
            if value(number, status) != wanted:
                break
            lowest = number
        return lowest

    is_file = versions[0][1].kind is Kind.FILE
    return Makers(
        content=first_with(
            # A hard link has no content of its own to compare.
            lambda number, status: (
                digests.get((number, path), number) if is_file else (status.kind, status.target)
            )
        ),
        access=first_with(lambda _, status: (status.kind, status.mode, status.uid, status.gid)),
        name=first_with(lambda _, status: (status.kind, status.target)),
    )


def hash_files(
    layers: list[ImageLayer], budget: Budget, wanted: Mapping[str, Iterable[int]]
) -> dict[tuple[int, str], bytes]:
    """Return the digests of files in some layers, by layer and path."""
    by_layer: dict[int, set[str]] = {}
    for path, numbers in wanted.items():
        for number in numbers:
            by_layer.setdefault(number, set()).add(path)
    reader = LayerReader(layers, budget, lambda _: False, lambda _: None, lambda _: None)
    digests = {}
    for number, paths in sorted(by_layer.items()):
        for entry, content in reader.read_layer(number):
            if entry.path in paths and entry.has_content:
                digests[number, entry.path] = hash_content(content)
    return digests


def hash_content(content: EntryContent) -> bytes:
    """Return the digest of a file's content."""
    hasher = hashlib.sha256()
    while data := content.read(_CHUNK):
        hasher.update(data)
    return hasher.digest()
