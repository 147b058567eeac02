# SPDX-License-Identifier: MIT
"""The entries of a layer, read one after the other from a stream.

`tarfile` parses the headers. The loop around it is ours, because tarfile's own would keep
in memory whatever size a header claims. Where writers of archives disagree, this follows
Go's archive/tar, which everything that unpacks images uses: global pax headers are
ignored, and GNU long names override those of pax.

Sources: Go, src/archive/tar/reader.go (1.22); moby, pkg/archive/archive.go; POSIX pax; GNU
tar, "Basic Tar Format"; OCI image-spec, layer.md.
"""

from __future__ import annotations

import re
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from criulint.host.filesystem import Kind
from criulint.image import ImageError
from criulint.source import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.image.budget import Budget

_BLOCK = 512
# Extended headers hold names, links and xattrs, which can have 64 KiB each.
_MAX_EXTENDED_HEADER = 1 << 20
_MAX_PATH = 4096
# The records of an extended header that matter, and how their lengths are written.
_PAX_KEYS = frozenset((b"path", b"linkpath", b"size", b"uid", b"gid", b"GNU.sparse.name"))
_PAX_LENGTH = re.compile(rb"([0-9]{1,8}) ")
_MAX_NUMBER_DIGITS = 19
# The steps of work that a header costs.
_HEADER_WORK = 8

