# SPDX-License-Identifier: MIT
"""The file system that the layers of an image make together, as overlayfs shows it.

The layers are read from the last to the first, so that what a later one hides need not be
kept. Sources: OCI image-spec, layer.md (whiteouts, opaque directories); Linux,
Documentation/filesystems/overlayfs.rst; moby, pkg/archive/diff.go (UnpackLayer: the names
of later entries follow links of the same layer).
"""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from criulint.host.filesystem import FileSystem, Kind, ResolvedPath, Status, resolve_path
from criulint.image import ImageError
from criulint.image.blob import Blob, ChunkReader, decompress, read_chunks, verify
from criulint.image.layer import Entry, EntryContent, read_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from criulint.image.budget import Budget

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
# Enough for the line that names an interpreter.
_HEAD = 256
# Distinguishes an ELF file from text.
_ELF_IDENT = 16
# Sources: Linux include/linux/namei.h, MAXSYMLINKS; include/uapi/linux/limits.h, PATH_MAX.
_MAX_LINKS = 40
_MAX_PATH = 4096
# What a name costs in the lists of `LayeredFileSystem.listdir`, in bytes; measured with CPython
# 3.11.
_BYTES_PER_NAME = 120

_ROOT = Status(Kind.DIRECTORY, 0o755)
_MISSING = Status(Kind.MISSING, error=errno.ENOENT)


class ImageLayer(NamedTuple):
    """A layer of an image. `number` is 1-based; `diff_id` is the digest of its content."""

    number: int
    blob: Blob
    diff_id: str

    @property
    def label(self) -> str:
        """The name in messages."""
        return f"layer {self.number} ({(self.blob.digest or self.diff_id)[:19]})"


class FileContent(NamedTuple):
    """The content of a file, and the 1-based number of the layer that it comes from."""

    data: bytes
    layer: int


class FileTree(FileSystem, Protocol):
    """A file system whose files can be read."""

    def file(self, path: str) -> FileContent | None:
        """Return the content of the file at a plain path; None if it is not kept or too large."""

    def has(self, path: str) -> bool:
        """Return whether there is anything at a plain path."""

    def names(self) -> Iterable[str]:
        """Return the plain paths among which files with CRIU's names may be."""

    def identity(self, path: str) -> object:
        """Return a value that is equal for two plain paths of one file."""


#: Whether the content of the file at a plain path is kept.
IsWanted = Callable[[str], bool]
#: Returns the function that reads the file at a plain path, given its content and size, instead of
#: keeping it; None for other files.
FindReader = Callable[[str], "Callable[[EntryContent, int], None] | None"]


class _Node(NamedTuple):
    """What is at a path. An `implied` directory has no entry, only entries below it."""

    status: Status
    layer: int
    implied: bool = False


_Internable = TypeVar("_Internable", _Node, bytes)


class _Beneath(NamedTuple):
    """What layers contain that is not visible in the file system.

    `places` are the path and the layer that have the content of a hard link; `lower` is what layers
    below the visible one have at a plain path, last first; `removed` are the programs and package
    databases that later layers replaced or removed; and `whiteouts` are the last layers with a
    whiteout, by what it hides (a path, or the path of an opaque directory's marker).
    """

    places: Mapping[str, tuple[str, int]]
    lower: Mapping[str, list[_Node]]
    removed: Collection[str]
    whiteouts: Mapping[str, int]


