# SPDX-License-Identifier: GPL-2.0-only
"""Blobs: what an image consists of, verified and decompressed chunk by chunk while it is read."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO, NamedTuple, cast

from criulint.image import Budget, ImageError, Limits
from criulint.text import shorten

# What is read of a file, and what is made of it, at once.
_CHUNK = 1 << 16
_PLAIN_CHUNK = 1 << 18
# The bytes that tell how data is compressed.
_MAGIC = 4
_DIGEST = re.compile(r"(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128})|(sha384):([0-9a-f]{96})")
# From here on a layer's ratio counts: small ones of zeros are no danger.
_RATIO_COUNTS_FROM = 256 << 20
# zstd would take as much memory as a stream says; the format's recommendation for decoders is 8 MiB, `--long` goes to 128.
_ZSTD_WINDOW = 128 << 20


class Blob(NamedTuple):
    """Something with a digest. `size` is None if nobody says it.

    `digest` is empty for what is known by its name alone, as all in a docker archive; `media_type` is that name then.
    """

    digest: str
    size: int | None
    media_type: str
    open: Callable[[], BinaryIO]

    @property
    def what(self) -> str:
        """What it is called in messages."""
        return self.digest or self.media_type


def checked_digest(digest: object) -> str:
    """A digest whose algorithm is known. ImageError if it is none; it may become a file's name."""
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ImageError(f"{shorten(str(digest))!r} is no digest")
    return digest


def pieces(file: BinaryIO, what: str) -> Iterator[bytes]:
    """A file from where it is read to its end. ImageError if it can't be read."""
    while True:
        try:
            data = file.read(_CHUNK)
        except (OSError, EOFError) as error:
            raise ImageError(f"{what}: {getattr(error, 'strerror', None) or error}") from None
        if not data:
            return
        yield data


def verified(chunks: Iterable[bytes], digest: str, size: int | None, what: str) -> Iterator[bytes]:
    """The same bytes. ImageError if there are more or fewer than `size`, or, at their end, if `digest` is another's."""
    algorithm, _, told = digest.partition(":")
    hasher = hashlib.new(algorithm) if digest else None
    read = 0
    for data in chunks:
        read += len(data)
        if size is not None and read > size:
            raise ImageError(f"{what} is larger than the {size} bytes that are told of it")
        if hasher:
            hasher.update(data)
        yield data
    if size is not None and read != size:
        raise ImageError(f"{what} is truncated: {read} of {size} bytes")
    if hasher and hasher.hexdigest() != told:
        raise ImageError(
            f"{what} is not what its digest says: it is {algorithm}:{hasher.hexdigest()}"
        )


def decompressed(chunks: Iterator[bytes], what: str, budget: Budget) -> Iterator[bytes]:
    """The decompressed bytes; gzip, zstd or nothing is recognised by the first ones. ImageError for broken data.

    All of `chunks` is read, also where the compressed data ends before.
    """
    taken = given = 0
    ratio = budget.limits.ratio

    def raw() -> Iterator[bytes]:
        nonlocal taken
        for data in chunks:
            taken += len(data)
            yield data

    source = raw()
    head = b""
    while len(head) < _MAGIC and (more := next(source, b"")):
        head += more
    try:
        for data in _decompressor(head)(chain((head,), source)):
            given += len(data)
            budget.decompressed(len(data))
            if given > _RATIO_COUNTS_FROM and given > taken * ratio:
                raise ImageError(
                    f"{what} grows more than {ratio} times decompressed (--limit ratio=N allows more)"
                )
            yield data
    except (ValueError, EOFError) as error:
        raise ImageError(f"{what} can't be decompressed: {error}") from None
    for _ in source:
        pass


def is_compressed(head: bytes) -> bool:
    """Whether data that begins with these bytes, four at the least, is compressed in a way that is known here."""
    return _decompressor(head) is not _plain


