# SPDX-License-Identifier: GPL-2.0-only
"""The entries of a layer, one after the other out of a stream.

`tarfile` parses the headers; the loop around it is ours, as tarfile's own would hold whatever a header claims in memory.
Where writers of archives disagree, it does as Go's archive/tar, with which all that unpack images read them: what pax says
of all entries is ignored, and GNU's long names count more than pax's. Sources: Go, src/archive/tar/reader.go (1.22); moby,
pkg/archive/archive.go; POSIX pax; GNU tar, "Basic Tar Format"; OCI image-spec, layer.md.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from criulint.host.filesystem import Kind
from criulint.image import Budget, ImageError
from criulint.source import decode, encode

_BLOCK = 512
# Names, links and what else extended headers hold: xattrs can be 64 KiB each.
_LONGEST_HEADER = 1 << 20
_LONGEST_PATH = 4096


class TarStream(Protocol):
    """A decompressed layer."""

    def read(self, size: int, /) -> bytes:
        """Exactly `size` bytes, fewer at the end."""

    def skip(self, size: int, /) -> bool:
        """Go on; whether the bytes were there."""


class Entry(NamedTuple):
    """Something in a layer. `path` begins with a slash and is plain; `link` is the target as written.

    `hard` is the plain path of what a hard link links to.
    """

    path: str
    kind: Kind
    mode: int
    uid: int
    gid: int
    size: int
    link: str
    hard: str | None


class Content:
    """The content of the entry that was given last; what of it is not read is skipped."""

    def __init__(self, stream: TarStream, what: str) -> None:
        self._stream = stream
        self._what = what
        self._left = 0
        self._padding = 0

    def begin(self, size: int) -> None:
        """Another entry's content begins here."""
        self._left = size
        self._padding = -size % _BLOCK

    def read(self, size: int) -> bytes:
        """The next bytes."""
        size = min(size, self._left)
        data = self._stream.read(size)
        if len(data) < size:
            raise ImageError(f"{self._what} is truncated")
        self._left -= size
        return data

    def end(self) -> None:
        """Skip the rest."""
        if not self._stream.skip(self._left + self._padding):
            raise ImageError(f"{self._what} is truncated")
        self._left = self._padding = 0


def entries(stream: TarStream, what: str, budget: Budget) -> Iterator[tuple[Entry, Content]]:
    """The entries of a layer, each with its content, which has to be read before the next one is asked for.

    ImageError for what is no tar archive, for a truncated one, and for more than the budget allows.
    """
    content = Content(stream, what)
    pax: dict[bytes, bytes] = {}
    long_name = long_link = None
    while True:
        block = stream.read(_BLOCK)
        if not block or block == bytes(_BLOCK):
            if pax or long_name is not None or long_link is not None:
                raise ImageError(f"{what} is truncated")
            return  # a stream that ends here without a mark is truncated, or was written so; its digest tells
        if len(block) < _BLOCK:
            raise ImageError(f"{what} is truncated, or no tar archive")
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except (tarfile.HeaderError, ValueError) as error:
            raise ImageError(f"{what} is no tar archive: {error}") from None
        if info.size < 0:
            raise ImageError(f"{what}: an entry has a negative size")
        if info.type in (
            tarfile.XHDTYPE,
            tarfile.XGLTYPE,
            tarfile.GNUTYPE_LONGNAME,
            tarfile.GNUTYPE_LONGLINK,
        ):
            if info.size > _LONGEST_HEADER:
                raise ImageError(f"{what}: an extended header has {info.size} bytes")
            content.begin(info.size)
            data = content.read(info.size)
            content.end()
            if info.type == tarfile.GNUTYPE_LONGNAME:
                long_name = data.split(b"\0")[0]
            elif info.type == tarfile.GNUTYPE_LONGLINK:
                long_link = data.split(b"\0")[0]
            elif info.type == tarfile.XHDTYPE:
                pax = _pax(data, what)
            continue
        if info.type == tarfile.GNUTYPE_SPARSE:
            extended = block[482]
            while extended:
                block = stream.read(_BLOCK)
                if len(block) < _BLOCK:
                    raise ImageError(f"{what} is truncated")
                extended = block[504]
        size = info.size if info.type in _WITH_CONTENT or not info.type.isdigit() else 0
        if b"size" in pax and (size or info.type in _WITH_CONTENT):
            size = _number(pax[b"size"], what)
        content.begin(size)
        entry = _entry(info, pax, long_name, long_link, size, what)
        pax, long_name, long_link = {}, None, None
        if entry:
            budget.entry(len(entry.path) + len(entry.link))
            yield entry, content
        content.end()


_WITH_CONTENT = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE)
_KINDS = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.AREGTYPE: Kind.FILE,
    tarfile.CONTTYPE: Kind.FILE,
    tarfile.GNUTYPE_SPARSE: Kind.FILE,
    tarfile.LNKTYPE: Kind.FILE,
    tarfile.SYMTYPE: Kind.LINK,
    tarfile.DIRTYPE: Kind.DIRECTORY,
    tarfile.CHRTYPE: Kind.OTHER,
    tarfile.BLKTYPE: Kind.OTHER,
    tarfile.FIFOTYPE: Kind.OTHER,
}


def _entry(
    info: tarfile.TarInfo,
    pax: dict[bytes, bytes],
    long_name: bytes | None,
    long_link: bytes | None,
    size: int,
    what: str,
) -> Entry | None:
    kind = _KINDS.get(info.type)
    if kind is None:
        return None
    name = pax.get(b"GNU.sparse.name") or long_name or pax.get(b"path") or encode(info.name)
    link = long_link or pax.get(b"linkpath") or encode(info.linkname)
    if len(name) > _LONGEST_PATH or len(link) > _LONGEST_PATH:
        raise ImageError(f"{what}: a path has more than {_LONGEST_PATH} bytes")
    if info.type == tarfile.AREGTYPE and name.endswith(b"/"):
        kind = Kind.DIRECTORY
    uid = _number(pax[b"uid"], what) if b"uid" in pax else info.uid
    gid = _number(pax[b"gid"], what) if b"gid" in pax else info.gid
    hard = plain_path(decode(link)) if info.type == tarfile.LNKTYPE else None
    target = decode(link) if kind is Kind.LINK else ""
    return Entry(plain_path(decode(name)), kind, info.mode & 0o7777, uid, gid, size, target, hard)


def _pax(data: bytes, what: str) -> dict[bytes, bytes]:
    """The records of an extended header: ``LENGTH KEY=VALUE`` and LF."""
    records = {}
    while data:
        length, blank, _ = data.partition(b" ")
        if (
            not blank
            or not length.isdigit()
            or len(length) > 8
            or not len(length) < int(length) <= len(data)
        ):
            raise ImageError(f"{what}: an extended header is malformed")
        key, equals, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        if not equals:
            raise ImageError(f"{what}: an extended header is malformed")
        records[key] = value
        data = data[int(length) :]
    return records


def _number(text: bytes, what: str) -> int:
    if not text.isdigit() or len(text) > 19:
        raise ImageError(f"{what}: an extended header has {text[:20]!r} for a number")
    return int(text)


def plain_path(path: str) -> str:
    """A path from the image's root on; ``..`` does not lead out of it, as chroot has it."""
    names: list[str] = []
    for name in path.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    return "/" + "/".join(names)
