# SPDX-License-Identifier: MIT
"""The view of the layers, compared with a simple unpacker and with umoci."""

from __future__ import annotations

import io
import os
import random
import shutil
import stat
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criulint.host.filesystem import Kind
from criulint.image import ImageError
from criulint.image.blob import Blob
from criulint.image.budget import Budget, Limits
from criulint.image.filesystem import ImageLayer, LayeredFileSystem, LayerReader
from criulint.image.images import open_images
from criulint.image.reference import parse_reference
from tests.image.checks import (
    BAD_FILE,
    check_image,
)
from tests.image.make import (
    compressed,
    digest,
    image,
    member,
    tar,
)
from tests.image.tools import needs, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from criulint.image.layer import EntryContent

pytestmark = pytest.mark.usefixtures("no_leftovers")


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
    """Return the view with the contents of all files."""
    reader = _reader(layers)
    view = reader.read()
    files = [
        path for path in view.names() if (status := view.lstat(path)) and status.kind is Kind.FILE
    ]
    reader.reread([path for path in files if not view.file(path)])
    return view


def _reader(
    layers: list[ImageLayer], budget: Budget | None = None, *, is_wanted: bool = True
) -> LayerReader:
    budget = budget or Budget(Limits())
    return LayerReader(layers, budget, lambda _: is_wanted, lambda _: None, lambda _: None)


def _text(filesystem: LayeredFileSystem, path: str) -> str | None:
    """Return what ``cat`` would print, following links."""
    seen = filesystem.resolve(path)
    file = filesystem.file(seen.path) if seen and seen.status.kind is Kind.FILE else None
    return file.data.decode() if file else None


_DEEP = "/c/" + "/".join(["x" * 200] * 20)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([member("l", link="l"), member("l/a", "1")], "links lead in a circle"),
        ([member("l", link="m"), member("m", link="l"), member("l/a")], "links lead in a circle"),
        ([member("l", link="m"), member("m", link="l"), member("a", hard="l/a")], "in a circle"),
        ([member("a", link="a/b"), member("a/c")], "links lead in a circle"),
        (
            [member("a", link="b"), member("b", link=".." + _DEEP), member("a/" + "y" * 200)],
            "more than 4096 bytes",
        ),
    ],
)
def test_paths_that_the_kernel_refuses(members: list[Any], message: str) -> None:
    """Nothing can unpack these."""
    with pytest.raises(ImageError, match=message):
        _filesystem(tar(members))


@pytest.mark.parametrize(("count", "follows"), [(40, True), (41, False)])
def test_as_many_links_are_followed_as_the_kernel_follows(count: int, follows: bool) -> None:
    links = [member(f"l{number}", link=f"l{number + 1}") for number in range(count)]
    members = [*links, member(f"l{count}/"), member("l0/a", "1")]
    if follows:
        assert _text(_filesystem(tar(members)), f"/l{count}/a") == "1"
    else:
        with pytest.raises(ImageError, match="links lead in a circle"):
            _filesystem(tar(members))


@pytest.mark.parametrize(
    ("members", "path"),
    [
        # `..` after a link leads out of what the link leads to.
        ([member("l", link="d/e"), member("m", link="l/../f"), member("m/a", "1")], "/d/f/a"),
        ([member("d/l", link="/x"), member("d/"), member("d/l/a", "1")], "/x/a"),
        ([member("l", link="./d/./e"), member("l/a", "1")], "/d/e/a"),
        # `..` in a link leads out of a directory with links, too.
        (
            [member("d/l", link="/x"), member("m", link="d/../e"), member("m/l/a", "1")],
            "/e/l/a",
        ),
    ],
)
def test_links_are_followed_as_the_kernel_does(members: list[Any], path: str) -> None:
    assert _text(_filesystem(tar(members)), path) == "1"


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
        # Below a link of the same layer.
        ([[member("d/"), member("l", link="d"), member("l/a", "1")]], "/d/a", "1"),
        ([[member("etc", link="/usr/etc"), member("etc/a", "1")]], "/usr/etc/a", "1"),
        ([[member("etc", link="/usr/etc"), member("etc/a", "1")]], "/etc/a", "1"),
        ([[member("l", link="m"), member("m", link="d"), member("l/x/a", "1")]], "/d/x/a", "1"),
        ([[member("l", link="d"), member("l/"), member("l/a", "1")]], "/d/a", None),
        ([[member("l", link="d"), member("l/"), member("l/a", "1")]], "/l/a", "1"),
        ([[member("d/a", "1")], [member("l", link="d"), member("l/.wh.a")]], "/d/a", None),
        ([[member("d/a", "1"), member("l", link="d"), member("b", hard="l/a")]], "/b", "1"),
        ([[member("l", link="../../../d"), member("l/a", "1")]], "/d/a", "1"),
        # What replaces a directory replaces the links in it, too.
        *(
            ([[member("d/l", link="/x"), other, member("d/"), member("d/l/a", "1")]], "/x/a", None)
            for other in (member("d", link="/y"), member("d", "2"))
        ),
        # A new root.
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
def test_visible_files(layers: list[list[Any]], path: str, text: str | None) -> None:
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


