# SPDX-License-Identifier: MIT
"""What is at a path of a machine: as Linux finds it, in a directory taken as its root, and never
outside.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criulint.host.filesystem import Kind, resolve_path
from criulint.host.local import Directory, Host, Root
from tests.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="CRIU's machines have Linux's paths"
)

# Linux include/uapi/linux/openat2.h; the number is the same for all architectures.
_OPENAT2, _RESOLVE_IN_ROOT = 437, 0x10


def _kernel(root: int, path: str) -> str | int:
    """Where the kernel goes for a path if the directory of the descriptor is ``/``: the path
    from there, or the errno.
    """
    how = (ctypes.c_uint64 * 3)(os.O_PATH, 0, _RESOLVE_IN_ROOT)
    libc = ctypes.CDLL(None, use_errno=True)
    error = errno.EAGAIN  # whenever anything on the machine is renamed meanwhile
    while error == errno.EAGAIN:
        opened = libc.syscall(
            _OPENAT2, root, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how)
        )
        error = ctypes.get_errno() if opened < 0 else 0
    if error:
        return error
    found, top = (os.readlink(f"/proc/self/fd/{descriptor}") for descriptor in (opened, root))
    os.close(opened)
    return found.removeprefix(top) or "/"


_NAMES = st.sampled_from(["a", "b", "c", "d"])
_PATHS = st.builds(
    lambda top, names, end: top + "/".join(names) + end,
    st.sampled_from(["/", "", "../"]),
    st.lists(st.sampled_from(["a", "b", "c", "d", "..", ".", ""]), min_size=1, max_size=5),
    st.sampled_from(["", "", "/"]),
).filter(bool)
_TREES = st.lists(
    st.tuples(st.lists(_NAMES, min_size=1, max_size=3), st.none() | st.just("file") | _PATHS),
    max_size=12,
)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux")
@settings(max_examples=150)
@given(_TREES, st.lists(_PATHS, min_size=1, max_size=6))
def test_paths_lead_where_linux_goes(
    tree: list[tuple[list[str], str | None]], paths: list[str]
) -> None:
    root = Path(tempfile.mkdtemp())
    descriptor = os.open(root, os.O_RDONLY)
    try:
        if _kernel(descriptor, "/") != "/":
            pytest.skip("no openat2 here")
        for names, what in tree:
            place = Path(os.path.realpath(root)).joinpath(*names)
            try:
                if what is None:
                    place.mkdir()
                elif what == "file":
                    place.touch(exist_ok=False)
                else:
                    place.symlink_to(what)
            except OSError:
                continue  # its directory is not there, or a link that leads out of the root
        machine = Directory(str(root))
        for path in paths:
            seen = resolve_path(machine, f"/{path}")
            assert seen
            found = seen.status.error if seen.missing else seen.path
            assert found == _kernel(descriptor, f"/{path}")
    finally:
        os.close(descriptor)
        shutil.rmtree(root)


def test_links_never_leave_the_root(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("", encoding="utf-8")
    root = tmp_path / "root"
    root.mkdir()
    for name, target in (
        ("up", "../secret"),
        ("far", "../../../../../../.."),
        ("absolute", str(tmp_path / "secret")),
    ):
        (root / name).symlink_to(target)
    machine = Directory(str(root))
    for path in ("/up", "/absolute", "/../secret", f"/far{tmp_path}/secret"):
        seen = resolve_path(machine, path)
        assert seen and seen.missing
    far = resolve_path(machine, "/far")
    assert far and far.path == "/"


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda path: path.write_bytes(b"x"), Kind.FILE),
        (lambda path: path.mkdir(), Kind.DIRECTORY),
        (lambda path: os.mkfifo(path), Kind.OTHER),
        (lambda path: path.symlink_to("/dev/null"), Kind.MISSING),
        (lambda path: path.symlink_to("thing"), Kind.MISSING),
        (lambda path: None, Kind.MISSING),
    ],
)
def test_kinds(make: Callable[[Path], object], kind: Kind, tmp_path: Path) -> None:
    make(tmp_path / "thing")
    seen = resolve_path(Directory(str(tmp_path)), "/thing")
    assert seen and seen.status.kind is kind


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/file/x", errno.ENOTDIR),
        ("/file/", errno.ENOTDIR),
        ("/gone/x", errno.ENOENT),
        ("/loop", errno.ELOOP),
        ("/loop/x", errno.ELOOP),
        ("/" + "x" * 300, errno.ENAMETOOLONG),
        ("/x" * 3000, errno.ENAMETOOLONG),
        ("/dir/" * 1000, errno.ENAMETOOLONG),
    ],
)
def test_messages_of_linux_for_paths_that_lead_nowhere(
    path: str, error: int, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    seen = resolve_path(Directory(str(tmp_path)), path)
    assert seen and seen.missing and seen.status.error == error


@pytest.mark.parametrize("path", ["/a\0b", "relative", "", "/\udcff\udcfe"])
def test_odd_names_are_harmless(path: str, tmp_path: Path) -> None:
    seen = resolve_path(Directory(str(tmp_path)), path)
    assert seen is None or seen.missing


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9"
    try:
        Path(os.fsdecode(raw)).write_bytes(b"#!/bin/sh\n")
    except OSError:
        pytest.skip("the file system takes no such name")
    machine = Directory(str(tmp_path))
    seen = resolve_path(machine, "/caf\udce9")
    assert seen and seen.status.kind is Kind.FILE
    assert machine.listdir("/") == ["caf\udce9"]
    assert machine.read_head(seen.path, 2) == b"#!"


def test_pipes_and_links_are_not_waited_for_nor_followed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "file").write_bytes(b"x")
    machine = Directory(str(tmp_path))
    assert not machine.read_head("/pipe", 10)
    assert machine.read_head("/link", 10) is None
    assert machine.read_head("/gone", 10) is None
    assert machine.listdir("/gone") is None


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may look everywhere"
)
def test_what_may_not_be_looked_at_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    try:
        assert resolve_path(Directory(str(tmp_path)), "/closed/x") is None
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_listing_is_a_machine() -> None:
    machine = Listing(
        ["1777 /tmp/", "0640 1:2 /etc/key", "/etc/link -> key", "0755 /bin/x: #!/bin/sh"]
    )
    link = resolve_path(machine, "/etc/../etc/link")
    assert link and link.path == "/etc/key" and link.status[1:4] == (0o640, 1, 2)
    assert [path for path, _ in link.traversed] == ["/", "/", "/etc", "/etc/link", "/etc"]
    tmp = resolve_path(machine, "/tmp/")
    assert tmp and tmp.status.kind is Kind.DIRECTORY and tmp.status.mode == 0o1777
    assert sorted(machine.listdir("/") or ()) == ["bin", "etc", "tmp"]
    assert machine.read_head("/bin/x", 100) == b"#!/bin/sh\n"


def test_files_of_a_root_are_found_through_its_links(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "etc/criu").mkdir(parents=True)
    (root / "usr/share").mkdir(parents=True)
    (root / "usr/share/criu.conf").write_text("tcp-close\n", encoding="utf-8")
    (root / "etc/criu/default.conf").symlink_to("/usr/share/criu.conf")
    (root / "etc/criu/runc.conf").symlink_to("../../usr/share/criu.conf")
    (root / "etc/criu/crun.conf").symlink_to("/gone")
    machine = Root(str(root))
    assert machine.files() == [str(root / "usr/share/criu.conf"), str(root / "etc/criu/runc.conf")]
    assert [machine.locate(path).path for path in machine.files()] == [
        "/etc/criu/default.conf",
        "/etc/criu/runc.conf",
    ]


def test_place_of_a_file(tmp_path: Path) -> None:
    inside = tmp_path / "root/opt/x.conf"
    inside.parent.mkdir(parents=True)
    inside.touch()
    (tmp_path / "root.conf").touch()
    machine = Root(str(tmp_path / "root"))
    assert machine.locate(str(inside)).path == "/opt/x.conf"
    assert machine.locate(str(tmp_path / "root.conf")).path is None
    assert machine.locate("<stdin>").path is None


def test_host_is_around_its_own_files_only(tmp_path: Path) -> None:
    for name in ("home/.criu/default.conf", "checkout/etc/criu/default.conf"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    host = Host({"HOME": str(tmp_path / "home")})
    own = str(tmp_path / "home/.criu/default.conf")
    assert own in host.files()
    found = host.locate(own)
    assert found and found.path == own and found.file_system.running
    assert host.locate(str(tmp_path / "checkout/etc/criu/default.conf")) is None
    assert host.locate("<stdin>") is None


def test_files_of_the_host_are_those_that_exist(tmp_path: Path) -> None:
    paths = [tmp_path / "home/.criu/default.conf", tmp_path / "other.conf"]
    paths[0].parent.mkdir(parents=True)
    environment = {"HOME": str(tmp_path / "home"), "CRIU_CONFIG_FILE": str(tmp_path / "other.conf")}
    for count in (0, 1, 2):
        for path in paths[:count]:
            path.touch()
        files = [file for file in Host(environment).files() if file.startswith(str(tmp_path))]
        assert files == [str(path) for path in paths[:count]]
