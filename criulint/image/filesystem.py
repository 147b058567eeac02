# SPDX-License-Identifier: GPL-2.0-only
"""The file system that the layers of an image make together, as the kernel's overlayfs shows it.

The layers are read from the last to the first, so that what a later one hides need not be kept. Sources: OCI image-spec,
layer.md (whiteouts, opaque directories); Linux, Documentation/filesystems/overlayfs.rst; moby, pkg/archive/diff.go
(UnpackLayer: links of the same layer are followed in the names behind them).
"""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from criulint.host.filesystem import Kind, ResolvedPath, Status, resolve_path
from criulint.image import Budget, ImageError, Limits
from criulint.image.blob import Blob, Plain, decompressed, pieces, verified
from criulint.image.layer import Content, Entry, entries, plain_path

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
# Enough for the line that names an interpreter.
_HEAD = 256
# What tells an ELF file from a text.
_IDENT = 16
_MOST_LINKS = 40

_ROOT = Status(Kind.DIRECTORY, 0o755)
_MISSING = Status(Kind.MISSING, error=errno.ENOENT)


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


_Same = TypeVar("_Same", _Node, bytes)


class Filesystem:
    """A `criulint.host.filesystem.Machine` of an image's layers.

    By plain path: `nodes` are what lies there, `files` the contents that were wanted, `heads` the first bytes of programs.
    """

    #: What is made or mounted when a container starts is not there yet.
    running = False

    def __init__(
        self, nodes: Mapping[str, _Node], files: Mapping[str, File], heads: Mapping[str, bytes]
    ) -> None:
        self._nodes = nodes
        self._files = files
        self._heads = heads
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
        if path in self._files:
            return self._files[path].data[:size]
        head = self._heads.get(path)
        return head[:size] if head is not None else None

    # --- what is in it

    def file(self, path: str) -> File | None:
        """The content of a file that was wanted."""
        return self._files.get(path)

    def has(self, path: str) -> bool:
        """Whether something lies at a plain path."""
        return path in self._nodes

    def seen(self, path: str) -> ResolvedPath | None:
        """Where a path leads inside of the image."""
        return resolve_path(self, path)

    def names(self) -> Iterable[str]:
        """All plain paths."""
        return self._nodes