def test_lower_directory_keeps_its_mode_below_upper_files() -> None:
    filesystem = _filesystem(tar([member("d/", mode=0o1777, uid=5)]), tar([member("d/a")]))
    status = filesystem.lstat("/d")
    assert status
    assert (status.mode, status.uid) == (0o1777, 5)


def test_file_knows_its_layer() -> None:
    filesystem = _filesystem(
        tar([member("a", "1")]), tar([member("b", "2")]), tar([member("a", "3")])
    )
    reported = {path: file.layer for path in ("/a", "/b") if (file := filesystem.file(path))}
    assert reported == {"/a": 3, "/b": 2}


@pytest.mark.parametrize(
    "later",
    [
        member("a/"),
        member("a", link="b"),
        member("a", hard="nowhere"),
        member("a", kind=tarfile.CHRTYPE),
        member("a", "x" * (Limits().file + 1)),
    ],
)
def test_what_a_later_entry_replaces_has_no_content(later: Any) -> None:
    layers = [_layer(1, tar([member("a", "#!/bin/sh\n", mode=0o755), later]))]
    assert _reader(layers).read().file("/a") is None
    assert _reader(layers, is_wanted=False).read().read_head("/a", 2) is None


def test_a_file_with_a_reader_is_read_by_it_and_not_kept() -> None:
    found: list[tuple[str, int, bytes]] = []

    def find_reader(path: str) -> Callable[[EntryContent, int], None] | None:
        def read(content: EntryContent, size: int) -> None:
            found.append((path, size, content.read(size + 1)))

        return read if path.startswith("/r/") else None

    members = [
        member("r/file", "1"),
        member("r/directory/"),
        member("r/link", link="file"),
        member("r/device", kind=tarfile.CHRTYPE),
        member("r/name", hard="kept"),
        member("kept", "23"),
    ]
    layers = [_layer(1, tar(members))]
    arguments = (Budget(Limits()), lambda path: path == "/kept", find_reader, lambda _: None)
    view = LayerReader(layers, *arguments).read()
    assert found == [("/r/file", 1, b"1"), ("/r/name", 2, b"23")]
    assert (view.file("/r/file"), view.file("/kept")) == (None, (b"23", 1))
    assert view.removed == []
    # The files with a reader that are gone are known, and no others.
    layers.append(_layer(2, tar([member(".wh.r"), member(".wh.kept")])))
    removed = LayerReader(layers, *arguments).read().removed
    assert sorted(removed) == ["/r/device", "/r/file", "/r/link", "/r/name"]


