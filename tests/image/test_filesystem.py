# SPDX-License-Identifier: GPL-2.0-only
"""The merged view: what a container made of the layers would see."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criulint.host.filesystem import Kind
from criulint.image.blob import Blob
from criulint.image.filesystem import ImageLayer, LayeredFileSystem, LayerReader
from criulint.image.limits import Limits
from tests.image.make import compressed, digest, member, tar


def _filesystem(*layers: bytes, compression: str = "none") -> LayeredFileSystem:
    return whole_view(
        [_layer(number, layer, compression) for number, layer in enumerate(layers, 1)]
    )


def _layer(number: int, data: bytes, compression: str = "none") -> ImageLayer:
    stored = compressed(data, compression)
    return ImageLayer(
        number, Blob(digest(stored), len(stored), "", lambda: io.BytesIO(stored)), digest(data)
    )


def whole_view(layers: list[ImageLayer]) -> LayeredFileSystem:
    """The view with the contents of all files."""
    reader = LayerReader(layers, Limits(), lambda path: True, lambda path: None, lambda size: None)
    view = reader.read()
    files = [
        path for path in view.names() if (status := view.lstat(path)) and status.kind is Kind.FILE
    ]
    reader.reread([path for path in files if not view.file(path)])
    return view


def _text(filesystem: LayeredFileSystem, path: str) -> str | None:
    """What ``cat`` would print, links followed."""
    seen = filesystem.resolve(path)
    file = filesystem.file(seen.path) if seen and seen.status.kind is Kind.FILE else None
    return file.data.decode() if file else None


@pytest.mark.parametrize(
    ("layers", "path", "text"),
    [
        ([[member("a", "1")], [member("a", "2")]], "/a", "2"),
        ([[member("a", "1")], [member(".wh.a")]], "/a", None),
        ([[member("a", "1")], [member(".wh.a")], [member("a", "3")]], "/a", "3"),
        ([[member("d/a", "1")], [member("d/.wh..wh..opq"), member("d/b", "2")]], "/d/a", None),
        ([[member("d/a", "1")], [member("d/b", "2"), member("d/.wh..wh..opq")]], "/d/b", "2"),
        ([[member("d/a", "1")], [member(".wh.d")], [member("d/b", "3")]], "/d/a", None),
        ([[member("d/a", "1")], [member("d", "2")]], "/d/a", None),
        ([[member("d/a", "1")], [member("d", "2")], [member("d/b", "3")]], "/d/a", None),
        ([[member("d", "1")], [member("d/a", "2")]], "/d/a", "2"),
        ([[member("a", "1"), member("a", "2")]], "/a", "2"),
        ([[member("a", "1"), member("b", "2"), member("a", hard="b")]], "/a", "2"),
        ([[member("./a", "1")]], "/a", "1"),
        ([[member("/a", "1")]], "/a", "1"),
        ([[member("../../a", "1")]], "/a", "1"),
        ([[member("x/../a", "1")]], "/a", "1"),
        ([[member("a", "1"), member("b", hard="a")]], "/b", "1"),
        ([[member("a", "1")], [member("b", hard="a")]], "/b", "1"),
        ([[member("a", "1")], [member("b", hard="./a")], [member(".wh.a")]], "/b", "1"),
        ([[member("a", "1"), member("b", hard="a")], [member("c", hard="b")]], "/c", "1"),
        ([[member("a", "1")], [member("b", hard="a")], [member("c", hard="b")]], "/c", "1"),
        (
            [[member("a", "1"), member("b", hard="a")], [member("c", hard="b"), member("a", "2")]],
            "/c",
            "1",
        ),
        ([[member("a", "1"), member("l", link="a")], [member("c", hard="l")]], "/c", "1"),
        ([[member("b", hard="nowhere")]], "/b", None),
        ([[member("b", hard="c"), member("c", hard="b")]], "/b", None),
        ([[member("b", hard="c"), member("c", hard="b")], [member("d", hard="b")]], "/d", None),
        ([[member("d/")], [member("b", hard="d")]], "/b", None),
        ([[member("a", "1"), member("b", hard="a"), member("c", hard="b")]], "/c", "1"),
        ([[member("a", "1"), member("l", link="a")]], "/l", "1"),
        ([[member("a", "1"), member("d/l", link="/a")]], "/d/l", "1"),
        ([[member("a", "1"), member("d/l", link="../../../a")]], "/d/l", "1"),
        ([[member("l", link="l")]], "/l", None),
        ([[member("d/a", "1"), member("l", link="d")]], "/l/a", "1"),
        ([[member("d/a", "1")], [member("d/", mode=0o700)]], "/d/a", "1"),
        # What lies behind a link of the same layer.
        ([[member("d/"), member("l", link="d"), member("l/a", "1")]], "/d/a", "1"),
        ([[member("etc", link="/usr/etc"), member("etc/a", "1")]], "/usr/etc/a", "1"),
        ([[member("etc", link="/usr/etc"), member("etc/a", "1")]], "/etc/a", "1"),
        ([[member("l", link="m"), member("m", link="d"), member("l/x/a", "1")]], "/d/x/a", "1"),
        ([[member("l", link="l"), member("l/a", "1")]], "/d/a", None),
        ([[member("l", link="d"), member("l/"), member("l/a", "1")]], "/d/a", None),
        ([[member("l", link="d"), member("l/"), member("l/a", "1")]], "/l/a", "1"),
        ([[member("d/a", "1")], [member("l", link="d"), member("l/.wh.a")]], "/d/a", None),
        ([[member("d/a", "1"), member("l", link="d"), member("b", hard="l/a")]], "/b", "1"),
        ([[member("l", link="../../../d"), member("l/a", "1")]], "/d/a", "1"),
        # The root made new.
        ([[member("a", "1")], [member(".wh..wh..opq"), member("b", "2")]], "/a", None),
        ([[member("a", "1")], [member("b", hard="a"), member(".wh..wh..opq")]], "/b", None),
        # The same layer twice.
        ([[member("a", "1")], [member("a", "2")], [member("a", "1")]], "/a", "1"),
        (
            [[member("a", "1")], [member("b", hard="a")], [member(".wh.a")], [member("a", "1")]],
            "/b",
            "1",
        ),
        ([[member("a", "1")], [member("a", kind=tarfile.CHRTYPE)]], "/a", None),
    ],
)
def test_what_is_there(layers: list[list[Any]], path: str, text: str | None) -> None:
    assert _text(_filesystem(*map(tar, layers)), path) == text


@pytest.mark.parametrize("format_", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_formats(format_: int, compression: str) -> None:
    names = (
        ["plain"]
        if format_ == tarfile.USTAR_FORMAT
        else ["plain", "long/" + "x" * 200, "é" * 90, "l" * 250]
    )
    members = [member(name, f"in {name}", mode=0o4755, uid=7, gid=8) for name in names]
    members += [member("link", link="t" * 90), member("big", b"x" * 100_000)]
    filesystem = _filesystem(tar(members, format_), compression=compression)
    for name in names:
        assert _text(filesystem, f"/{name}") == f"in {name}"
        status = filesystem.lstat(f"/{name}")
        assert status
        assert (status.mode, status.uid, status.gid) == (0o4755, 7, 8)
    link = filesystem.lstat("/link")
    assert link
    assert link.target == "t" * 90
    assert (filesystem.listdir("/") or [])[:1] == ["big"]


def test_a_directory_of_a_lower_layer_keeps_its_mode_below_files_of_an_upper_one() -> None:
    filesystem = _filesystem(tar([member("d/", mode=0o1777, uid=5)]), tar([member("d/a")]))
    status = filesystem.lstat("/d")
    assert status
    assert (status.mode, status.uid) == (0o1777, 5)


def test_a_file_tells_its_layer() -> None:
    filesystem = _filesystem(
        tar([member("a", "1")]), tar([member("b", "2")]), tar([member("a", "3")])
    )
    told = {path: file.layer for path in ("/a", "/b") if (file := filesystem.file(path))}
    assert told == {"/a": 3, "/b": 2}


def test_layers_that_cannot_show_are_not_read() -> None:
    """What is below a new root, and the same layer once more, need not even be there."""
    top = tar([member(".wh..wh..opq"), member("a", "1")])
    gone = ImageLayer(1, Blob("sha256:0", 1, "", lambda: io.BytesIO(b"lies")), "sha256:0")
    assert whole_view([gone, _layer(2, top)]).file("/a")
    twice = tar([member("a", "1")])
    again = ImageLayer(1, Blob("sha256:0", 1, "", lambda: io.BytesIO(b"lies")), digest(twice))
    assert whole_view([again, _layer(2, tar([member("b")])), _layer(3, twice)]).file("/a") == (
        b"1",
        3,
    )


# --- random layers, against a model that does what an unpacker does

_NAME = st.sampled_from(["a", "b", "c"])
_PATH = st.lists(_NAME, min_size=1, max_size=3).map("/".join)
_ENTRY = st.tuples(st.sampled_from(["file", "file", "dir", "gone", "opaque", "hard"]), _PATH, _PATH)
_LAYERS = st.lists(st.lists(_ENTRY, max_size=6), min_size=1, max_size=4)

#: A kind, a path, and what a hard link leads to.
RandomEntry = tuple[str, str, str]


def _clean(layer: list[RandomEntry]) -> list[RandomEntry]:
    """A layer as tools write them: no path is two things, and what has something below it is a directory."""
    kinds: dict[str, tuple[str, str]] = {}
    for kind, path, target in layer:
        if kind in ("file", "dir", "hard"):
            kinds.setdefault(path, (kind, target))
    for path in list(kinds):
        parts = path.split("/")
        for length in range(1, len(parts)):
            kinds["/".join(parts[:length])] = ("dir", "")
    whiteouts = []
    for kind, path, _ in layer:
        if kind == "gone" and path not in kinds:
            parts = path.split("/")
            above = ["/".join(parts[:length]) for length in range(1, len(parts))]
            if all(kinds.get(one, ("dir", ""))[0] == "dir" for one in above):
                whiteouts.append((kind, path, ""))
        elif kind == "opaque" and kinds.get(path, ("", ""))[0] == "dir":
            whiteouts.append((kind, path, ""))
    told = [(kind, path, target) for path, (kind, target) in sorted(kinds.items())]
    # What they link to comes before hard links.
    return [*whiteouts, *sorted(told, key=lambda entry: entry[0] == "hard")]


def applied(layers: list[list[RandomEntry]]) -> tuple[list[list[RandomEntry]], dict[str, str]]:
    """The layers as tools write them, without links to nothing, and what an unpacker leaves of them.

    path -> "dir", or the number of the layer that a file comes from.
    """
    tree: dict[str, str] = {}
    result = []

    def remove(path: str, *, itself: bool) -> None:
        for one in list(tree):
            if (itself and one == path) or one.startswith(f"{path}/"):
                del tree[one]

    for number, layer in enumerate(map(_clean, layers), 1):
        left = []
        for kind, path, target in layer:
            if kind in ("gone", "opaque"):
                remove(path, itself=kind == "gone")
            elif kind == "file":
                remove(path, itself=True)
                tree[path] = str(number)
            elif kind == "dir":
                if tree.get(path, "dir") != "dir":
                    remove(path, itself=True)
                tree[path] = "dir"
            elif (
                tree.get(target, "dir") == "dir" or path == target or target.startswith(f"{path}/")
            ):
                continue
            else:
                content = tree[target]
                remove(path, itself=True)
                tree[path] = content
            left.append((kind, path, target))
        result.append(left)
    return result, tree


def as_tar(layer: list[RandomEntry], number: int) -> bytes:
    """A layer in which each file holds its number."""
    members = []
    for kind, path, target in layer:
        parent, _, name = path.rpartition("/")
        below = f"{parent}/" if parent else ""
        if kind == "gone":
            members.append(member(f"{below}.wh.{name}"))
        elif kind == "opaque":
            members.append(member(f"{path}/.wh..wh..opq"))
        elif kind == "hard":
            members.append(member(path, hard=target))
        else:
            members.append(member(f"{path}/") if kind == "dir" else member(path, str(number)))
    return tar(members)


@settings(max_examples=500)
@given(_LAYERS)
def test_random_layers_are_what_an_unpacker_leaves(layers: list[list[RandomEntry]]) -> None:
    cleaned, expected = applied(layers)
    filesystem = _filesystem(*(as_tar(layer, number) for number, layer in enumerate(cleaned, 1)))
    told = {}
    for path in filesystem.names():
        status = filesystem.lstat(path)
        seen = filesystem.resolve(path)
        if path != "/" and status and seen and not seen.missing:
            file = filesystem.file(path)
            told[path[1:]] = (
                "dir" if status.kind is Kind.DIRECTORY else file.data.decode() if file else "?"
            )
    # A whiteout's own parents may be implied; an unpacker makes them too.
    assert {
        path: what for path, what in told.items() if path in expected or what != "dir"
    } == expected
