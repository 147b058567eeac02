# SPDX-License-Identifier: MIT
"""How much an image may cost, and how much of that is left while it is read.

Everything that an image's author can inflate is charged to one `Budget`: bytes, entries, documents,
memory, steps of work, and time.
"""

from __future__ import annotations

from time import monotonic
from typing import NamedTuple

from criulint.image import ImageError


class Limits(NamedTuple):
    """The limits beyond which an image is refused. Sizes are in bytes."""

    #: All layers of an image together, decompressed; a layer that is read twice counts twice.
    size: int = 64 << 30
    #: How many times larger a layer may become when decompressed, from 256 MiB on.
    ratio: int = 300
    #: The files, directories and links of all layers.
    entries: int = 2_000_000
    layers: int = 1_000
    #: Memory for names, documents, and the files that are inspected.
    memory: int = 1 << 30
    #: A manifest, an index, or an image's configuration.
    document: int = 8 << 20
    #: The manifests, indexes and configurations that a name stands for.
    documents: int = 2_000
    #: A CRIU configuration file or /etc/passwd; larger ones are not read.
    file: int = 256 << 10
    #: A package database or a program, in which versions are looked for.
    searched: int = 512 << 20
    #: The findings in all files of an image.
    findings: int = 10_000
    #: Steps of work, of up to a microsecond each: a component of a path that is looked up, a line
    #: of a package database.
    work: int = 200_000_000
    #: Seconds for everything that a name stands for, including the time to fetch it.
    time: int = 3_600


class Budget:
    """What is left of an image's limits.

    The ``charge_*`` methods raise ImageError once a limit is exceeded. `deadline` is a time of
    `monotonic`; the limit counts from now if there is none.
    """

    # Measured with CPython 3.11 for names of usual length.
    _BYTES_PER_ENTRY = 400
    # Measured with the worst JSON, which is empty objects in lists.
    _BYTES_PER_DOCUMENT_BYTE = 32
    # Measured with files of comments: the text, its lines, and what rules remember of them.
    _BYTES_PER_FILE_BYTE = 16
    # How much work is done between two looks at the clock.
    _WORK_BETWEEN_LOOKS = 1 << 16
    # A comparison or a copy of this many characters is a step of work.
    _CHARACTERS_PER_STEP = 64

    def __init__(self, limits: Limits, deadline: float | None = None) -> None:
        self.limits = limits
        self._deadline = monotonic() + limits.time if deadline is None else deadline
        self._size = limits.size
        self._stored = limits.size
        self._entries = limits.entries
        self._memory = limits.memory
        self._documents = limits.documents
        self._work = limits.work
        self._next_look = limits.work

    def for_image(self) -> Budget:
        """Return the budget of one of the images of a name, which share the time."""
        return Budget(self.limits, self._deadline)

    def charge_decompressed(self, size: int) -> None:
        """Charge `size` bytes of decompressed layers."""
        self._size -= size
        self._check_size(self._size)

    def charge_stored(self, size: int) -> None:
        """Charge `size` stored bytes, which may decompress to nothing."""
        self._stored -= size
        self._check_size(self._stored)

    def _check_size(self, left: int) -> None:
        if left < 0:
            raise ImageError(
                f"the layers have more than {self.limits.size} bytes (--limit size=N allows more)"
            )
        self.check_time()

    def charge_entry(self, names: int) -> None:
        """Charge one more entry that is kept, with `names` bytes of path and link target."""
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

    def charge_document(self, size: int) -> None:
        """Charge a JSON document of `size` bytes."""
        self._documents -= 1
        if self._documents < 0:
            raise ImageError(
                f"there are more than {self.limits.documents} manifests, indexes and"
                " configurations (--limit documents=N allows more)"
            )
        self.charge_characters(size)
        self.charge_memory(size * self._BYTES_PER_DOCUMENT_BYTE)

    def release_document(self, size: int) -> None:
        """Give back a document's memory to the budget."""
        self._memory += size * self._BYTES_PER_DOCUMENT_BYTE

    def charge_file(self, size: int) -> None:
        """Charge a file of `size` bytes that is kept to be checked."""
        self.charge_memory(size * self._BYTES_PER_FILE_BYTE)

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

    def charge_characters(self, count: int) -> None:
        """Charge the work on a text of `count` characters or bytes."""
        self.charge_work(1 + count // self._CHARACTERS_PER_STEP)

    def charge_work(self, steps: int) -> None:
        """Charge steps of work."""
        self._work -= steps
        if self._work < 0:
            raise ImageError(
                f"reading it takes more than {self.limits.work} steps (--limit work=N allows more)"
            )
        if self._work < self._next_look:
            self._next_look = self._work - self._WORK_BETWEEN_LOOKS
            self.check_time()

    def check_time(self) -> None:
        """Raise ImageError if there is no time left."""
        if monotonic() > self._deadline:
            raise ImageError(
                f"it takes more than {self.limits.time} seconds (--limit time=N allows more)"
            )