def test_the_first_bytes_of_files_that_can_run_are_kept() -> None:
    members = [
        member("kept", "12345"),
        member("script", "#!/bin/sh\nexit\n", mode=0o700),
        member("endless", "#!" + "x" * 500, mode=0o001),
        member("program", b"\x7fELF" + b"x" * 500, mode=0o010),
        member("library.so", "y" * 500),
        member("text", "12345"),
        member("d/"),
    ]
    reader = LayerReader(
        [_layer(1, tar(members))],
        Budget(Limits()),
        lambda path: path == "/kept",
        lambda _: None,
        lambda _: None,
    )
    view = reader.read()
    assert {path: view.read_head(path, 300) for path in view.names()} == {
        "/": None,
        "/d": None,
        "/text": None,
        "/kept": b"12345",
        "/script": b"#!/bin/sh\n",
        "/endless": b"#!" + b"x" * 254,
        "/program": b"\x7fELF" + b"x" * 12,
        "/library.so": b"y" * 16,
    }
    assert view.read_head("/kept", 2) == b"12"
    assert view.read_head("/script", 2) == b"#!"


@pytest.mark.parametrize(("first_line", "fits"), [("#!/{0:0250}", False), ("#!/{1:0250}", True)])
def test_equal_first_lines_are_kept_once(first_line: str, fits: bool) -> None:
    members = [
        member(f"{number:03}", first_line.format(number, 0) + "\n", mode=0o755)
        for number in range(100)
    ]
    budget = Budget(Limits(memory=100 * 600))
    reader = _reader([_layer(1, tar(members))], budget, is_wanted=False)
    if fits:
        reader.read()
    else:
        with pytest.raises(ImageError, match="more than 60000 bytes of memory"):
            reader.read()


@pytest.mark.parametrize(("depths", "fits"), [([50, 50, 50], True), ([150], False)])
def test_directories_that_are_hidden_take_memory_only_while_their_layer_is_read(
    depths: list[int], fits: bool
) -> None:
    lower = [
        _layer(number, tar([member(f"d/{number}/" + "x/" * depth + "a")]))
        for number, depth in enumerate(depths, 1)
    ]
    upper = _layer(len(depths) + 1, tar([member("d/.wh..wh..opq")]))
    reader = _reader([*lower, upper], Budget(Limits(memory=50_000)))
    if fits:
        assert set(reader.read().names()) == {"/", "/d"}
    else:
        with pytest.raises(ImageError, match="more than 50000 bytes of memory"):
            reader.read()


@pytest.mark.parametrize(
    ("path", "layer"), [("/a", 2), ("/d/b", 3), ("/d", 0), ("/c", 0), ("/", 0)]
)
def test_the_last_layer_that_removed_a_path(path: str, layer: int) -> None:
    view = _filesystem(
        tar([member("a"), member("d/b"), member("d/.wh..wh..opq")]),
        tar([member(".wh.a")]),
        tar([member("d/.wh..wh..opq")]),
        tar([member("a")]),
    )
    assert view.find_removal(path) == layer


@pytest.mark.parametrize(("length", "follows"), [(4096, True), (4097, False)])
def test_paths_are_followed_up_to_the_length_that_the_kernel_allows(
    length: int, follows: bool
) -> None:
    name = "y" * (length - len(f"{_DEEP}/"))
    layer = tar([member("l", link=_DEEP), member(f"l/{name}", "1")])
    if follows:
        assert _filesystem(layer).has(f"{_DEEP}/{name}")
    else:
        with pytest.raises(ImageError, match="more than 4096 bytes"):
            _filesystem(layer)


def _spend(layers: list[list[Any]], use: Callable[[LayeredFileSystem], object]) -> Budget:
    """Return what is left of a budget after layers were read, and their view was used."""
    budget = Budget(Limits())
    use(
        _reader([_layer(number, tar(each)) for number, each in enumerate(layers, 1)], budget).read()
    )
    return budget


def _ignore(_: LayeredFileSystem) -> None:
    pass


_WIDE = [[member(f"{number:03}") for number in range(100)]]
_HIGH = [[member("d/.wh..wh..opq")]]


