# SPDX-License-Identifier: MIT
"""How much an image may cost, and what is left of that while it is read."""

from __future__ import annotations

from typing import NamedTuple

from criulint.image import ImageError


class Limits(NamedTuple):
    """The limits beyond which an image is refused. Sizes are in bytes."""

    #: All layers of an image together, decompressed.
    size: int = 64 << 30
    #: How many times larger a layer may become when decompressed, from 256 MiB on.
    ratio: int = 300
    #: The files, directories and links of all layers.
    entries: int = 2_000_000
    layers: int = 1_000
    #: What is kept in memory: the names in all layers, and the files that are inspected.
    memory: int = 1 << 30
    #: A manifest, an index, or an image's configuration.
    document: int = 8 << 20
    #: A CRIU configuration file or /etc/passwd; larger ones are not read.
    file: int = 256 << 10
    #: The findings in all files of an image.
    findings: int = 10_000


class Budget:
    """What is left of an image's limits.

    The ``charge_*`` methods raise ImageError once a limit is exceeded.
    """

    # Measured with CPython 3.11 for names of usual length.
    _BYTES_PER_ENTRY = 400

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._size = limits.size
        self._entries = limits.entries
        self._memory = limits.memory

    def charge_decompressed(self, size: int) -> None:
        """Charge `size` bytes of decompressed layers."""
        self._size -= size
        if self._size < 0:
            raise ImageError(
                f"the layers have more than {self.limits.size} bytes (--limit size=N allows more)"
            )

    def charge_entry(self, names: int) -> None:
        """Charge one more entry of a layer, with `names` bytes of path and link target."""
        self._entries -= 1
        if self._entries < 0:
            raise ImageError(
                f"the layers have more than {self.limits.entries} entries"
                " (--limit entries=N allows more)"
            )
        self.charge_memory(self._BYTES_PER_ENTRY + names)

    def charge_directory(self, path: str) -> int:
        """Charge a directory that is kept without an entry of its own, and return its size."""
        size = self._BYTES_PER_ENTRY + len(path)
        self.charge_memory(size)
        return size

    def charge_memory(self, size: int) -> None:
        """Charge `size` bytes that are kept in memory."""
        self._memory -= size
        if self._memory < 0:
            raise ImageError(
                f"reading it takes more than {self.limits.memory} bytes of memory"
                " (--limit memory=N allows more)"
            )

    def release_memory(self, size: int) -> None:
        """Give back `size` bytes that are no longer kept in memory."""
        self._memory += size
