# SPDX-License-Identifier: GPL-2.0-only
"""The file system that the layers of an image make together, as the kernel's overlayfs shows it.

The layers are read from the last to the first, so that what a later one hides need not be kept. Sources: OCI image-spec,
layer.md (whiteouts, opaque directories); Linux, Documentation/filesystems/overlayfs.rst.
"""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from criulint.image import ImageError, Limits
from criulint.image.blob import Blob, Budget, Decompressed, Verified
from criulint.image.layer import Content, Entry, entries
from criulint.surroundings import Kind, Seen, Status, look

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
# Enough for the line that names an interpreter.
_HEAD = 256
# What tells an ELF file from a text.
_IDENT = 16
_MOST_HARD_LINKS = 40

_ROOT = Status(Kind.DIRECTORY, 0o755)
_MISSING = Status(Kind.MISSING, error=errno.ENOENT)
_NOT_A_DIRECTORY = Status(Kind.MISSING, error=errno.ENOTDIR)


class Layer(NamedTuple):
    """A layer of an image. `number` counts from 1, the first one; `diff_id` is the digest of what is in it."""

    number: int
    blob: Blob
    diff_id: str

    @property
    def what(self) -> str:
        """What it is called in messages."""
        return f"layer {self.number} ({(self.blob.digest or self.diff_id)[:19]})"


class File(NamedTuple):
    """The content of a file, and the number of the layer that it comes from."""

    data: bytes
    layer: int


#: Which files' contents are wanted: told by the plain path, in text.
Wanted = Callable[[str], bool]
#: Looks at the content of a file that is not kept, by its plain path; None if it does not want to.
Look = Callable[[str], "Callable[[Content, int], None] | None"]


class _Node(NamedTuple):
    status: Status
    layer: int
    implied: bool = False


class _Kept(NamedTuple):
    """What is kept of files: whole ones, and of programs the first bytes."""

    files: dict[str, File]
    heads: dict[str, bytes]

    def has(self, path: str) -> bool:
        """Whether anything is kept of a path."""
        return path in self.files or path in self.heads


class Filesystem:
    """A `criulint.surroundings.Machine` of an image's layers."""

    #: What is made or mounted when a container starts is not there yet.
    running = False

    def __init__(self) -> None:
        self._nodes: dict[str, _Node] = {"/": _Node(_ROOT, 0, implied=True)}
        self._kept = _Kept({}, {})
        # Equal values are kept once.
        self._same_statuses: dict[Status, Status] = {}
        self._same_heads: dict[bytes, bytes] = {}
        self._names: dict[str, list[str]] | None = None

    # --- the machine

    def lstat(self, path: str) -> Status | None:
        """What lies at the path."""
        node = self._nodes.get(path)
        return node.status if node else _MISSING

    def listdir(self, path: str) -> list[str] | None:
        """The names in a directory."""
        if self._names is None:
            self._names = {}
            for one in self._nodes:
                if one != "/":
                    parent, _, name = one.rpartition("/")
                    self._names.setdefault(parent or "/", []).append(name)
        return sorted(self._names.get(path, []))

    def read_head(self, path: str, size: int) -> bytes | None:
        """The first bytes of a file; None if they were not kept."""
        node = self._nodes.get(path)
        if node is None or node.status.kind is not Kind.FILE:
            return None
        if path in self._kept.files:
            return self._kept.files[path].data[:size]
        head = self._kept.heads.get(path)
        return head[:size] if head is not None else None

    # --- what is in it

    def file(self, path: str) -> File | None:
        """The content of a file that was wanted."""
        return self._kept.files.get(path)

    def has(self, path: str) -> bool:
        """Whether something lies at a plain path."""
        return path in self._nodes

    def seen(self, path: str) -> Seen | None:
        """Where a path leads inside of the image."""
        return look(self, path)

    def names(self) -> Iterable[str]:
        """All plain paths."""
        return self._nodes