class LayeredFileSystem:
    """A `criulint.host.filesystem.FileSystem` made of an image's layers.

    By plain path: `nodes` are what is there, `files` the contents that were requested, and `heads`
    the first bytes of programs. Lookups are charged to `budget`.
    """

    #: What is created or mounted when a container starts is not there yet.
    running = False

    def __init__(
        self,
        nodes: Mapping[str, _Node],
        files: Mapping[str, FileContent],
        heads: Mapping[str, bytes],
        budget: Budget,
        beneath: _Beneath,
    ) -> None:
        self._places, self._lower, self._removed, self._whiteouts = beneath
        self._nodes = nodes
        self._files = files
        self._heads = heads
        self._budget = budget
        self._names: dict[str, list[str]] | None = None

    # --- the FileSystem protocol

    def lstat(self, path: str) -> Status | None:
        """Return what is at the path."""
        self._budget.charge_characters(len(path))
        node = self._nodes.get(path)
        return node.status if node else _MISSING

    def listdir(self, path: str) -> list[str] | None:
        """Return the names in a directory."""
        if self._names is None:
            self._budget.charge_memory(_BYTES_PER_NAME * len(self._nodes))
            self._names = {}
            for known in self._nodes:
                if known != "/":
                    parent, _, name = known.rpartition("/")
                    self._names.setdefault(parent or "/", []).append(name)
        names = self._names.get(path, [])
        self._budget.charge_work(1 + len(names))
        return sorted(names)

    def read_head(self, path: str, size: int) -> bytes | None:
        """Return the first bytes of a file, or None if they were not kept."""
        file = self._files.get(path)
        head = file.data if file else self._heads.get(path)
        return None if head is None else head[:size]

    def find_versions(self, path: str) -> list[tuple[int, Status]]:
        """Return what each layer has at a plain path, the last layer first, by its 1-based number.

        The first one is visible. A removal in between is not a version.
        """
        node = self._nodes.get(path)
        nodes = [node, *self._lower.get(path, ())] if node else []
        removal = self.find_removal(path)
        return [(each.layer, each.status) for each in nodes if each.layer >= removal]

    def find_removal(self, path: str) -> int:
        """Return the 1-based number of the last layer that removed a plain path; 0 if none did.

        Anything that the layer itself has there came after that.
        """
        last = self._whiteouts.get(path, 0)
        while path.strip("/"):
            path = posixpath.dirname(path)
            self._budget.charge_characters(1 + len(path))
            marker = f"{path.rstrip('/')}/{_OPAQUE}"
            last = max(last, self._whiteouts.get(path, 0), self._whiteouts.get(marker, 0))
        return last

    @property
    def removed(self) -> list[str]:
        """The programs and package databases of lower layers whose paths are gone."""
        return [path for path in self._removed if path not in self._nodes]

    def find_content_layer(self, path: str) -> int:
        """Return the 1-based number of the layer with a hard link's content; 0 for other files."""
        return self._places.get(path, ("", 0))[1]

    def identity(self, path: str) -> object:
        """Return a value that is equal for two names of one file."""
        node = self._nodes.get(path)
        return self._places.get(path) or (path, node.layer if node else None)

    # --- the contents

    def file(self, path: str) -> FileContent | None:
        """Return the content of a file that was requested."""
        return self._files.get(path)

    def has(self, path: str) -> bool:
        """Return whether there is anything at a plain path."""
        return path in self._nodes

    def resolve(self, path: str) -> ResolvedPath | None:
        """Return where a path leads inside the image."""
        return resolve_path(self, path)

    def names(self) -> Iterable[str]:
        """Return all plain paths."""
        return self._nodes