class Reader:
    """Reads layers into a `Filesystem`. ImageError for whatever can't be read."""

    def __init__(
        self,
        layers: list[Layer],
        limits: Limits,
        wanted: Wanted,
        resolve_path: Look,
        progress: Callable[[int], None],
    ) -> None:
        if len(layers) > limits.layers:
            raise ImageError(
                f"the image has {len(layers)} layers (--limit layers=N allows more than {limits.layers})"
            )
        self._layers = layers
        self._limits = limits
        self._wanted = wanted
        self._look = resolve_path
        self._progress = progress
        self._budget = Budget(limits)
        self._kept = 0  # the bytes of all files that are kept
        self._blocked: set[str] = set()  # below these paths, and there, lower layers don't show
        self._opaque: set[str] = set()  # below these
        self._waiting: dict[
            str, list[str]
        ] = {}  # by what they link to: hard links to what is in a lower layer
        self._contents: dict[
            str, tuple[str, int]
        ] = {}  # of hard links: the path and the layer that have their content
        # Equal values are kept once.
        self._same: dict[_Node | bytes, _Node | bytes] = {}
        self._nodes: dict[str, _Node] = {"/": _Node(_ROOT, 0, implied=True)}
        self._files: dict[str, File] = {}
        self._heads: dict[str, bytes] = {}

    def read(self) -> Filesystem:
        """All layers, the last one first; those of which nothing can show are not read."""
        read: set[str] = set()
        for layer in reversed(self._layers):
            if "/" in self._opaque:
                break
            # The same layer once more brings nothing, unless a link of another one leads into it.
            if layer.diff_id not in read or self._waiting:
                read.add(layer.diff_id)
                self._read(layer)
        for links in self._waiting.values():
            for path in links:  # to nothing; an unpacker would refuse them
                del self._nodes[path]
        self.reread([path for path in self._contents if self._look(path)])
        return Filesystem(self._nodes, self._files, self._heads)

    def reread(self, paths: Collection[str]) -> None:
        """Let the view of `read` have the contents of some more files, or look at them: their layers are read again."""
        by_layer: dict[int, dict[str, list[str]]] = {}
        for path in paths:
            if path not in self._files:
                source, number = self._contents.get(path) or (path, self._nodes[path].layer)
                by_layer.setdefault(number, {}).setdefault(source, []).append(path)
        self._budget = Budget(self._limits)
        self._budget.kept(self._kept)
        for number, wanted in sorted(by_layer.items()):
            if number:
                layer = self._layers[number - 1]
                for entry, content in self._entries(layer):
                    if entry.path in wanted and entry.kind is Kind.FILE and entry.hard is None:
                        names = wanted[entry.path]
                        watch = next(filter(None, map(self._look, names)), None)
                        if watch:
                            watch(content, entry.size)
                        elif file := self._content(entry, content, layer):
                            self._files.update(dict.fromkeys(names, file))

    def _entries(self, layer: Layer) -> Iterator[tuple[Entry, Content]]:
        """The entries of a layer, with the paths that they come to lie at."""
        what = layer.what
        links = _Links()
        with layer.blob.open() as file:
            stored = verified(
                self._counted(pieces(file, what)), layer.blob.digest, layer.blob.size, what
            )
            content = decompressed(stored, what, self._budget)
            plain = Plain(verified(content, layer.diff_id, None, f"{what}, decompressed,"))
            for entry, inside in entries(plain, what, self._budget):
                yield links.placed(entry), inside
            plain.finish()

    def _counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for data in chunks:
            self._progress(len(data))
            yield data

    def _read(self, layer: Layer) -> None:
        blocked: set[str] = set()
        opaque: set[str] = set()
        here: dict[str, Entry] = {}
        hidden = _Hidden(self._blocked, self._opaque, self._budget)
        for entry, content in self._entries(layer):
            parent, _, name = entry.path.rpartition("/")
            if name == _OPAQUE:
                opaque.add(parent or "/")
            elif name.startswith(_WHITEOUT):
                blocked.add(f"{parent}/{name.removeprefix(_WHITEOUT)}")
            else:
                here[entry.path] = entry
                if entry.kind is not Kind.DIRECTORY:
                    blocked.add(entry.path)
                if (
                    entry.kind is Kind.FILE
                    and entry.hard is None
                    and not self._is_decided(entry, hidden, layer)
                ):
                    self._keep(entry, content, layer)
        links = [entry for entry in here.values() if entry.hard is not None]
        for entry in here.values():
            if entry.hard is None:
                self._settle(entry, here, layer, hidden)
        for entry in links:
            self._settle(entry, here, layer, hidden)
        self._answer(here, layer)
        hidden.release()
        self._blocked |= blocked
        self._opaque |= opaque

    def _is_decided(self, entry: Entry, hidden: _Hidden, layer: Layer) -> bool:
        """Whether a later layer says what lies at an entry's path."""
        node = self._nodes.get(entry.path)
        if node is None:
            return hidden.hides(entry.path)
        # A directory that only names below it tell of is there, and its owner and mode may come from further down.
        return not node.implied or (entry.kind is not Kind.DIRECTORY and node.layer != layer.number)

    def _keep(self, entry: Entry, content: Content, layer: Layer) -> None:
        """Keep of a file what may be asked for."""
        path = entry.path
        self._drop(path)
        if self._wanted(path):
            if file := self._content(entry, content, layer):
                self._files[path] = file
        elif watch := self._look(path):
            watch(content, entry.size)
        elif entry.mode & 0o111 or path.endswith(".so"):
            head = content.read(min(entry.size, _HEAD))
            head = (
                head[: head.find(b"\n") + 1 or _HEAD] if head.startswith(b"#!") else head[:_IDENT]
            )
            if head not in self._same:
                self._budget.kept(len(head))
            self._heads[path] = self._once(head)

    def _drop(self, path: str) -> None:
        self._files.pop(path, None)
        self._heads.pop(path, None)

    def _content(self, entry: Entry, content: Content, layer: Layer) -> File | None:
        """A file, unless it is too large."""
        if entry.size > self._limits.file:
            return None
        self._budget.kept(entry.size)
        self._kept += entry.size
        return File(content.read(entry.size), layer.number)

    def _settle(self, entry: Entry, here: dict[str, Entry], layer: Layer, hidden: _Hidden) -> None:
        """Put an entry of a layer into the view, if it shows."""
        self._imply(posixpath.dirname(entry.path), layer.number, hidden)
        if self._is_decided(entry, hidden, layer):
            return
        if entry.kind is not Kind.FILE or entry.hard is not None:
            self._drop(entry.path)  # what an entry before it with the same name had
        if entry.hard is None:
            self._nodes[entry.path] = self._node(entry, layer.number)
            return
        target = _target(entry.hard, here)
        if target in here:
            self._link(entry.path, here[target], layer.number, layer.number)
        else:
            self._nodes[entry.path] = self._once(_Node(_MISSING, layer.number))
            self._waiting.setdefault(target, []).append(entry.path)

    def _link(self, path: str, target: Entry, number: int, content: int) -> None:
        """Make a hard link, which is in the layer `number`, the same as its target, which is in the layer `content`."""
        self._nodes[path] = self._node(target, number)
        self._contents[path] = target.path, content
        shown = self._nodes.get(target.path)
        for kept in (self._files, self._heads):
            if shown and shown.layer == content and target.path in kept:
                kept[path] = kept[target.path]  # type: ignore[assignment]

    def _imply(self, directory: str, layer: int, hidden: _Hidden) -> None:
        """A directory is there if a layer has anything below it, even if that is hidden itself."""
        while directory not in self._nodes:
            if not hidden.hides(directory):
                self._budget.directory(directory)
                self._nodes[directory] = self._once(_Node(_ROOT, layer, implied=True))
            directory = posixpath.dirname(directory)

    def _node(self, entry: Entry, layer: int) -> _Node:
        return self._once(
            _Node(Status(entry.kind, entry.mode, entry.uid, entry.gid, entry.link), layer)
        )

    def _once(self, value: _Same) -> _Same:
        return self._same.setdefault(value, value)  # type: ignore[return-value]

    def _answer(self, here: dict[str, Entry], layer: Layer) -> None:
        """Give the hard links of later layers what they link to in this one."""
        for wanted in self._waiting.keys() & here.keys():
            links = self._waiting.pop(wanted)
            target = _target(wanted, here)
            if target in here:
                for path in links:
                    self._link(path, here[target], self._nodes[path].layer, layer.number)
            else:  # a link itself, to what is still further down
                self._waiting.setdefault(target, []).extend(links)


