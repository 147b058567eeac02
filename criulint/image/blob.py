# SPDX-License-Identifier: MIT
"""Blobs, the parts of an image: verified and decompressed chunk by chunk while they are read."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from criulint.image import ImageError
from criulint.image.artifact import find_compression
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from criulint.image.budget import Budget

# How much is read of a file at once, and how much is decompressed at once.
_CHUNK = 1 << 16
_DECOMPRESSED_CHUNK = 1 << 18
# The first bytes, which identify a compression.
_MAGIC_LENGTH = 6
# Each group after the name of an algorithm is its hash.
_DIGEST = re.compile(r"(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128})|(sha384):([0-9a-f]{96})")
# A layer's ratio is checked from here on: smaller ones full of zeros are harmless.
_MIN_SIZE_FOR_RATIO = 256 << 20
# A zstd stream chooses how much memory its decoder needs. The format recommends that decoders
# support 8 MiB; `zstd --long` needs 128.
_MAX_ZSTD_WINDOW = 128 << 20
# The zeros that may follow a gzip stream; a hole in a file could be an endless number.
_MAX_PADDING = 64 << 20
# The steps of work that one more member of a gzip stream costs.
_MEMBER_WORK = 64


class Blob(NamedTuple):
    """Content with a digest. `size` is in bytes, or None if it is not known.

    `digest` is empty for content that only has a name, as in a Docker archive;
    `media_type` is that name then.
    """

    digest: str
    size: int | None
    media_type: str
    open: Callable[[], BinaryIO]

    @property
    def label(self) -> str:
        """The name in messages."""
        return self.digest or self.media_type


def parse_digest(value: object) -> str:
    """Return `value` if it is a digest of a known algorithm, fit to be a file name.

    Raise ImageError for anything else.
    """
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise ImageError(f"{shorten(str(value))!r} is not a digest")
    return value


def read_chunks(file: BinaryIO, label: str) -> Iterator[bytes]:
    """Yield the rest of a file. Raise ImageError if it cannot be read."""
    while True:
        try:
            data = file.read(_CHUNK)
        except (OSError, EOFError) as error:
            raise ImageError(f"{label}: {getattr(error, 'strerror', None) or error}") from None
        if not data:
            return
        yield data


def verify(chunks: Iterable[bytes], digest: str, size: int | None, label: str) -> Iterator[bytes]:
    """Yield `chunks` unchanged.

    Raise ImageError if they are not `size` bytes long, or, after the last one, if they do
    not have this `digest`. An empty digest and a `size` of None are not checked.
    """
    algorithm, _, expected = digest.partition(":")
    hasher = hashlib.new(algorithm) if digest else None
    length = 0
    for data in chunks:
        length += len(data)
        if size is not None and length > size:
            raise ImageError(f"{label} is larger than its descriptor says ({size} bytes)")
        if hasher:
            hasher.update(data)
        yield data
    if size is not None and length != size:
        raise ImageError(f"{label} is truncated: {length} of {size} bytes")
    if hasher and hasher.hexdigest() != expected:
        raise ImageError(
            f"{label} does not match its digest: it is {algorithm}:{hasher.hexdigest()}"
        )


class _CountedChunks:
    """An iterator over stored chunks that counts their bytes, and charges them."""

    def __init__(self, chunks: Iterator[bytes], budget: Budget) -> None:
        self._chunks = chunks
        self._budget = budget
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = next(self._chunks)
        self.count += len(data)
        self._budget.charge_stored(len(data))
        return data


def decompress(chunks: Iterator[bytes], label: str, budget: Budget) -> Iterator[bytes]:
    """Yield the decompressed bytes of `chunks`: gzip or zstd, by the first bytes, or as they are.

    All of `chunks` is read, even if the compressed data ends earlier. Raise ImageError for
    broken data and if the budget is exceeded.
    """
    stored = _CountedChunks(chunks, budget)
    length = 0
    ratio = budget.limits.ratio
    head = _read_magic(stored)
    unread = find_compression(head)
    if unread:
        raise ImageError(f"{label} is compressed with {unread}, which is not supported")
    try:
        for data in _decompressor(head)(chain((head,), stored), budget):
            length += len(data)
            budget.charge_decompressed(len(data))
            if length > _MIN_SIZE_FOR_RATIO and length > stored.count * ratio:
                raise ImageError(
                    f"{label} grows more than {ratio} times when decompressed"
                    " (--limit ratio=N allows more)"
                )
            yield data
    except (ValueError, EOFError) as error:
        raise ImageError(f"{label} cannot be decompressed: {error}") from None
    for _ in stored:
        pass


def _read_magic(chunks: Iterator[bytes]) -> bytes:
    """Return the first chunks, until there are enough bytes to identify a compression."""
    head = b""
    while len(head) < _MAGIC_LENGTH:
        data = next(chunks, b"")
        if not data:
            break
        head += data
    return head


def is_compressed(head: bytes) -> bool:
    """Return whether data that begins with `head`, at least four bytes, is gzip or zstd."""
    return _decompressor(head) is not _pass_through


def _decompressor(head: bytes) -> Callable[[Iterator[bytes], Budget], Iterator[bytes]]:
    if head[:2] == b"\x1f\x8b":
        return _gunzip
    skippable = head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F
    return _unzstd if head[:4] == b"\x28\xb5\x2f\xfd" or skippable else _pass_through


def _pass_through(chunks: Iterator[bytes], _budget: Budget) -> Iterator[bytes]:
    return chunks


def _gunzip(chunks: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    """Yield all members of a gzip stream; zeros may follow the last one."""
    make_decompressor, broken = _inflater()
    member = make_decompressor()
    data = next(chunks)
    while True:
        if member.eof:
            data = member.unused_data or next(chunks, b"")
            if not data.strip(b"\0"):
                _check_padding(chunks)
                return
            budget.charge_work(_MEMBER_WORK)
            member = make_decompressor()
        elif not data:
            data = next(chunks, b"")
            if not data:
                raise EOFError("it is truncated")
        try:
            plain = member.decompress(data, _DECOMPRESSED_CHUNK)
        except broken as error:
            raise ValueError(str(error)) from None
        data = member.unconsumed_tail
        if plain:
            yield bytes(plain)


def _check_padding(chunks: Iterator[bytes]) -> None:
    """Raise ValueError if more follows than the zeros that fill a block of a tape."""
    left = _MAX_PADDING
    for data in chunks:
        left -= len(data)
        if left < 0 or data.strip(b"\0"):
            raise ValueError("there is data after its end")


def _inflater() -> tuple[Callable[[], Any], type[Exception]]:
    """Return a factory of gzip decompressors, and their error.

    isal takes half the time of zlib, and is used if it is installed.
    """
    try:
        from isal import isal_zlib
    except ImportError:
        return lambda: zlib.decompressobj(31), zlib.error
    return lambda: isal_zlib.decompressobj(31), cast("type[Exception]", isal_zlib.error)


def _unzstd(chunks: Iterator[bytes], _budget: Budget) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError:
        raise ImageError(
            "a layer is compressed with zstd: install criulint with the extra `image`"
        ) from None

    class File:
        """What zstandard needs of a file: a `read` that may return any number of bytes."""

        def read(self, _size: int = -1, /) -> bytes:
            return next(chunks, b"")

    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW)
    reader = decompressor.stream_reader(
        cast("BinaryIO", File()), read_size=_CHUNK, read_across_frames=True
    )
    try:
        while data := reader.read(_DECOMPRESSED_CHUNK):
            yield bytes(data)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None


class ChunkReader:
    """A reader of any number of bytes from chunks of other sizes."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._chunk = b""
        self._offset = 0

    def read(self, size: int, /) -> bytes:
        """Return exactly `size` bytes, or fewer at the end."""
        end = self._offset + size
        if end <= len(self._chunk):
            data = self._chunk[self._offset : end]
            self._offset = end
            return data
        parts = [self._chunk[self._offset :]]
        left = size - len(parts[0])
        while left:
            self._chunk = next(self._chunks, b"")
            self._offset = min(left, len(self._chunk))
            if not self._chunk:
                break
            parts.append(self._chunk[: self._offset])
            left -= self._offset
        return b"".join(parts)

    def skip(self, size: int, /) -> bool:
        """Skip `size` bytes, and return whether there were as many."""
        self._offset += size
        while self._offset > len(self._chunk):
            self._offset -= len(self._chunk)
            self._chunk = next(self._chunks, b"")
            if not self._chunk:
                return False
        return True

    def finish(self) -> None:
        """Read the rest, so that everything is verified."""
        for _ in self._chunks:
            pass


