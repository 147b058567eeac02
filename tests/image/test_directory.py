# SPDX-License-Identifier: MIT
"""Root file systems and bundles."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main
from criulint.image.budget import Limits
from criulint.image.directory import inspect_directory
from criulint.image.reference import parse_reference
from tests.image.checks import (
    EXPECTED_FINDINGS,
    find_in_image,
)
from tests.image.make import (
    STATUS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def _make_tree(directory: Path) -> Path:
    for name, text in {
        "etc/criu/default.conf": "ghost-limit 10m\n",
        "etc/passwd": "u:x:1:1::/home/u:/bin/sh\n",
        "home/u/.criu/default.conf": "port 0\n",
        "opt/my.conf": "nonsense\n",
        "var/lib/dpkg/status": STATUS.format("4.1.1-1"),
    }.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    return directory


def test_root_file_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = _make_tree(tmp_path / "rootfs")
    expected = [(path, code, 0) for path, code, _ in EXPECTED_FINDINGS[:3]]
    assert find_in_image(capsys, f"dir:{tree}") == expected
    assert find_in_image(capsys, tree) == expected


def test_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _make_tree(tmp_path / "rootfs")
    document = {
        "root": {"path": "rootfs"},
        "process": {"env": ["A=b"]},
        "annotations": {"org.criu.config": "/opt/my.conf"},
    }
    (tmp_path / "config.json").write_text(json.dumps(document), encoding="utf-8")
    expected = [(path, code, 0) for path, code, _ in EXPECTED_FINDINGS[:4]]
    assert find_in_image(capsys, f"bundle:{tmp_path}") == expected
    assert find_in_image(capsys, tmp_path) == expected


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"root": {"path": "nonexistent"}}', "/nonexistent: No such file or directory"),
        ('{"root": {"path": "/nonexistent"}}', "/nonexistent is outside of the bundle"),
        ('{"root": {"path": "../other"}}', "../other is outside of the bundle"),
        ('{"root": {"path": "rootfs/../../bundle2"}}', "is outside of the bundle"),
        ('{"root": {"path": "link"}}', "link is outside of the bundle"),
        ('{"root": {"path": "."}}', "is outside of the bundle"),
        ('{"root": {"path": "a\\u0000b"}}', "is not a path"),
        ('{"root": 1, "process": {"env": 2, "cwd": 3}, "annotations": []}', None),
        ("[" * 100_000, "is not JSON"),
        (" " * (9 << 20), "more than 8388608 bytes"),
        (None, "is not a file"),
    ],
)
def test_malicious_bundle(
    document: str | None, message: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if document is None and not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    bundle = tmp_path / "bundle"
    for tree in (bundle / "rootfs", tmp_path / "other"):
        (tree / "etc" / "criu").mkdir(parents=True)
        (tree / "etc" / "criu" / "runc.conf").write_text("nonsense\n", encoding="utf-8")
    (bundle / "link").symlink_to("/")
    if document is None:
        os.mkfifo(bundle / "config.json")
    else:
        (bundle / "config.json").write_text(document, encoding="utf-8")
    assert main(["image", "-q", "--format", "concise", f"bundle:{bundle}"]) == (2 if message else 1)
    captured = capsys.readouterr()
    assert (message or "") in captured.err
    assert ("nonsense" in captured.out) == (message is None)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "directory", "dangling", "loop"])
@pytest.mark.parametrize(
    "path",
    [
        *("etc/criu/runc.conf", "etc/passwd", "var/lib/dpkg/status", "usr/bin/criu"),
        *("var/lib/rpm/rpmdb.sqlite", "var/lib/pacman/local", "etc/criu", "root"),
    ],
)
def test_what_is_not_a_file_is_not_opened(
    path: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "t"
    odd = tree / path
    odd.parent.mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(odd)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made, _working_directory(odd.parent):
            made.bind(odd.name)
    elif kind == "device":
        if os.geteuid() != 0:
            pytest.skip("only root makes devices")
        os.mknod(odd, 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    elif kind == "directory":
        odd.mkdir()
    else:
        odd.symlink_to("gone" if kind == "dangling" else odd.name)
    (tree / "home/.criu").mkdir(parents=True)
    assert main(["image", "-q", "--isolated", f"dir:{tree}"]) in (0, 1)
    assert capsys.readouterr().err == ""


@contextmanager
def _working_directory(path: Path) -> Iterator[None]:
    """Enter a directory: the path of a socket must be short."""
    before = Path.cwd()
    os.chdir(path)
    yield
    os.chdir(before)


@pytest.mark.parametrize(
    "path",
    ["usr/bin/criu", "var/lib/dpkg/status", "var/lib/rpm/rpmdb.sqlite", "lib/apk/db/installed"],
)
def test_huge_sparse_files(path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = _make_tree(tmp_path / "t")
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    (tree / path).touch()
    os.truncate(tree / path, 1 << 42)
    assert main(["image", "-q", "--isolated", f"dir:{tree}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"/{path} has 4398046511104 bytes" in line
    assert line.endswith("(--limit searched=N allows more)")


def test_huge_sparse_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = _make_tree(tmp_path / "t")
    os.truncate(tree / "etc/criu/default.conf", 1 << 42)
    assert main(["image", "-q", "--isolated", f"dir:{tree}"]) == 2
    assert "more than 262144 bytes (--limit file=N allows more)" in capsys.readouterr().err


def test_unreadable_files(tmp_path: Path) -> None:
    """Root without the capability to read everything meets unreadable files and directories."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root can lay down its rights")
    tree = _make_tree(tmp_path / "rootfs")
    (tree / "root").mkdir(mode=0)
    (tree / "etc" / "criu" / "default.conf").chmod(0)
    command = [
        "setpriv",
        "--bounding-set=-dac_override,-dac_read_search",
        sys.executable,
        "-m",
        "criulint",
        "image",
        f"dir:{tree}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    hidden = [
        line for line in done.stderr.splitlines() if "cannot be read: Permission denied" in line
    ]
    assert [line.split()[3] for line in hidden] == [
        "/root/.criu/default.conf",
        "/etc/criu/default.conf",
    ]
    assert "/home/u/.criu/default.conf:1:6\n" in done.stdout


def test_a_hole_is_no_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "image.tar"
    with file.open("wb") as sparse:
        sparse.truncate(64 << 30)
    assert main(["image", f"docker-archive:{file}"]) == 2
    assert "is a sparse file" in capsys.readouterr().err


def test_homes_behind_the_same_links_are_looked_at_once(tmp_path: Path) -> None:
    links = ["/home", *(f"/home/l{number}" for number in range(38))]
    (tmp_path / "home").mkdir()
    for target, link in pairwise(links):
        (tmp_path / link.lstrip("/")).symlink_to(target)
    homes = "".join(f"u{n}:x:1:1::/home/l37/u{n}:/bin/sh\n" for n in range(200))
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(homes, encoding="utf-8")
    inspect_directory(parse_reference(f"dir:{tmp_path}"), Limits(work=200_000))
