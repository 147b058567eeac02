# SPDX-License-Identifier: GPL-2.0-only
"""Edits are made where they say; files are replaced whole, with all that belongs to them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from criulint.finding import Edit, Span
from criulint.linter.fixing import apply_edits, write_atomically
from criulint.linter.linter import Linter
from tests.checking import finder, fix

posix = pytest.mark.skipif(
    sys.platform == "win32", reason="modes, owners and symbolic links are POSIX's"
)


@pytest.mark.parametrize(
    ("data", "edits", "expected"),
    [
        (b"ab\ncd\n", [Edit(Span(1, 2, 1, 3), "X")], b"aX\ncd\n"),
        (b"ab\ncd\n", [Edit(Span(1, 1, 2, 1), "")], b"cd\n"),
        (b"ab\ncd", [Edit(Span(2, 1, 2, 3), "")], b"ab\n"),
        (b"ab", [Edit(Span(1, 3, 1, 3), "c"), Edit(Span(1, 1, 1, 1), "_")], b"_abc"),
        (
            "é日\udcff\n".encode("utf-8", "surrogateescape"),
            [Edit(Span(1, 3, 1, 4), "x")],
            "é日x\n".encode(),
        ),
        (b"", [Edit(Span(1, 1, 1, 1), "a\n")], b"a\n"),
    ],
)
def test_edits(data: bytes, edits: list[Edit], expected: bytes) -> None:
    assert apply_edits(data, edits) == expected


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply_edits(b"abc", [Edit(Span(1, 1, 1, 3), ""), Edit(Span(1, 2, 1, 4), "")])


def test_fixes_of_one_line_and_of_several_wait_for_one_another() -> None:
    data = b"log-file\ta\ntimeout\t30\nport\t80\nlibdir\t/a\nwork-dir\t/a\nroot\t/a\nlog-file\tb\n"
    check = finder(Linter("4.2.1"))
    codes = {finding.code for finding in check(data) if finding.fix}
    assert codes == {"CRIU115", "CRIU301"}  # the one edits all lines, the other takes out the first
    mended, left, made = fix(data, check, unsafe=True)
    assert (mended, made) == (
        b"timeout 30\nport 80\nlibdir /a\nwork-dir /a\nroot /a\nlog-file b\n",
        2,
    )
    assert not [finding for finding in left if finding.fix]


@posix
def test_mode_owner_attributes_and_symbolic_link_stay(tmp_path: Path) -> None:
    file, link = tmp_path / "file.conf", tmp_path / "link.conf"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file.name)
    if os.geteuid() == 0:
        os.chown(file, 4711, 4712)
    attribute = "user.criulint"
    try:
        os.setxattr(file, attribute, b"kept")
    except (AttributeError, OSError):
        attribute = ""
    before = file.stat()
    write_atomically(str(link), b"new", b"old")
    after = file.stat()
    assert file.read_bytes() == b"new"
    assert link.is_symlink()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    if attribute:
        assert os.getxattr(file, attribute) == b"kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.conf", "link.conf"]


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "file.conf"
    file.write_bytes(b"changed")
    with pytest.raises(OSError, match="changed"):
        write_atomically(str(file), b"new", b"old")
    assert file.read_bytes() == b"changed"
    assert [path.name for path in tmp_path.iterdir()] == ["file.conf"]