def _decompressor(head: bytes) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
    if head[:2] == b"\x1f\x8b":
        return _gunzip
    skippable = head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F
    return _unzstd if head[:4] == b"\x28\xb5\x2f\xfd" or skippable else _plain


def _plain(chunks: Iterator[bytes]) -> Iterator[bytes]:
    return chunks


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """All members of a gzip stream; zeros may follow the last one."""
    make, broken = _inflater()
    member = make()
    data = next(chunks)
    while True:
        if member.eof:
            data = member.unused_data or next(chunks, b"")
            if not data.strip(b"\0"):
                if any(data.strip(b"\0") for data in chunks):
                    raise ValueError("data behind the end")
                return
            member = make()
        elif not data:
            data = next(chunks, b"")
            if not data:
                raise EOFError("it is truncated")
        try:
            plain = member.decompress(data, _PLAIN_CHUNK)
        except broken as error:
            raise ValueError(str(error)) from None
        data = member.unconsumed_tail
        if plain:
            yield bytes(plain)


def _inflater() -> tuple[Callable[[], Any], type[Exception]]:
    """What makes a decompressor of gzip, isal's if it is installed, which takes half the time; and its error."""
    try:
        from isal import isal_zlib
    except ImportError:
        return lambda: zlib.decompressobj(31), zlib.error
    return lambda: isal_zlib.decompressobj(31), cast("type[Exception]", isal_zlib.error)


def _unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError:
        raise ImageError(
            "a layer is compressed with zstd: install criulint with the extra `image`"
        ) from None

    class File:
        """All that is asked of it is `read`, for as many bytes as it likes to give."""

        def read(self, size: int = -1) -> bytes:
            return next(chunks, b"")

    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    reader = decompressor.stream_reader(
        cast("BinaryIO", File()), read_size=_CHUNK, read_across_frames=True
    )
    try:
        while data := reader.read(_PLAIN_CHUNK):
            yield bytes(data)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None


class Plain:
    """Bytes that come in chunks, to be read in other pieces."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._data = b""
        self._at = 0

    def read(self, size: int, /) -> bytes:
        """Exactly `size` bytes, fewer at the end alone."""
        end = self._at + size
        if end <= len(self._data):
            data = self._data[self._at : end]
            self._at = end
            return data
        parts = [self._data[self._at :]]
        left = size - len(parts[0])
        while left:
            self._data = next(self._chunks, b"")
            self._at = min(left, len(self._data))
            if not self._data:
                break
            parts.append(self._data[: self._at])
            left -= self._at
        return b"".join(parts)

    def skip(self, size: int, /) -> bool:
        """Go `size` bytes on; whether they were there."""
        self._at += size
        while self._at > len(self._data):
            self._at -= len(self._data)
            self._data = next(self._chunks, b"")
            if not self._data:
                return False
        return True

    def finish(self) -> None:
        """Read what is left, so that all is verified."""
        for _ in self._chunks:
            pass


def read_document(blob: Blob, limits: Limits) -> dict[str, Any]:
    """The JSON object that a blob is. ImageError if it is none, too large, or another than its digest says."""
    return json_object(read_whole(blob, limits), blob.what)


def read_whole(blob: Blob, limits: Limits) -> bytes:
    """All of a blob that is a document. ImageError if it is too large, or another than its digest says."""
    what = blob.what
    if blob.size is not None and blob.size > limits.document:
        raise ImageError(
            f"{what} has {blob.size} bytes, more than a document may have (--limit document=N allows more)"
        )
    data = b""
    with blob.open() as file:
        for piece in verified(pieces(file, what), blob.digest, blob.size, what):
            data += piece
            if len(data) > limits.document:
                raise ImageError(
                    f"{what} has more than {limits.document} bytes (--limit document=N allows more)"
                )
    return data


def json_object(data: bytes, what: str) -> dict[str, Any]:
    """The JSON object in `data`. ImageError if there is none."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise ImageError(f"{what} is not JSON") from None
    if not isinstance(document, dict):
        raise ImageError(f"{what} is not a JSON object")
    return document