class Reader:
    """Reads layers into a `Filesystem`. ImageError for whatever can't be read."""

    def __init__(
        self, layers: list[Layer], limits: Limits, wanted: Wanted, look: Look, progress: Callable[[int], None]
    ) -> None:
        if len(layers) > limits.layers:
            raise ImageError(f"the image has {len(layers)} layers (--limit layers=N allows more than {limits.layers})")
        self._layers = layers
        self._limits = limits
        self._wanted = wanted
        self._look = look
        self._progress = progress
        self._budget = Budget(limits)
        self._blocked: set[str] = set()  # below these paths, and there, lower layers don't show
        self._opaque: set[str] = set()  # below these
        self._links: dict[str, list[tuple[str, int]]] = {}  # hard links that wait for their targets
        self._entries = 0
        self.filesystem = Filesystem()
        self._kept = self.filesystem._kept
        self._targets = _Kept({}, {})  # what only hard links of later layers lead to

    def read(self) -> Filesystem:
        """All layers, the last one first."""
        for layer in reversed(self._layers):
            self._read(layer)
        for links in self._links.values():
            for path, _ in links:
                self._forget(path)  # there is nothing that they link to
        return self.filesystem

    def reread(self, paths: Collection[str]) -> None:
        """Keep the contents of some more files: read the layers again that hold them."""
        filesystem = self.filesystem
        by_layer: dict[int, set[str]] = {}
        for path in paths:
            if path not in self._kept.files:
                by_layer.setdefault(filesystem._nodes[path].layer, set()).add(path)
        for number, some in sorted(by_layer.items()):
            if number:
                layer = self._layers[number - 1]
                for entry, content in self._entries_of(layer):
                    if entry.path in some and entry.kind is Kind.FILE and entry.hard is None:
                        self._keep(entry, content, layer, self._kept)

    def _entries_of(self, layer: Layer) -> Iterable[tuple[Entry, Content]]:
        with layer.blob.open() as file:
            stream = Verified(file, layer.blob.digest, layer.blob.size, layer.what, self._progress)
            plain = Decompressed(stream, layer.what, self._limits, self._budget)
            verified = _Tar(Verified(plain, layer.diff_id, None, f"{layer.what}, decompressed,"))
            yield from entries(verified, layer.what, self._limits)
            verified.finish()
            stream.finish()

    def _read(self, layer: Layer) -> None:
        blocked: set[str] = set()
        opaque: set[str] = set()
        here: dict[str, Entry] = {}
        hidden = _Hidden(self._blocked, self._opaque)
        for entry, content in self._entries_of(layer):
            self._entries += 1
            if self._entries > self._limits.entries:
                raise ImageError(f"the layers have more than {self._limits.entries} entries (--limit entries=N allows more)")
            parent, _, name = entry.path.rpartition("/")
            if name == _OPAQUE:
                opaque.add(parent or "/")
            elif name.startswith(_WHITEOUT):
                blocked.add(f"{parent}/{name.removeprefix(_WHITEOUT)}")
            else:
                here[entry.path] = entry
                if entry.kind is not Kind.DIRECTORY:
                    blocked.add(entry.path)
                if entry.kind is Kind.FILE and entry.hard is None:
                    if not self._is_decided(entry, hidden, layer):
                        self._content(entry, content, layer, self._kept, (entry.path,))
                    elif entry.path in self._links:  # hidden, but a later layer has another name for it
                        links = [path for path, _ in self._links[entry.path]]
                        self._content(entry, content, layer, self._targets, links)
        for entry in here.values():
            self._settle(entry, here, layer, hidden)
        self._answer(here, blocked, opaque, layer)
        self._blocked |= blocked
        self._opaque |= opaque

    def _is_decided(self, entry: Entry, hidden: _Hidden, layer: Layer) -> bool:
        """Whether a later layer says what lies at an entry's path."""
        node = self.filesystem._nodes.get(entry.path)
        if node is None:
            return hidden.hides(entry.path)
        # A directory that only names below it tell of is there, and its owner and mode may come from further down.
        return not node.implied or (entry.kind is not Kind.DIRECTORY and node.layer != layer.number)

    def _content(self, entry: Entry, content: Content, layer: Layer, kept: _Kept, names: Collection[str]) -> None:
        kept.files.pop(entry.path, None)
        kept.heads.pop(entry.path, None)
        if any(map(self._wanted, names)):
            self._keep(entry, content, layer, kept)
            return
        watch = self._look(entry.path) if kept is self._kept else None
        if watch:
            watch(content, entry.size)
        elif entry.mode & 0o111 or entry.path.endswith(".so"):
            head = content.read(min(entry.size, _HEAD))
            head = head[: head.find(b"\n") + 1 or _HEAD] if head.startswith(b"#!") else head[:_IDENT]
            kept.heads[entry.path] = self.filesystem._same_heads.setdefault(head, head)

    def _keep(self, entry: Entry, content: Content, layer: Layer, kept: _Kept) -> None:
        if entry.size <= self._limits.file:
            kept.files[entry.path] = File(content.read(entry.size), layer.number)

    def _settle(self, entry: Entry, here: dict[str, Entry], layer: Layer, hidden: _Hidden) -> None:
        """Put an entry of a layer into the view, if it shows."""
        self._imply(posixpath.dirname(entry.path), layer.number, hidden)
        if self._is_decided(entry, hidden, layer):
            return
        if entry.hard is None:
            self.filesystem._nodes[entry.path] = _Node(self._status(entry), layer.number)
            return
        target = self._target(entry.hard, here)
        if target in here:
            self.filesystem._nodes[entry.path] = _Node(self._status(here[target]), layer.number)
            self._share(self._kept, target, entry.path)
        else:
            self.filesystem._nodes[entry.path] = _Node(_MISSING, layer.number)
            self._links.setdefault(target, []).append((entry.path, layer.number))

    def _target(self, path: str, here: dict[str, Entry]) -> str:
        """What hard links of the same layer lead to in the end; nothing if that is one another."""
        for _ in range(_MOST_HARD_LINKS):
            entry = here.get(path)
            if entry is None or entry.hard is None:
                return path
            path = entry.hard
        return ""

    def _share(self, kept: _Kept, source: str, path: str) -> None:
        """A hard link has the content of what it links to."""
        if source in kept.files:
            self._kept.files[path] = kept.files[source]
        elif source in kept.heads:
            self._kept.heads[path] = kept.heads[source]

    def _imply(self, directory: str, layer: int, hidden: _Hidden) -> None:
        """A directory is there if a layer has anything below it, even if that is hidden itself."""
        nodes = self.filesystem._nodes
        while directory not in nodes:
            if not hidden.hides(directory):
                nodes[directory] = _Node(_ROOT, layer, implied=True)
            directory = posixpath.dirname(directory)

    def _status(self, entry: Entry) -> Status:
        status = Status(entry.kind, entry.mode, entry.uid, entry.gid, entry.link)
        return self.filesystem._same_statuses.setdefault(status, status)

    def _answer(self, here: dict[str, Entry], blocked: set[str], opaque: set[str], layer: Layer) -> None:
        """Give the hard links of later layers what they link to in this one, or nothing if it is gone here."""
        gone = _Hidden(blocked, opaque)
        for target in list(self._links):
            entry = here.get(target)
            if entry is not None and entry.kind is Kind.FILE and entry.hard is None:
                for path, number in self._links.pop(target):
                    if number != layer.number and path in self.filesystem._nodes:
                        self.filesystem._nodes[path] = _Node(self._status(entry), number)
                        self._share(self._targets if self._targets.has(target) else self._kept, target, path)
            elif any(number != layer.number for _, number in self._links[target]) and gone.hides(target):
                for path, _ in self._links.pop(target):
                    self._forget(path)

    def _forget(self, path: str) -> None:
        self.filesystem._nodes.pop(path, None)
        self._kept.files.pop(path, None)