@pytest.mark.parametrize(
    ("kind", "cheap", "dear", "use", "least"),
    [
        # What is read: each name of an entry, each whiteout, each directory.
        ("entries", [[]], [[member(f".wh.{n}") for n in range(100)]], _ignore, 100),
        ("entries", [[]], [[member(f"{n}/.wh..wh..opq") for n in range(100)]], _ignore, 100),
        ("memory", [[member("l" * 9)]], [[member("l" * 99)]], _ignore, 90),
        ("memory", [[member("l", link="x")]], [[member("l", link="x" * 91)]], _ignore, 90),
        ("memory", [[member("l", hard="x")]], [[member("l", hard="x" * 91)]], _ignore, 90),
        ("memory", [[member("a")]], [[member("x/" * 100 + "a")]], _ignore, 40_000),
        ("work", [[member("a")]], [[member("x/" * 100 + "a")]], _ignore, 400),
        ("work", [[member("a")], *_HIGH], [[member("d/" * 100 + "a")], *_HIGH], _ignore, 400),
        ("memory", [[member("l")]], [[member("l", link="x")]], _ignore, 350),
        # What a later layer replaced.
        (
            "memory",
            [[member("a")], [member("b", "2")]],
            [[member("a")], [member("a", "2")]],
            _ignore,
            120,
        ),
        # What is looked up.
        ("work", [[]], [[]], lambda view: view.lstat("/" + "x" * 6400), 100),
        ("work", [[]], [[]], lambda view: view.find_removal("/" + "x/" * 100), 100),
        ("memory", _WIDE, _WIDE, lambda view: view.listdir("/gone"), 12_000),
        ("work", _WIDE, _WIDE, lambda view: view.listdir("/"), 100),
        ("work", _WIDE, _WIDE, lambda view: [view.listdir("/gone") for _ in range(9)], 9),
    ],
)
def test_what_takes_memory_and_work_is_charged(
    kind: str,
    cheap: list[list[Any]],
    dear: list[list[Any]],
    use: Callable[[LayeredFileSystem], object],
    least: int,
) -> None:
    before, after = _spend(cheap, _ignore), _spend(dear, use)
    assert getattr(before, f"_{kind}") - getattr(after, f"_{kind}") >= least


def test_each_name_on_the_way_through_a_link_is_work() -> None:
    left = []
    for depth in (1, 101):
        budget = Budget(Limits())
        members = [member("l", link="x/" * depth), *(member(f"l/{name}") for name in range(10))]
        _reader([_layer(1, tar(members))], budget).read()
        left.append(budget._work)
    assert 10 * 100 <= left[0] - left[1] < 20 * 100


def test_a_hard_link_in_the_layer_of_its_file_needs_no_second_look() -> None:
    layer = _layer(1, tar([member("a", "1"), member("b", hard="a"), member("a/c", hard="b")]))
    view = _reader([layer]).read()
    assert (view.file("/b"), view.file("/a/c")) == ((b"1", 1), (b"1", 1))


def test_hidden_layers_are_not_read() -> None:
    """Layers below a new root, and the same layer again, may even be missing."""
    top = tar([member(".wh..wh..opq"), member("a", "1")])
    gone = ImageLayer(1, Blob("sha256:0", 1, "", lambda: io.BytesIO(b"lies")), "sha256:0")
    assert whole_view([gone, _layer(2, top)]).file("/a")
    twice = tar([member("a", "1")])
    again = ImageLayer(1, Blob("sha256:0", 1, "", lambda: io.BytesIO(b"lies")), digest(twice))
    assert whole_view([again, _layer(2, tar([member("b")])), _layer(3, twice)]).file("/a") == (
        b"1",
        3,
    )


_NAME = st.sampled_from(["a", "b", "c"])


_PATH = st.lists(_NAME, min_size=1, max_size=3).map("/".join)


_ENTRY = st.tuples(st.sampled_from(["file", "file", "dir", "gone", "opaque", "hard"]), _PATH, _PATH)


_LAYERS = st.lists(st.lists(_ENTRY, max_size=6), min_size=1, max_size=4)


#: A kind, a path, and what a hard link leads to.
RandomEntry = tuple[str, str, str]


def _drop_impossible(layer: list[RandomEntry]) -> list[RandomEntry]:
    """Return a layer as tools write them: no path is two things, and parents are directories."""
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
    reported = [(kind, path, target) for path, (kind, target) in sorted(kinds.items())]
    # Targets come before hard links.
    return [*whiteouts, *sorted(reported, key=lambda entry: entry[0] == "hard")]