def _target(path: str, here: dict[str, Entry]) -> str:
    """What hard links of the same layer lead to in the end; nothing if that is one another."""
    for _ in range(_MOST_LINKS):
        entry = here.get(path)
        if entry is None or entry.hard is None:
            return path
        path = entry.hard
    return ""


class _Links:
    """The symbolic links of a layer, through which the names of later entries lead."""

    def __init__(self) -> None:
        self._targets: dict[str, str] = {}
        self._places: dict[str, str] = {}  # of directories, remembered as long as no link changes

    def placed(self, entry: Entry) -> Entry:
        """An entry with the path that it comes to lie at."""
        if self._targets:
            parent, _, name = entry.path.rpartition("/")
            place = self._place(parent)
            hard = entry.hard
            if hard is not None:
                above, _, target = hard.rpartition("/")
                hard = f"{self._place(above)}/{target}"
            if place != parent or hard != entry.hard:
                entry = entry._replace(path=f"{place}/{name}", hard=hard)
        if entry.kind is Kind.LINK:
            self._targets[entry.path] = entry.link
            self._places.clear()
        elif self._targets.pop(entry.path, None) is not None:
            self._places.clear()
        return entry

    def _place(self, directory: str) -> str:
        """Where a directory is; an empty text is the root."""
        known = self._places.get(directory)
        if known is None:
            known = self._places[directory] = self._followed(directory)
        return known

    def _followed(self, directory: str) -> str:
        for _ in range(_MOST_LINKS):
            above = directory
            while above and above not in self._targets:
                above = above.rpartition("/")[0]
            if not above:
                return directory
            target = posixpath.join(posixpath.dirname(above), self._targets[above])
            directory = plain_path(target + directory[len(above) :]).rstrip("/")
        return directory


class _Hidden:
    """What layers hide of those below them; remembers directories until it is released."""

    def __init__(self, blocked: set[str], opaque: set[str], budget: Budget) -> None:
        self._blocked = blocked
        self._opaque = opaque
        self._budget = budget
        # Of directories: whether what lies in them is hidden. Nothing has the path that is empty.
        self._known: dict[str, bool] = {"/": "/" in opaque, "": True}
        self._kept = 0

    def hides(self, path: str) -> bool:
        """Whether what lies at a path in a lower layer is hidden."""
        return path in self._blocked or self._below(posixpath.dirname(path))

    def _below(self, directory: str) -> bool:
        """Whether what lies in a directory is hidden."""
        way = []
        while directory not in self._known:
            way.append(directory)
            self._kept += self._budget.directory(directory)
            directory = posixpath.dirname(directory)
        hidden = self._known[directory]
        for one in reversed(way):
            hidden = hidden or one in self._opaque or one in self._blocked
            self._known[one] = hidden
        return hidden

    def release(self) -> None:
        """Give back to the budget what was kept for this one."""
        self._budget.kept(-self._kept)