class LayerReader:
    """Reads layers into a `LayeredFileSystem`. Raises ImageError for anything that cannot be read.

    All of its work is charged to `budget`. `progress` is called with the number of stored bytes
    read since the last call.
    """

    def __init__(
        self,
        layers: list[ImageLayer],
        budget: Budget,
        is_wanted: IsWanted,
        find_reader: FindReader,
        progress: Callable[[int], None],
    ) -> None:
        if len(layers) > budget.limits.layers:
            raise ImageError(
                f"the image has {len(layers)} layers"
                f" (--limit layers=N allows more than {budget.limits.layers})"
            )
        self._layers = layers
        self._budget = budget
        self._is_wanted = is_wanted
        self._find_reader = find_reader
        self._progress = progress
        # Lower layers are hidden at and below these paths.
        self._blocked: set[str] = set()
        # Lower layers are hidden below these paths.
        self._opaque: set[str] = set()
        # Hard links to something in a lower layer, by their target.
        self._pending_links: dict[str, list[str]] = {}
        # For hard links: the path and the number of the layer that have their content.
        self._content_places: dict[str, tuple[str, int]] = {}
        # Equal values are kept once.
        self._interned: dict[_Node | bytes, _Node | bytes] = {}
        self._nodes: dict[str, _Node] = {"/": _Node(_ROOT, 0, implied=True)}
        self._files: dict[str, FileContent] = {}
        self._heads: dict[str, bytes] = {}
        # See `_Beneath`.
        self._lower: dict[str, list[_Node]] = {}
        self._removed: set[str] = set()
        self._whiteouts: dict[str, int] = {}

    def read(self) -> LayeredFileSystem:
        """Read the layers, the last one first, and skip those that nothing can be visible of."""
        done: set[str] = set()
        for layer in reversed(self._layers):
            if "/" in self._opaque:
                break
            # The same layer again adds nothing, unless a link of another one points into it.
            if layer.diff_id not in done or self._pending_links:
                done.add(layer.diff_id)
                self._read_layer(layer)
        # Their targets do not exist; an unpacker would refuse them.
        for links in self._pending_links.values():
            for path in links:
                del self._nodes[path]
        self.reread([path for path in self._content_places if self._find_reader(path)])
        return LayeredFileSystem(
            self._nodes,
            self._files,
            self._heads,
            self._budget,
            _Beneath(self._content_places, self._lower, self._removed, self._whiteouts),
        )

    def read_layer(self, number: int) -> Iterator[tuple[Entry, EntryContent]]:
        """Yield the entries of the layer with a 1-based number, once more."""
        return self._entries(self._layers[number - 1])

    def reread(self, paths: Collection[str]) -> None:
        """Read the layers of more files again, to keep their contents in the result of `read`.

        Files with a reader are read by it instead.
        """
        by_layer: dict[int, dict[str, list[str]]] = {}
        for path in paths:
            place = self._content_places.get(path) or (path, self._nodes[path].layer)
            source, number = place
            by_layer.setdefault(number, {}).setdefault(source, []).append(path)
        for number, wanted in sorted(by_layer.items()):
            self._reread_layer(self._layers[number - 1], wanted)

    def _reread_layer(self, layer: ImageLayer, wanted: Mapping[str, list[str]]) -> None:
        """Read the files at the paths in `wanted`, for all of their names there."""
        for entry, content in self._entries(layer):
            if entry.path not in wanted or not entry.has_content:
                continue
            names = wanted[entry.path]
            read = next(filter(None, map(self._find_reader, names)), None)
            if read:
                read(content, entry.size)
                continue
            file = self._read_file(entry, content, layer)
            if file:
                self._files.update(dict.fromkeys(names, file))

    def _entries(self, layer: ImageLayer) -> Iterator[tuple[Entry, EntryContent]]:
        """Yield the entries of a layer, with the paths that they end up at."""
        label = layer.label
        links = _SymbolicLinks(label, self._budget)
        with layer.blob.open() as file:
            chunks = self._report_progress(read_chunks(file, label))
            stored = verify(chunks, layer.blob.digest, layer.blob.size, label)
            content = decompress(stored, label, self._budget)
            plain = ChunkReader(verify(content, layer.diff_id, None, f"{label}, decompressed,"))
            for entry, entry_content in read_entries(plain, label, self._budget):
                yield links.follow(entry), entry_content
            plain.finish()

    def _report_progress(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for data in chunks:
            self._progress(len(data))
            yield data

    def _read_layer(self, layer: ImageLayer) -> None:
        blocked: set[str] = set()
        opaque: set[str] = set()
        here: dict[str, Entry] = {}
        hidden = _HiddenPaths(self._blocked, self._opaque, self._budget)
        for entry, content in self._entries(layer):
            parent, _, name = entry.path.rpartition("/")
            if name == _OPAQUE:
                self._budget.charge_entry(len(entry.path))
                opaque.add(parent or "/")
                self._whiteouts.setdefault(entry.path, layer.number)
            elif name.startswith(_WHITEOUT):
                self._budget.charge_entry(len(entry.path))
                gone = f"{parent}/{name.removeprefix(_WHITEOUT)}"
                blocked.add(gone)
                self._whiteouts.setdefault(gone, layer.number)
            else:
                self._budget.charge_entry(len(entry.path) + len(entry.link) + len(entry.hard or ""))
                here[entry.path] = entry
                if entry.kind is not Kind.DIRECTORY:
                    blocked.add(entry.path)
                if entry.has_content and not self._is_decided(entry, hidden, layer):
                    self._keep_file(entry, content, layer)
        links = [entry for entry in here.values() if entry.hard is not None]
        for entry in here.values():
            if entry.hard is None:
                self._place_entry(entry, here, layer, hidden)
        for entry in links:
            self._place_entry(entry, here, layer, hidden)
        self._resolve_hard_links(here, layer)
        hidden.release()
        self._blocked |= blocked
        self._opaque |= opaque

    def _note_hidden(self, entry: Entry, layer: ImageLayer) -> None:
        """Remember an entry that a later layer replaced or removed."""
        if entry.path in self._nodes:
            self._budget.charge_memory(_BYTES_PER_NAME)
            self._lower.setdefault(entry.path, []).append(self._make_node(entry, layer.number))
        elif entry.kind is not Kind.DIRECTORY and self._find_reader(entry.path):
            self._removed.add(entry.path)

    def _is_decided(self, entry: Entry, hidden: _HiddenPaths, layer: ImageLayer) -> bool:
        """Return whether a later layer decides what is at an entry's path."""
        node = self._nodes.get(entry.path)
        if node is None:
            return hidden.hides(entry.path)
        # An implied directory exists, but its owner and mode may come from further down.
        return not node.implied or (entry.kind is not Kind.DIRECTORY and node.layer != layer.number)

    def _keep_file(self, entry: Entry, content: EntryContent, layer: ImageLayer) -> None:
        """Keep what may be needed of a file."""
        path = entry.path
        self._drop_file(path)
        if self._is_wanted(path):
            file = self._read_file(entry, content, layer)
            if file:
                self._files[path] = file
            return
        read = self._find_reader(path)
        if read:
            read(content, entry.size)
        elif entry.mode & 0o111 or path.endswith(".so"):
            head = _shorten_head(content.read(min(entry.size, _HEAD)))
            if head not in self._interned:
                self._budget.charge_memory(len(head))
            self._heads[path] = self._intern(head)

    def _drop_file(self, path: str) -> None:
        self._files.pop(path, None)
        self._heads.pop(path, None)

    def _read_file(
        self, entry: Entry, content: EntryContent, layer: ImageLayer
    ) -> FileContent | None:
        """Return a file's content, or None if it is too large."""
        if entry.size > self._budget.limits.file:
            return None
        self._budget.charge_file(entry.size)
        return FileContent(content.read(entry.size), layer.number)

    def _place_entry(
        self, entry: Entry, here: Mapping[str, Entry], layer: ImageLayer, hidden: _HiddenPaths
    ) -> None:
        """Add an entry to the file system, if visible. `here` holds all entries of the layer."""
        self._add_implied_directories(posixpath.dirname(entry.path), layer.number, hidden)
        if self._is_decided(entry, hidden, layer):
            self._note_hidden(entry, layer)
            return
        if not entry.has_content:
            # An earlier entry with the same name may have been a file.
            self._drop_file(entry.path)
        if entry.hard is None:
            self._nodes[entry.path] = self._make_node(entry, layer.number)
            return
        target = _follow_hard_links(entry.hard, here)
        if target in here:
            self._add_hard_link(entry.path, here[target], layer.number, layer.number)
        else:
            self._nodes[entry.path] = self._intern(_Node(_MISSING, layer.number))
            self._pending_links.setdefault(target, []).append(entry.path)

    def _add_hard_link(self, path: str, target: Entry, link_layer: int, content_layer: int) -> None:
        """Make a hard link equal to its target, which may be in a lower layer."""
        self._nodes[path] = self._make_node(target, link_layer)
        self._content_places[path] = target.path, content_layer
        shown = self._nodes.get(target.path)
        if shown and shown.layer == content_layer:
            if target.path in self._files:
                self._files[path] = self._files[target.path]
            if target.path in self._heads:
                self._heads[path] = self._heads[target.path]

    def _add_implied_directories(self, directory: str, layer: int, hidden: _HiddenPaths) -> None:
        """Add the directories above an entry: they exist even if the entry itself is hidden."""
        while directory not in self._nodes:
            self._budget.charge_characters(len(directory))
            if not hidden.hides(directory):
                self._budget.charge_directory(directory)
                self._nodes[directory] = self._intern(_Node(_ROOT, layer, implied=True))
            directory = posixpath.dirname(directory)

    def _make_node(self, entry: Entry, layer: int) -> _Node:
        status = Status(entry.kind, entry.mode, entry.uid, entry.gid, entry.link)
        return self._intern(_Node(status, layer))

    def _intern(self, value: _Internable) -> _Internable:
        return self._interned.setdefault(value, value)  # type: ignore[return-value]

    def _resolve_hard_links(self, here: Mapping[str, Entry], layer: ImageLayer) -> None:
        """Resolve hard links of later layers whose targets are in this one."""
        for wanted in self._pending_links.keys() & here.keys():
            links = self._pending_links.pop(wanted)
            target = _follow_hard_links(wanted, here)
            if target in here:
                for path in links:
                    self._add_hard_link(path, here[target], self._nodes[path].layer, layer.number)
            else:
                # It is itself a link, to something in a still lower layer.
                self._pending_links.setdefault(target, []).extend(links)


def _shorten_head(head: bytes) -> bytes:
    """Return the line of a script that names its interpreter, or the start of a program."""
    if head.startswith(b"#!"):
        return head[: head.find(b"\n") + 1 or _HEAD]
    return head[:_ELF_IDENT]


def _follow_hard_links(path: str, here: Mapping[str, Entry]) -> str:
    """Return where hard links of one layer finally lead; empty if they form a loop."""
    for _ in range(_MAX_LINKS):
        entry = here.get(path)
        if entry is None or entry.hard is None:
            return path
        path = entry.hard
    return ""


class _LinkTree:
    """A directory on the way to symbolic links, or a link to `target`."""

    __slots__ = ("names", "target")

    def __init__(self) -> None:
        self.names: dict[str, _LinkTree] = {}
        self.target: str | None = None


class _SymbolicLinks:
    """The symbolic links of a layer, which the names of its later entries follow.

    They are kept as a tree, so that a path costs as much as it has components.
    """

    # Measured with CPython 3.11.
    _BYTES_PER_NODE = 350

    def __init__(self, label: str, budget: Budget) -> None:
        self._label = label
        self._budget = budget
        self._root = _LinkTree()

    def follow(self, entry: Entry) -> Entry:
        """Return an entry with the path that it ends up at.

        Raise ImageError if the kernel would not: for a loop, or a path that is too long.
        """
        if self._root.names:
            path, hard = self._resolve_parent(entry.path), entry.hard
            if hard is not None:
                hard = self._resolve_parent(hard)
            if path != entry.path or hard != entry.hard:
                entry = entry._replace(path=path, hard=hard)
        if entry.kind is Kind.LINK:
            self._add(entry.path, entry.link)
        elif self._root.names:
            self._replace(entry)
        return entry

    def _resolve_parent(self, path: str) -> str:
        """Follow the links in the directories of a path."""
        first, _, rest = path[1:].partition("/")
        if not rest or first not in self._root.names:
            return path
        *directories, last = path.split("/")
        return self._walk(directories[::-1], last)

    def _walk(self, left: list[str], last: str) -> str:
        """Walk from the root through the names in `left`, starting at its end."""
        place: list[str] = []
        # The trees that the names of `place` lead to; fewer where there are no more links.
        trees = [self._root]
        links = 0
        while left:
            self._budget.charge_work(1)
            name = left.pop()
            if name in ("", "."):
                continue
            if name == "..":
                del place[-1:], trees[len(place) + 1 :]
                continue
            found = trees[-1].names.get(name) if len(trees) > len(place) else None
            if found is None or found.target is None:
                place.append(name)
                trees += [found] if found else []
                continue
            links += 1
            if links > _MAX_LINKS:
                raise ImageError(f"{self._label}: links lead in a circle")
            left += found.target.split("/")[::-1]
            if found.target.startswith("/"):
                place, trees = [], [self._root]
        path = "/".join(("", *place, last))
        if len(path) > _MAX_PATH:
            raise ImageError(f"{self._label}: links make a path of more than {_MAX_PATH} bytes")
        return path

    def _add(self, path: str, target: str) -> None:
        tree = self._root
        for name in path.split("/")[1:]:
            if name not in tree.names:
                self._budget.charge_memory(self._BYTES_PER_NODE)
                tree.names[name] = _LinkTree()
            tree = tree.names[name]
        tree.target = target
        tree.names = {}

    def _replace(self, entry: Entry) -> None:
        """Forget the links that an entry replaces."""
        tree: _LinkTree | None = self._root
        for name in entry.path.split("/")[1:]:
            tree = tree.names.get(name) if tree else None
        if tree:
            tree.target = None
            if entry.kind is not Kind.DIRECTORY:
                tree.names = {}


class _HiddenPaths:
    """The paths that layers hide in lower layers; it keeps directories until it is released."""

    def __init__(self, blocked: set[str], opaque: set[str], budget: Budget) -> None:
        self._blocked = blocked
        self._opaque = opaque
        self._budget = budget
        # For directories: whether everything in them is hidden. The empty path stands for none.
        self._known: dict[str, bool] = {"/": "/" in opaque, "": True}
        self._charged = 0

    def hides(self, path: str) -> bool:
        """Return whether what a lower layer has at a path is hidden."""
        return path in self._blocked or self._hides_content(posixpath.dirname(path))

    def _hides_content(self, directory: str) -> bool:
        """Return whether everything in a directory of a lower layer is hidden."""
        unknown = []
        while directory not in self._known:
            self._budget.charge_characters(len(directory))
            unknown.append(directory)
            self._charged += self._budget.charge_directory(directory)
            directory = posixpath.dirname(directory)
        hidden = self._known[directory]
        for below in reversed(unknown):
            hidden = hidden or below in self._opaque or below in self._blocked
            self._known[below] = hidden
        return hidden

    def release(self) -> None:
        """Give back to the budget what was kept."""
        self._budget.release_memory(self._charged)