class _Hidden:
    """What layers hide of those below them; remembers directories."""

    def __init__(self, blocked: set[str], opaque: set[str]) -> None:
        self._blocked = blocked
        self._opaque = opaque
        # Of directories: whether what lies in them is hidden. Nothing has the path that is empty.
        self._known: dict[str, bool] = {"/": "/" in opaque, "": True}

    def hides(self, path: str) -> bool:
        """Whether what lies at a path in a lower layer is hidden."""
        return path in self._blocked or self._below(posixpath.dirname(path))

    def _below(self, directory: str) -> bool:
        """Whether what lies in a directory is hidden."""
        way = []
        while directory not in self._known:
            way.append(directory)
            directory = posixpath.dirname(directory)
        hidden = self._known[directory]
        for one in reversed(way):
            hidden = hidden or one in self._opaque or one in self._blocked
            self._known[one] = hidden
        return hidden


class _Tar:
    """A verified stream as `criulint.image.layer` wants it."""

    def __init__(self, stream: Verified) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """Exactly `size` bytes, fewer at the end."""
        return self._stream.read(size) if size else b""

    def skip(self, size: int, /) -> bool:
        """Go on; whether the bytes were there."""
        while size > 0:
            data = self._stream.read(min(size, 1 << 18))
            if not data:
                return False
            size -= len(data)
        return True

    def finish(self) -> None:
        """Read what is left, so that all is verified."""
        self._stream.finish()