def apply_layers(layers: list[list[RandomEntry]]) -> tuple[list[list[RandomEntry]], dict[str, str]]:
    """Return the layers as tools write them, and what an unpacker leaves of them.

    path -> "dir", or the number of the layer that a file comes from.
    """
    tree: dict[str, str] = {}
    result = []

    def remove(path: str, *, itself: bool) -> None:
        for one in list(tree):
            if (itself and one == path) or one.startswith(f"{path}/"):
                del tree[one]

    for number, layer in enumerate(map(_drop_impossible, layers), 1):
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
    """Return a layer in which each file contains its number."""
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
def test_random_layers_match_an_unpacker(layers: list[list[RandomEntry]]) -> None:
    cleaned, expected = apply_layers(layers)
    filesystem = _filesystem(*(as_tar(layer, number) for number, layer in enumerate(cleaned, 1)))
    reported = {}
    for path in filesystem.names():
        status = filesystem.lstat(path)
        seen = filesystem.resolve(path)
        if path != "/" and status and seen and not seen.missing:
            file = filesystem.file(path)
            reported[path[1:]] = (
                "dir" if status.kind is Kind.DIRECTORY else file.data.decode() if file else "?"
            )
    # A whiteout's own parents may be implied; an unpacker makes them too.
    assert {
        path: what for path, what in reported.items() if path in expected or what != "dir"
    } == expected


def _view(reference: str) -> LayeredFileSystem:
    with open_images(parse_reference(reference), None, Limits()) as found:
        (one,) = found
        return whole_view(one.read().layers)


def _assert_same_as_unpacked(view: LayeredFileSystem, rootfs: Path) -> None:
    """Check that the view has the files of a directory, with the same attributes, and no others."""
    there = set()
    for directory, directories, files in os.walk(rootfs):
        for name in (*directories, *files):
            real = Path(directory) / name
            path = f"/{real.relative_to(rootfs)}"
            there.add(path)
            status, found = view.lstat(path), real.lstat()
            assert status, path
            assert status.mode == stat.S_IMODE(found.st_mode) or status.kind is Kind.LINK, path
            assert (status.uid, status.gid) == (found.st_uid, found.st_gid), path
            if real.is_symlink():
                assert (status.kind, status.target) == (Kind.LINK, os.readlink(real))
            elif real.is_dir():
                assert status.kind is Kind.DIRECTORY
            elif real.is_file():
                file = view.file(path)
                assert status.kind is Kind.FILE
                assert (
                    real.stat().st_size > Limits().file
                    if file is None
                    else file.data == real.read_bytes()
                ), path
    assert {path for path in view.names() if path != "/"} == there


@pytest.mark.programs
@pytest.mark.parametrize("kind", ["layers", "one"])
def test_built_image_matches_umoci(built: Path, kind: str, tmp_path: Path) -> None:
    needs("umoci")
    run("umoci", "unpack", "--image", f"{built / kind}:v1", tmp_path / "bundle")
    _assert_same_as_unpacked(_view(f"oci:{built / kind}:v1"), tmp_path / "bundle" / "rootfs")


@pytest.mark.programs
@pytest.mark.parametrize("seed", range(12))
def test_random_layers_match_umoci(seed: int, tmp_path: Path) -> None:
    needs("umoci")
    if os.geteuid() != 0:
        pytest.skip("umoci keeps owners only as root")
    chance = random.Random(seed)
    layers = []
    for _ in range(chance.randint(1, 5)):
        entries = [
            (
                chance.choice(["file", "file", "dir", "gone", "opaque", "hard"]),
                "/".join(chance.choices("abc", k=chance.randint(1, 3))),
                "/".join(chance.choices("abc", k=chance.randint(1, 3))),
            )
            for _ in range(chance.randint(1, 8))
        ]
        layers.append(entries)
    cleaned, expected = apply_layers(layers)
    layout = tmp_path / "layout"
    image(*(as_tar(layer, number) for number, layer in enumerate(cleaned, 1))).oci(layout, "v1")
    run("umoci", "unpack", "--image", f"{layout}:v1", tmp_path / "bundle")
    view = _view(f"oci:{layout}:v1")
    _assert_same_as_unpacked(view, tmp_path / "bundle" / "rootfs")
    assert {path[1:] for path in view.names() if path != "/"} == set(expected)


