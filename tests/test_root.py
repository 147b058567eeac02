# SPDX-License-Identifier: GPL-2.0-only
"""A directory taken as ``/``: what is in it is found, and nothing leads out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from criulint.root import Root
from criulint.surroundings import Kind, Status


@pytest.fixture
def root(tmp_path: Path) -> Root:
    top = tmp_path / "top"
    (top / "usr/etc/criu").mkdir(parents=True)
    (top / "usr/etc/criu/default.conf").write_text("tcp-close\n", encoding="utf-8")
    (top / "usr/etc/criu/default.conf").chmod(0o640)
    (top / "etc").symlink_to("usr/etc")
    (top / "absolute").symlink_to("/usr/etc/criu")
    (top / "out").symlink_to("../secret")
    (top / "up").symlink_to("../../../../usr/etc")
    (top / "loop").symlink_to("loop")
    (top / "gone").symlink_to("nowhere")
    (tmp_path / "secret").write_text("no", encoding="utf-8")
    os.mkfifo(top / "pipe")
    return Root(str(top))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", Kind.DIRECTORY),
        ("/usr/etc/criu/default.conf", Kind.FILE),
        ("/etc/criu/default.conf", Kind.FILE),
        ("/absolute/default.conf", Kind.FILE),
        ("/up/criu", Kind.DIRECTORY),
        ("/../../usr", Kind.DIRECTORY),
        ("//usr/./etc/../etc/", Kind.DIRECTORY),
        ("/pipe", Kind.OTHER),
        ("/loop", Kind.UNKNOWN),
        ("/" + "a" * 5000, Kind.UNKNOWN),
        ("/a\0b", Kind.UNKNOWN),
        ("/out", None),
        ("/gone", None),
        ("/nowhere/at/all", None),
        ("/etc/criu/default.conf/below", None),
    ],
)
def test_what_is_at_a_path(root: Root, path: str, kind: Kind | None) -> None:
    status = root.stat(path)
    assert (status.kind if status else None) is kind


def test_permissions(root: Root) -> None:
    status = root.stat("/etc/criu/default.conf")
    assert status == Status(Kind.FILE, 0o640, os.geteuid(), os.getegid())


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("/etc/criu/default.conf", ["/", "/usr", "/usr/etc", "/usr/etc/criu"]),
        ("/etc/criu/new.log", ["/", "/usr", "/usr/etc", "/usr/etc/criu"]),
        ("/var/log/new.log", ["/"]),
        ("/usr", ["/"]),
        ("/", ["/"]),
    ],
)
def test_directories_above(root: Root, path: str, above: list[str]) -> None:
    assert [place for place, _ in root.parents(path)] == above


def test_places(root: Root, tmp_path: Path) -> None:
    assert root.resolve("/absolute/default.conf") == str(tmp_path / "top/usr/etc/criu/default.conf")
    assert root.resolve("/out") is None
    assert root.inside(str(tmp_path / "top/etc/criu")) == "/etc/criu"
    assert root.inside(str(tmp_path / "secret")) is None
    assert root.names("/etc") == ["criu"]
    assert root.names("/etc/criu/default.conf") == root.names("/nowhere") == []
    assert root.head("/etc/criu/default.conf") == b"tcp-close\n"
    assert root.head("/pipe") == root.head("/etc") == root.head("/nowhere") == b""
