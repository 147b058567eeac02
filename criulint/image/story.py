# SPDX-License-Identifier: MIT
"""What the layers of an image did to one path, from the first layer on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from criulint.host.filesystem import Kind, Status, resolve_path
from criulint.image import ImageError
from criulint.image.changes import hash_content
from criulint.image.filesystem import LayerReader
from criulint.image.layer import plain_path
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.image.images import Image
    from criulint.image.layer import Entry, EntryContent

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"


class PathState(NamedTuple):
    """What a layer has at a path: `hard` is the path that it is a hard link to, or empty."""

    status: Status
    size: int
    digest: bytes
    hard: str


class Event(NamedTuple):
    """What the layer with a 1-based number did to a path, in words."""

    path: str
    layer: int
    change: str


def tell_story(image: Image, path: str) -> list[Event]:
    """Return what each layer did to a path, and to the path that it finally leads to.

    Raise ImageError if no layer has the path.
    """
    if not image.layers:
        raise ImageError("--history needs layers, which a directory does not have")
    nothing = (lambda _: False, lambda _: None, lambda _: None)
    reader = LayerReader(image.layers, image.budget, *nothing)
    tree = reader.read()
    wanted = plain_path(path)
    seen = resolve_path(tree, wanted)
    links = [place for place, status in seen.traversed if status.kind is Kind.LINK] if seen else []
    paths = dict.fromkeys((*links, seen.path if seen and not seen.missing else wanted))
    before: dict[str, PathState | None] = dict.fromkeys(paths)
    events = []
    for layer in image.layers:
        now, removed = _read_layer(reader, layer.number, tuple(paths))
        for place in paths:
            found = now.get(place)
            if found:
                old = None if place in removed else before[place]
                events.append(Event(place, layer.number, _describe_change(old, found)))
                before[place] = found
            elif before[place] and place in removed:
                events.append(Event(place, layer.number, "removed"))
                before[place] = None
    if not events:
        raise ImageError(f"no layer has {escape(path)}")
    return sorted(events, key=lambda event: list(paths).index(event.path))


def _read_layer(
    reader: LayerReader, number: int, paths: tuple[str, ...]
) -> tuple[dict[str, PathState], set[str]]:
    """Return what a layer has at paths, and the paths that it hides in lower layers."""
    now: dict[str, PathState] = {}
    removed: set[str] = set()
    for entry, content in reader.read_layer(number):
        parent, _, name = entry.path.rpartition("/")
        if name == _OPAQUE:
            removed.update(path for path in paths if path.startswith(f"{parent}/"))
        elif name.startswith(_WHITEOUT):
            gone = f"{parent}/{name.removeprefix(_WHITEOUT)}"
            removed.update(path for path in paths if f"{path}/".startswith(f"{gone}/"))
        elif entry.path in paths:
            now[entry.path] = _read_entry(entry, content)
        elif entry.kind is not Kind.DIRECTORY:
            # It replaces a directory.
            removed.update(path for path in paths if path.startswith(f"{entry.path}/"))
    return now, removed


def _read_entry(entry: Entry, content: EntryContent) -> PathState:
    status = Status(entry.kind, entry.mode, entry.uid, entry.gid, entry.link)
    digest = hash_content(content) if entry.has_content else b""
    return PathState(status, entry.size, digest, entry.hard or "")


def _describe_change(old: PathState | None, new: PathState) -> str:
    """Return what happened to a path, in words."""
    if old is None or old.status.kind is not new.status.kind:
        return f"{'created' if old is None else 'replaced'}: {_describe(new)}"
    return ", ".join(_compare(old, new)) or "written again, unchanged"


def _describe(found: PathState) -> str:
    status = found.status
    if status.kind is Kind.LINK:
        return f"a link to {escape(status.target)}"
    if found.hard:
        return f"a hard link to {escape(found.hard)}"
    size = f", {found.size} bytes" if status.kind is Kind.FILE else ""
    return f"{status.kind.value}{size}, mode {status.mode:04o}, owner {status.uid}:{status.gid}"


def _compare(old: PathState, new: PathState) -> Iterator[str]:
    before, after = old.status, new.status
    if new.hard:
        yield f"a hard link to {escape(new.hard)}"
    elif old.digest != new.digest:
        yield f"content changed: {new.size} bytes"
    if before.target != after.target:
        yield f"a link to {escape(after.target)}"
    if before.mode != after.mode:
        yield f"mode {before.mode:04o} -> {after.mode:04o}"
    if (before.uid, before.gid) != (after.uid, after.gid):
        yield f"owner {before.uid}:{before.gid} -> {after.uid}:{after.gid}"