@pytest.mark.programs
def test_whiteouts_and_links_of_umoci(tmp_path: Path) -> None:
    """A layer made of changes on disk.

    These are removed files, a replaced directory, hard links and odd modes.
    """
    needs("umoci")
    if os.geteuid() != 0:
        pytest.skip("umoci keeps owners only as root")
    layout, bundle = tmp_path / "layout", tmp_path / "bundle"
    first = [
        member("etc/criu/runc.conf", "x"),
        member("d/a", "1"),
        member("d/b/c", "2"),
        member("e/f", "3"),
        member("g", "4"),
    ]
    image(first).oci(layout, "v1")
    run("umoci", "unpack", "--image", f"{layout}:v1", bundle)
    rootfs = bundle / "rootfs"
    (rootfs / "etc" / "criu" / "runc.conf").unlink()
    shutil.rmtree(rootfs / "d")
    (rootfs / "d").write_text("now a file", encoding="utf-8")
    os.link(rootfs / "g", rootfs / "e" / "hard")
    (rootfs / "e").chmod(0o1777)
    (rootfs / "l").symlink_to("/e/f")
    os.chown(rootfs / "g", 12, 34)
    run("umoci", "repack", "--image", f"{layout}:v2", bundle)
    run("umoci", "unpack", "--image", f"{layout}:v2", tmp_path / "again")
    _assert_same_as_unpacked(_view(f"oci:{layout}:v2"), tmp_path / "again" / "rootfs")


def test_empty_layer(tmp_path: Path) -> None:
    layout = image(tar([])).oci(tmp_path / "layout", "v1")
    assert list(_view(f"oci:{layout}:v1").names()) == ["/"]


@pytest.mark.parametrize(
    "extra",
    [
        [member("../../../../tmp/evil", "x"), member("/../etc/criu/../../x", "x")],
        [member("etc/passwd", link="/etc/shadow"), member("root", link="/root")],
        [member("loop", link="loop"), member("a", link="b"), member("b", link="a")],
        [member("etc/criu/default.conf", link="../../../../../../../../etc/hostname")],
        [member("etc/criu/default.conf", link="/proc/self/environ")],
        [member("x", hard="/etc/passwd"), member("y", hard="../../etc/shadow")],
        [
            member("dev/mem", kind=tarfile.CHRTYPE),
            member("dev/sda", kind=tarfile.BLKTYPE),
            member("p", kind=tarfile.FIFOTYPE),
        ],
        [member("etc/criu/default.conf", kind=tarfile.FIFOTYPE)],
        [member("etc/criu/default.conf/"), member("etc/criu/default.conf/x.conf", "y")],
        [member("odd\n\x1b[31mname", "x"), member("b\udcffd", "x"), member("a" * 200, "x")],
        [member("x", "y")] * 50,
        [member("/".join(["d"] * 1500), "x")],
        [member("setuid", "x", mode=0o7777, uid=2**40)],
        [member("weird", "x", kind=b"Z")],
    ],
)
def test_harmless_oddities(
    extra: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Entries that are dangerous to unpack are harmless here, and the bad line is found."""
    made = image([BAD_FILE, *extra])
    status, out, _ = check_image(capsys, made.oci(tmp_path / "i"))
    assert status == 1
    assert out.splitlines()[0].count("CRIU106") == 1


def test_links_stay_inside_of_the_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = tmp_path / "outside.conf"
    outside.write_text("nonsense\n", encoding="utf-8")
    made = image(
        [
            member("etc/criu/runc.conf", link=f"../../../../../..{outside}"),
            member("etc/criu/default.conf", link=str(outside)),
        ]
    )
    assert check_image(capsys, made.oci(tmp_path / "i"))[:2] == (0, "")
    tree = tmp_path / "tree" / "etc" / "criu"
    tree.mkdir(parents=True)
    (tree / "runc.conf").symlink_to(outside)
    assert check_image(capsys, f"dir:{tmp_path / 'tree'}")[:2] == (0, "")
