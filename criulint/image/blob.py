# SPDX-License-Identifier: GPL-2.0-only
"""Blobs: streams that are verified and decompressed while they are read."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple, Protocol, cast

from criulint.image import ImageError, Limits
from criulint.rules.words import shown

_CHUNK = 1 << 18
_DIGEST = re.compile(r"(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128})|(sha384):([0-9a-f]{96})")
# From here on a layer's ratio counts: small ones of zeros are no danger.
_RATIO_COUNTS_FROM = 256 << 20
# zstd would take as much memory as a stream says; the format's recommendation for decoders is 8 MiB, `--long` goes to 128.
_ZSTD_WINDOW = 128 << 20


class Stream(Protocol):
    """What can be read from start to end."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class Blob(NamedTuple):
    """Something with a digest. `size` is None if nobody says it; `digest` is empty for a layer of a docker archive."""

    digest: str
    size: int | None
    media_type: str
    open: Callable[[], BinaryIO]


def checked_digest(digest: object) -> str:
    """A digest whose algorithm is known. ImageError if it is none; it may become a file's name."""
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ImageError(f"{shown(str(digest))!r} is no digest")
    return digest


class Verified:
    """A stream whose digest and size are verified once it ends. ImageError if they are others."""

    def __init__(
        self,
        stream: Stream,
        digest: str,
        size: int | None,
        what: str,
        progress: Callable[[int], None] = lambda size: None,
    ) -> None:
        self._stream = stream
        self._digest = digest
        self._size = size
        self._what = what
        self._progress = progress
        self._read = 0
        self._hash = hashlib.new(digest.partition(":")[0]) if digest else None
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        try:
            data = self._stream.read(size)
        except (OSError, EOFError) as error:
            raise ImageError(f"{self._what}: {getattr(error, 'strerror', None) or error}") from None
        self._read += len(data)
        self._progress(len(data))
        if self._size is not None and self._read > self._size:
            raise ImageError(f"{self._what} is larger than the {self._size} bytes that are told of it")
        if self._hash:
            self._hash.update(data)
        if not data and not self._ended:
            self._ended = True
            self._verify()
        return data

    def _verify(self) -> None:
        if self._size is not None and self._read != self._size:
            raise ImageError(f"{self._what} is truncated: {self._read} of {self._size} bytes")
        if self._hash and self._hash.hexdigest() != self._digest.partition(":")[2]:
            raise ImageError(f"{self._what} is not what its digest says: it is {self._hash.name}:{self._hash.hexdigest()}")

    def finish(self) -> None:
        """Read what is left, so that all is verified."""
        while self.read(_CHUNK):
            pass