_EXTENDED = frozenset(
    (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
)
_WITH_CONTENT = frozenset(
    (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE)
)
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


class TarStream(Protocol):
    """A decompressed layer."""

    def read(self, size: int, /) -> bytes:
        """Return exactly `size` bytes, or fewer at the end."""

    def skip(self, size: int, /) -> bool:
        """Skip `size` bytes, and return whether there were as many."""


class Entry(NamedTuple):
    """A file, directory, link or device in a layer.

    `path` begins with a slash and has no ``.``, ``..`` or double slash. `link` is the target
    of a symbolic link as written, `hard` the plain path that a hard link links to.
    """

    path: str
    kind: Kind
    mode: int
    uid: int
    gid: int
    size: int
    link: str
    hard: str | None

    @property
    def has_content(self) -> bool:
        """Whether it is a file, and not another name for one."""
        return self.kind is Kind.FILE and self.hard is None


class EntryContent:
    """The content of the current entry. Whatever is not read is skipped."""

    def __init__(self, stream: TarStream, label: str) -> None:
        self._stream = stream
        self._label = label
        self._left = 0
        self._padding = 0

    def begin(self, size: int) -> None:
        """Start the content of another entry, of `size` bytes."""
        self._left = size
        self._padding = -size % _BLOCK

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most `size`; none at the end.

        Raise ImageError if the layer ends before the entry does.
        """
        size = min(size, self._left)
        data = self._stream.read(size)
        if len(data) < size:
            raise ImageError(f"{self._label} is truncated")
        self._left -= size
        return data

    def end(self) -> None:
        """Skip the rest. Raise ImageError if the layer ends before that.

        The padding may be missing at the end: umoci writes layers like that, and Go reads them.
        """
        if not self._stream.skip(self._left):
            raise ImageError(f"{self._label} is truncated")
        self._stream.read(self._padding)
        self._left = self._padding = 0


@dataclass
class _Extensions:
    """What extended headers say about the entry after them."""

    pax: dict[bytes, bytes] = field(default_factory=dict)
    long_name: bytes | None = None
    long_link: bytes | None = None
    _any: bool = False

    def __bool__(self) -> bool:
        return self._any

    def add(self, kind: bytes, data: bytes, label: str, budget: Budget) -> None:
        """Add an extended header of the tar type `kind`; global ones are ignored."""
        self._any |= kind != tarfile.XGLTYPE
        if kind == tarfile.GNUTYPE_LONGNAME:
            self.long_name = data.split(b"\0")[0]
        elif kind == tarfile.GNUTYPE_LONGLINK:
            self.long_link = data.split(b"\0")[0]
        elif kind == tarfile.XHDTYPE:
            self.pax = _parse_pax(data, label, budget)


def read_entries(
    stream: TarStream, label: str, budget: Budget
) -> Iterator[tuple[Entry, EntryContent]]:
    """Yield the entries of a layer, each with its content.

    The content has to be read before the next entry is asked for. The headers are charged; an
    entry that is kept is not. Raise ImageError if the stream is not a tar archive or is
    truncated, or if the budget is exceeded.
    """
    content = EntryContent(stream, label)
    extensions = _Extensions()
    while True:
        block = stream.read(_BLOCK)
        if not block or block == bytes(_BLOCK):
            if extensions:
                raise ImageError(f"{label} is truncated")
            # Without an end mark it may be truncated, or written that way: its digest decides.
            return
        budget.charge_work(_HEADER_WORK)
        info = _parse_header(block, label)
        if info.type in _EXTENDED:
            if info.size > _MAX_EXTENDED_HEADER:
                raise ImageError(f"{label}: an extended header has {info.size} bytes")
            content.begin(info.size)
            data = content.read(info.size)
            content.end()
            extensions.add(info.type, data, label, budget)
            continue
        if info.type == tarfile.GNUTYPE_SPARSE:
            _skip_sparse_headers(stream, block, label, budget)
        size = _content_size(info, extensions.pax, label)
        content.begin(size)
        entry = _make_entry(info, extensions, size, label)
        extensions = _Extensions()
        if entry:
            budget.charge_characters(len(entry.path) + len(entry.link))
            yield entry, content
        content.end()


def _parse_header(block: bytes, label: str) -> tarfile.TarInfo:
    if len(block) < _BLOCK:
        raise ImageError(f"{label} is truncated, or not a tar archive")
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError) as error:
        raise ImageError(f"{label} is not a tar archive: {error}") from None
    if info.size < 0:
        raise ImageError(f"{label}: an entry has a negative size")
    return info


def _skip_sparse_headers(stream: TarStream, block: bytes, label: str, budget: Budget) -> None:
    """Skip the extension blocks of a GNU sparse file; a flag in each announces the next."""
    extended = block[482]
    while extended:
        budget.charge_work(1)
        block = stream.read(_BLOCK)
        if len(block) < _BLOCK:
            raise ImageError(f"{label} is truncated")
        extended = block[504]


def _content_size(info: tarfile.TarInfo, pax: dict[bytes, bytes], label: str) -> int:
    """Return how many bytes of content follow a header."""
    size = info.size if info.type in _WITH_CONTENT or not info.type.isdigit() else 0
    if b"size" in pax and (size or info.type in _WITH_CONTENT):
        return _parse_number(pax[b"size"], label)
    return size


def _make_entry(
    info: tarfile.TarInfo, extensions: _Extensions, size: int, label: str
) -> Entry | None:
    """Return the entry of a header, or None for a type that does not make a file."""
    kind = _KINDS.get(info.type)
    if kind is None:
        return None
    pax = extensions.pax
    name = (
        pax.get(b"GNU.sparse.name") or extensions.long_name or pax.get(b"path") or encode(info.name)
    )
    link = extensions.long_link or pax.get(b"linkpath") or encode(info.linkname)
    if len(name) > _MAX_PATH or len(link) > _MAX_PATH:
        raise ImageError(f"{label}: a path has more than {_MAX_PATH} bytes")
    if info.type == tarfile.AREGTYPE and name.endswith(b"/"):
        kind = Kind.DIRECTORY
    return Entry(
        path=plain_path(decode(name)),
        kind=kind,
        mode=info.mode & 0o7777,
        uid=_parse_number(pax[b"uid"], label) if b"uid" in pax else info.uid,
        gid=_parse_number(pax[b"gid"], label) if b"gid" in pax else info.gid,
        size=size,
        link=decode(link) if kind is Kind.LINK else "",
        hard=plain_path(decode(link)) if info.type == tarfile.LNKTYPE else None,
    )


def _parse_pax(data: bytes, label: str, budget: Budget) -> dict[bytes, bytes]:
    """Return the relevant records of an extended header, each ``LENGTH KEY=VALUE`` and LF."""
    records = {}
    start = 0
    while start < len(data):
        budget.charge_work(1)
        digits = _PAX_LENGTH.match(data, start)
        end = start + int(digits[1]) if digits else 0
        if not digits or not digits.end() < end <= len(data):
            raise ImageError(f"{label}: an extended header is malformed")
        key, equals, value = data[digits.end() : end - 1].partition(b"=")
        if not equals:
            raise ImageError(f"{label}: an extended header is malformed")
        if key in _PAX_KEYS:
            records[key] = value
        start = end
    return records


def _parse_number(text: bytes, label: str) -> int:
    if not text.isdigit() or len(text) > _MAX_NUMBER_DIGITS:
        raise ImageError(f"{label}: an extended header has {text[:20]!r} instead of a number")
    return int(text)


def plain_path(path: str) -> str:
    """Return a path as it is resolved from the image's root, without looking at links.

    The result begins with a slash; ``..`` does not lead out of the root, as after chroot.
    """
    names: list[str] = []
    for name in path.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    return "/" + "/".join(names)
