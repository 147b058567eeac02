# SPDX-License-Identifier: GPL-2.0-only
"""The merged view: what a container made of the layers would see."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criulint.image import Limits
from criulint.image.blob import Blob
from criulint.image.filesystem import Filesystem, Layer, Reader
from criulint.surroundings import Kind
from tests.image.make import compressed, digest, member, tar


def _filesystem(*layers: bytes, compression: str = "none") -> Filesystem:
    made = []
    for number, layer in enumerate(layers, 1):
        stored = compressed(layer, compression)
        blob = Blob(digest(stored), len(stored), "", lambda stored=stored: io.BytesIO(stored))  # type: ignore[misc]
        made.append(Layer(number, blob, digest(layer)))
    return Reader(made, Limits(), lambda path: True, lambda path: None, lambda size: None).read()


def _text(filesystem: Filesystem, path: str) -> str | None:
    """What ``cat`` would print, links followed."""
    seen = filesystem.seen(path)
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
        ([[member("./a", "1")]], "/a", "1"),
        ([[member("/a", "1")]], "/a", "1"),
        ([[member("../../a", "1")]], "/a", "1"),
        ([[member("x/../a", "1")]], "/a", "1"),
        ([[member("a", "1"), member("b", hard="a")]], "/b", "1"),
        ([[member("a", "1")], [member("b", hard="a")]], "/b", "1"),
        ([[member("a", "1")], [member("b", hard="./a")], [member(".wh.a")]], "/b", "1"),
        ([[member("a", "1")], [member(".wh.a")], [member("b", hard="a")]], "/b", None),
        ([[member("b", hard="nowhere")]], "/b", None),
        ([[member("b", hard="c"), member("c", hard="b")]], "/b", None),
        ([[member("a", "1"), member("b", hard="a"), member("c", hard="b")]], "/c", "1"),
        ([[member("a", "1"), member("l", link="a")]], "/l", "1"),
        ([[member("a", "1"), member("d/l", link="/a")]], "/d/l", "1"),
        ([[member("a", "1"), member("d/l", link="../../../a")]], "/d/l", "1"),
        ([[member("l", link="l")]], "/l", None),
        ([[member("d/a", "1"), member("l", link="d")]], "/l/a", "1"),
        ([[member("d/a", "1")], [member("d/", mode=0o700)]], "/d/a", "1"),
        ([[member("a", "1")], [member("a", kind=tarfile.CHRTYPE)]], "/a", None),
    ],
)
def test_what_is_there(layers: list[list[Any]], path: str, text: str | None) -> None:
    assert _text(_filesystem(*map(tar, layers)), path) == text


@pytest.mark.parametrize("format_", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_formats(format_: int, compression: str) -> None:
    names = ["plain"] if format_ == tarfile.USTAR_FORMAT else ["plain", "long/" + "x" * 200, "é" * 90, "l" * 250]
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
    filesystem = _filesystem(tar([member("a", "1")]), tar([member("b", "2")]), tar([member("a", "3")]))
    told = {path: file.layer for path in ("/a", "/b") if (file := filesystem.file(path))}
    assert told == {"/a": 3, "/b": 2}


# --- random layers, against a model that does what an unpacker does

_NAME = st.sampled_from(["a", "b", "c"])
_PATH = st.lists(_NAME, min_size=1, max_size=3).map("/".join)
_ENTRY = st.one_of(
    st.tuples(st.just("file"), _PATH),
    st.tuples(st.just("dir"), _PATH),
    st.tuples(st.just("gone"), _PATH),
    st.tuples(st.just("opaque"), _PATH),
)
_LAYERS = st.lists(st.lists(_ENTRY, max_size=6), min_size=1, max_size=4)


def _clean(layer: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A layer as tools write them: no path is two things, and what has something below it is a directory."""
    kinds: dict[str, str] = {}
    for kind, path in layer:
        if kind in ("file", "dir"):
            kinds.setdefault(path, kind)
    for path in list(kinds):
        parts = path.split("/")
        for length in range(1, len(parts)):
            kinds["/".join(parts[:length])] = "dir"
    whiteouts = []
    for kind, path in layer:
        if kind == "gone" and path not in kinds:
            parts = path.split("/")
            above = ["/".join(parts[:length]) for length in range(1, len(parts))]
            if all(kinds.get(one, "dir") == "dir" for one in above):
                whiteouts.append((kind, path))
        elif kind == "opaque" and kinds.get(path) == "dir":
            whiteouts.append((kind, path))
    return [*whiteouts, *((kind, path) for path, kind in sorted(kinds.items()))]


def _applied(layers: list[list[tuple[str, str]]]) -> dict[str, str]:
    """What an unpacker leaves: path -> "dir", or the number of the layer that a file comes from."""
    tree: dict[str, str] = {}

    def remove(path: str, *, itself: bool) -> None:
        for one in list(tree):
            if (itself and one == path) or one.startswith(f"{path}/"):
                del tree[one]

    for number, layer in enumerate(layers, 1):
        for kind, path in layer:
            if kind in ("gone", "opaque"):
                remove(path, itself=kind == "gone")
        for kind, path in layer:
            if kind == "file":
                remove(path, itself=True)
                tree[path] = str(number)
            elif kind == "dir":
                if tree.get(path, "dir") != "dir":
                    remove(path, itself=True)
                tree[path] = "dir"
    return tree


def _as_tar(layer: list[tuple[str, str]], number: int) -> bytes:
    members = []
    for kind, path in layer:
        parent, _, name = path.rpartition("/")
        below = f"{parent}/" if parent else ""
        if kind == "gone":
            members.append(member(f"{below}.wh.{name}"))
        elif kind == "opaque":
            members.append(member(f"{path}/.wh..wh..opq"))
        else:
            members.append(member(f"{path}/") if kind == "dir" else member(path, str(number)))
    return tar(members)


@settings(max_examples=300, deadline=None)
@given(_LAYERS)
def test_random_layers_are_what_an_unpacker_leaves(layers: list[list[tuple[str, str]]]) -> None:
    cleaned = [_clean(layer) for layer in layers]
    filesystem = _filesystem(*(_as_tar(layer, number) for number, layer in enumerate(cleaned, 1)))
    told = {}
    for path in filesystem.names():
        status = filesystem.lstat(path)
        seen = filesystem.seen(path)
        if path != "/" and status and seen and not seen.missing:
            file = filesystem.file(path)
            told[path[1:]] = "dir" if status.kind is Kind.DIRECTORY else file.data.decode() if file else "?"
    expected = _applied(cleaned)
    # A whiteout's own parents may be implied; an unpacker makes them too.
    assert {path: what for path, what in told.items() if path in expected or what != "dir"} == expected