def read_document(blob: Blob, budget: Budget) -> dict[str, Any]:
    """Return the JSON object that a blob holds.

    Raise ImageError if it holds anything else, does not match its digest, or if the budget
    is exceeded.
    """
    return parse_json_object(read_whole(blob, budget), blob.label)


def read_whole(blob: Blob, budget: Budget) -> bytes:
    """Return all bytes of a document.

    Raise ImageError if it does not match its digest, or if the budget is exceeded.
    """
    label, limit = blob.label, budget.limits.document
    if blob.size is not None and blob.size > limit:
        raise ImageError(
            f"{label} has {blob.size} bytes, more than the {limit} allowed"
            " (--limit document=N allows more)"
        )
    parts: list[bytes] = []
    length = 0
    with blob.open() as file:
        for chunk in verify(read_chunks(file, label), blob.digest, blob.size, label):
            parts.append(chunk)
            length += len(chunk)
            if length > limit:
                raise ImageError(
                    f"{label} has more than {limit} bytes (--limit document=N allows more)"
                )
    budget.charge_document(length)
    return b"".join(parts)


def parse_json_object(data: bytes, label: str) -> dict[str, Any]:
    """Return the JSON object in `data`. Raise ImageError for anything else."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise ImageError(f"{label} is not JSON") from None
    if not isinstance(document, dict):
        raise ImageError(f"{label} is not a JSON object")
    return document