class Decompressed:
    """A decompressed stream; gzip, zstd or nothing is recognised by its first bytes. ImageError for broken data."""

    def __init__(self, stream: Verified, what: str, limits: Limits, budget: Budget) -> None:
        self._stream = stream
        self._what = what
        self._limits = limits
        self._budget = budget
        head = stream.read(4)
        while len(head) < 4 and (more := stream.read(4 - len(head))):
            head += more
        self._taken = len(head)  # of the compressed stream
        self._given = 0
        self._source: _Source
        if head[:2] == b"\x1f\x8b":
            self._source = _Gzip(self._raw, head)
        elif head == b"\x28\xb5\x2f\xfd" or (head[1:] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F):
            self._source = _zstd(self._raw, head)
        else:
            self._source = _Plain(self._raw, head)

    def _raw(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._taken += len(data)
        return data

    def read(self, size: int, /) -> bytes:
        """Exactly `size` bytes, fewer at the end alone."""
        pieces = []
        while size > 0:
            try:
                data = self._source.read(min(size, _CHUNK))
            except (ValueError, EOFError, OSError) as error:
                raise ImageError(f"{self._what} can't be decompressed: {error}") from None
            if not data:
                break
            self._count(len(data))
            pieces.append(data)
            size -= len(data)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def skip(self, size: int) -> bool:
        """Go `size` bytes on; whether they were there."""
        while size > 0:
            data = self.read(min(size, _CHUNK))
            if not data:
                return False
            size -= len(data)
        return True

    def _count(self, size: int) -> None:
        self._given += size
        self._budget.take(size)
        if self._given > _RATIO_COUNTS_FROM and self._given > self._taken * self._limits.ratio:
            times = self._limits.ratio
            raise ImageError(f"{self._what} grows more than {times} times decompressed (--limit ratio=N allows more)")


class Budget:
    """What may still be decompressed of an image."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.size

    def take(self, size: int) -> None:
        """Count some bytes. ImageError if that is too many."""
        self._left -= size
        if self._left < 0:
            raise ImageError(f"the layers have more than {self._limits.size} bytes (--limit size=N allows more)")


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Plain:
    def __init__(self, raw: Callable[[int], bytes], head: bytes) -> None:
        self._raw = raw
        self._head = head

    def read(self, size: int, /) -> bytes:
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        return self._raw(size)


class _Gzip:
    """gzip with any number of members; a truncated one is an error."""

    def __init__(self, raw: Callable[[int], bytes], head: bytes) -> None:
        self._raw = raw
        self._input = head
        self._make, self._error = _inflater()
        self._member = self._make()
        self._ended = False

    def read(self, size: int, /) -> bytes:
        while True:
            if self._member.eof:
                self._input = self._member.unused_data or self._raw(_CHUNK)
                # What follows the last member is padding.
                if not self._input.strip(b"\0"):
                    while data := self._raw(_CHUNK):
                        if data.strip(b"\0"):
                            raise ValueError("data behind the end")
                    return b""
                self._member = self._make()
            elif not self._input:
                self._input = self._raw(_CHUNK)
                if not self._input:
                    raise EOFError("it is truncated")
            try:
                data = self._member.decompress(self._input, size)
            except self._error as error:
                raise ValueError(str(error)) from None
            self._input = self._member.unconsumed_tail
            if data:
                return bytes(data)


def _inflater() -> tuple[Callable[[], Any], type[Exception]]:
    """What makes a decompressor of gzip, isal's if it is installed, which is several times faster; and its error."""
    try:
        from isal import isal_zlib
    except ImportError:
        return lambda: zlib.decompressobj(31), zlib.error
    return lambda: isal_zlib.decompressobj(31), cast("type[Exception]", isal_zlib.error)


def _zstd(raw: Callable[[int], bytes], head: bytes) -> _Source:
    try:
        import zstandard
    except ImportError:
        raise ImageError("a layer is compressed with zstd: pip install 'criulint[image]'") from None

    class Whole:
        """The stream with the bytes that were looked at."""

        def __init__(self) -> None:
            self._head = head

        def read(self, size: int = -1) -> bytes:
            data, self._head = self._head, b""
            return data or raw(max(size, 1))

    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    whole = cast("BinaryIO", Whole())  # all that is asked of it is `read`
    reader = decompressor.stream_reader(whole, read_size=_CHUNK, read_across_frames=True)

    class Source:
        def read(self, size: int, /) -> bytes:
            try:
                return bytes(reader.read(size))
            except zstandard.ZstdError as error:
                raise ValueError(str(error)) from None

    return Source()


def read_document(blob: Blob, limits: Limits) -> dict[str, Any]:
    """The JSON object that a blob is. ImageError if it is none, too large, or another than its digest says."""
    what = blob.digest or blob.media_type
    if blob.size is not None and blob.size > limits.document:
        raise ImageError(f"{what} has {blob.size} bytes, more than a document may have (--limit document=N allows more)")
    with blob.open() as file:
        stream = Verified(file, blob.digest, blob.size, what)
        data = b""
        while piece := stream.read(_CHUNK):
            data += piece
            if len(data) > limits.document:
                raise ImageError(f"{what} has more than {limits.document} bytes (--limit document=N allows more)")
    return json_object(data, what)


def json_object(data: bytes, what: str) -> dict[str, Any]:
    """The JSON object in `data`. ImageError if there is none."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise ImageError(f"{what} is not JSON") from None
    if not isinstance(document, dict):
        raise ImageError(f"{what} is not a JSON object")
    return document
