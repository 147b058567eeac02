# SPDX-License-Identifier: MIT
"""The files of an image on this host, by their names: in a directory, or in a tar archive."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from criulint.host.filesystem import Kind
from criulint.image import ImageError
from criulint.image.artifact import HEAD_LENGTH, describe_content
from criulint.image.blob import decompress, is_compressed, read_chunks
from criulint.image.budget import Budget, Limits
from criulint.image.layer import plain_path, read_entries
from criulint.image.scratch import FreeSpace
from criulint.text import escape, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# The most links from one member of an archive to another that are followed.
_MAX_MEMBER_LINKS = 10
# The bytes of standard input that are read at once.
_STDIN_CHUNK = 1 << 20
#: The names of standard input.
STANDARD_INPUT = ("-", "/dev/stdin")
# The most bytes of a sparse file that are read, however few of them are stored.
_MAX_HOLE = 256 << 20


class ImageFiles:
    """The files of an image, or of several."""

    def open(self, name: str) -> BinaryIO:
        """Open a file. Raise ImageError if it does not exist."""
        raise NotImplementedError


class ImageDirectory(ImageFiles):
    """Files in a directory."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def open(self, name: str) -> BinaryIO:
        """Open a file."""
        return open_file(os.path.join(self._directory, name))


class CopiedDirectory(ImageDirectory):
    """A directory as skopeo's ``dir:`` writes it.

    Blobs are named by the hexadecimal part of their digests; the manifests that a list
    contains are beside it.
    """

    def open_blob(self, digest: str) -> BinaryIO:
        """Open a blob, or a manifest."""
        name = digest.partition(":")[2]
        manifest = f"{name}.manifest.json"
        has_manifest = os.path.lexists(os.path.join(self._directory, manifest))
        return self.open(manifest if has_manifest else name)


def open_file(path: str) -> BinaryIO:
    """Open a regular file. Raise ImageError for anything else."""
    try:
        descriptor = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise ImageError(f"{escape(path)} is not a file")
        if _is_hole(status):
            os.close(descriptor)
            raise ImageError(f"{escape(path)} is a sparse file with almost no data")
    except OSError as error:
        raise ImageError(f"{escape(path)}: {error.strerror or error}") from None
    return os.fdopen(descriptor, "rb")


def _is_hole(status: os.stat_result) -> bool:
    """Return whether a file is almost all holes, which would take minutes to read."""
    stored = getattr(status, "st_blocks", status.st_size) * 512
    return status.st_size > _MAX_HOLE and status.st_size > stored * Limits().ratio


# --- archives


class ImageArchive(ImageFiles):
    """A tar archive of an image, whose members are read in place."""

    def __init__(self, name: str, file: BinaryIO, budget: Budget) -> None:
        self._name = name
        self._file = file
        #: The offset and size of each member, or the name of the member that it links to.
        self.members: dict[str, tuple[int, int] | str] = {}
        stream = _SeekableStream(file)
        for entry, _ in read_entries(stream, escape(name), budget):
            budget.charge_entry(len(entry.path) + len(entry.link) + len(entry.hard or ""))
            path = entry.path[1:]
            if entry.hard is not None:
                self.members[path] = entry.hard[1:]
            elif entry.kind is Kind.LINK:
                self.members[path] = plain_path(f"{os.path.dirname(path)}/{entry.link}")[1:]
            elif entry.kind is Kind.FILE:
                self.members[path] = stream.position, entry.size

    def open(self, name: str) -> BinaryIO:
        """Open a member, or the one that it links to."""
        for _ in range(_MAX_MEMBER_LINKS):
            found = self.members.get(name)
            if not isinstance(found, str):
                break
            name = found
        if not isinstance(found, tuple):
            raise ImageError(f"{escape(self._name)} has no {shorten(name)}")
        return cast("BinaryIO", _FilePart(self._file, *found))


class _SeekableStream:
    """A file as a `criulint.image.layer.TarStream` that does not read what is skipped."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self.position = file.seek(0)

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self.position += len(data)
        return data

    def skip(self, size: int, /) -> bool:
        if self.position + size > self._size:
            return False
        self.position = self._file.seek(self.position + size)
        return True


class _FilePart(io.RawIOBase):
    """A part of a file. Parts of the same file can be read in turns."""

    def __init__(self, file: BinaryIO, offset: int, size: int) -> None:
        self._file = file
        self._offset = offset
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        size = self._left if size < 0 else min(size, self._left)
        self._file.seek(self._offset)
        data = self._file.read(size)
        self._offset += len(data)
        self._left -= len(data)
        return data


@contextmanager
def open_archive(
    path: str, budget: Budget, progress: Callable[[int], None]
) -> Iterator[ImageArchive]:
    """Open an archive; a compressed one is decompressed into a temporary file."""
    with open_file(path) if path not in STANDARD_INPUT else _spool_stdin(budget, progress) as file:
        head = file.read(HEAD_LENGTH)
        file.seek(0)
        what = describe_content(head)
        if what:
            raise ImageError(f"{show_path(path)} is {what}")
        if not is_compressed(head):
            yield ImageArchive(path, file, budget)
            return
        chunks = decompress(read_chunks(file, escape(path)), escape(path), budget)
        with _spool(chunks, progress) as whole:
            yield ImageArchive(path, whole, budget)


def _spool_stdin(
    budget: Budget, progress: Callable[[int], None]
) -> AbstractContextManager[BinaryIO]:
    """Copy standard input, which can be read only once, into a temporary file."""

    def read() -> Iterator[bytes]:
        while data := sys.stdin.buffer.read(_STDIN_CHUNK):
            budget.charge_decompressed(len(data))
            yield data

    return _spool(read(), progress)


@contextmanager
def _spool(chunks: Iterable[bytes], progress: Callable[[int], None]) -> Iterator[BinaryIO]:
    """Write chunks into a temporary file. Raise ImageError if the disk has too little room."""
    space = FreeSpace(tempfile.gettempdir())
    with tempfile.TemporaryFile(prefix="criulint-") as whole:
        for data in chunks:
            space.check(whole.tell() + len(data))
            whole.write(data)
            progress(len(data))
        whole.seek(0)
        yield cast("BinaryIO", whole)


def show_path(path: str) -> str:
    """Return the name of a file for a message."""
    return "standard input" if path in STANDARD_INPUT else escape(path)
