# SPDX-License-Identifier: GPL-2.0-only
"""Container images as sources: nothing of them is run, and nothing is unpacked to disk.

`reference` says what a name means, `fetch` lets other programs bring what lies elsewhere, `source` finds the images behind a
name, and `directory` what has no layers; `blob` reads and verifies what images consist of, `layer` reads a layer's entries,
`filesystem` puts the layers together as the kernel would show them; `inspection` finds what is CRIU's in there, `packages`
which CRIU that is, and `origin` who wrote a file, by the `history` and the Dockerfile.
"""

from __future__ import annotations

from typing import NamedTuple


class ImageError(Exception):
    """An image that can't be read, or must not be; the text says why in one line."""


class Limits(NamedTuple):
    """How much of an image is looked at before it is refused; sizes are bytes."""

    #: What all layers of an image may be, decompressed.
    size: int = 64 << 30
    #: How many times larger a layer may become by decompressing it, from 256 MiB on.
    ratio: int = 300
    #: The files, directories and links of all layers.
    entries: int = 2_000_000
    layers: int = 1_000
    #: What is kept in memory: the names in all layers, and the files that are looked into.
    memory: int = 1 << 30
    #: A manifest, an index, an image's configuration.
    document: int = 8 << 20
    #: A configuration file of CRIU, or /etc/passwd; larger ones are not looked at.
    file: int = 256 << 10
    #: What is found in all files of an image.
    findings: int = 10_000


class Budget:
    """What an image may still cost. The methods raise ImageError once it is too much."""

    # Seen with CPython 3.11, for names as they are usual.
    _BYTES_FOR_ENTRY = 400

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._size = limits.size
        self._entries = limits.entries
        self._memory = limits.memory

    def decompressed(self, size: int) -> None:
        """Some bytes of layers were decompressed."""
        self._size -= size
        if self._size < 0:
            raise ImageError(
                f"the layers have more than {self.limits.size} bytes (--limit size=N allows more)"
            )

    def entry(self, names: int) -> None:
        """A layer has one more entry, with so many bytes of names."""
        self._entries -= 1
        if self._entries < 0:
            raise ImageError(
                f"the layers have more than {self.limits.entries} entries (--limit entries=N allows more)"
            )
        self.kept(self._BYTES_FOR_ENTRY + names)

    def directory(self, path: str) -> int:
        """A directory is kept that only names below it tell of; how much that takes."""
        size = self._BYTES_FOR_ENTRY + len(path)
        self.kept(size)
        return size

    def kept(self, size: int) -> None:
        """Some bytes are kept in memory, or, if negative, no longer."""
        self._memory -= size
        if self._memory < 0:
            raise ImageError(
                f"looking into it takes more than {self.limits.memory} bytes (--limit memory=N allows more)"
            )
