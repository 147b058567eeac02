# SPDX-License-Identifier: MIT
"""Reading below a directory, where links lead nowhere."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from criulint.host.rooted import RootedFiles

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="walking by descriptors needs Linux"
)


@pytest.fixture
def root(tmp_path: Path) -> RootedFiles:
    (tmp_path / "secret").write_bytes(b"secret")
    inside = tmp_path / "root"
    (inside / "etc/criu").mkdir(parents=True)
    (inside / "etc/criu/default.conf").write_bytes(b"tcp-close\n")
    (inside / "etc/out").symlink_to(tmp_path)
    (inside / "etc/file").symlink_to("../../secret")
    (inside / "etc/own").symlink_to("criu")
    os.mkfifo(inside / "pipe")
    return RootedFiles(os.fsencode(inside))


def test_reading(root: RootedFiles) -> None:
    assert root.read(b"/etc/criu/default.conf", 3) == b"tcp"
    assert root.read(b"/etc/criu/default.conf", 100) == b"tcp-close\n"
    assert sorted(root.listdir(b"/")) == [b"etc", b"pipe"]
    assert root.listdir(b"/etc/criu") == [b"default.conf"]


def test_looking(root: RootedFiles) -> None:
    status, link = root.lstat(b"/etc/criu")
    assert (stat.S_ISDIR(status.st_mode), link) == (True, b"")
    status, link = root.lstat(b"/etc/file")
    assert (stat.S_ISLNK(status.st_mode), link) == (True, b"../../secret")
    assert stat.S_ISFIFO(root.lstat(b"/pipe")[0].st_mode)
    assert stat.S_ISDIR(root.lstat(b"/")[0].st_mode)


@pytest.mark.parametrize("path", [b"/etc/out/secret", b"/etc/own/default.conf", b"/etc/file"])
def test_no_link_is_followed(path: bytes, root: RootedFiles) -> None:
    with pytest.raises(OSError, match=r"symbolic|directory"):
        root.read(path, 10)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        (b"/none", FileNotFoundError),
        (b"/none/below", FileNotFoundError),
        (b"/etc/criu/default.conf/x", NotADirectoryError),
    ],
)
def test_what_is_not_there(path: bytes, error: type[OSError], root: RootedFiles) -> None:
    with pytest.raises(error):
        root.read(path, 1)
    with pytest.raises(error):
        root.lstat(path)
    with pytest.raises(error):
        root.listdir(path)


@pytest.mark.parametrize("path", [b"/pipe", b"/etc"])
def test_only_regular_files_are_read(path: bytes, root: RootedFiles) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        root.read(path, 1)


def test_descriptors_are_closed(root: RootedFiles) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    root.read(b"/etc/criu/default.conf", 1)
    root.listdir(b"/etc/criu")
    root.lstat(b"/etc/criu/default.conf")
    for path in (b"/etc/criu/none", b"/etc/out/secret", b"/pipe"):
        with pytest.raises(OSError, match=r"No such|symbolic|regular|directory"):
            root.read(path, 1)
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_a_root_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        RootedFiles(os.fsencode(tmp_path / "none")).read(b"/a", 1)
