# SPDX-License-Identifier: MIT
"""What a finding is recognized by, when the file around it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.fingerprint import fingerprints, identify, normal_line, normal_path
from criulint.linter.linter import Linter
from criulint.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from criulint.finding import Finding


def find(data: bytes, path: str = "a.conf") -> list[Finding]:
    return Linter("4.2.1").check(Source(data, path)).findings


def test_fingerprints_are_unique_and_hold_no_line_numbers() -> None:
    twice = find(b"tcp-close false\ntcp-close false\n")
    prints = fingerprints(twice, ".")
    assert len(set(prints)) == len(twice) == 2
    assert set(prints) < set(fingerprints(find(b"# above\n" + b"tcp-close false\n" * 3), "."))
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in prints)
    assert not set(prints) & set(fingerprints(find(b"tcp-close false\n", "b.conf"), "."))


def test_fingerprints_stay_the_same_in_later_versions() -> None:
    """A baseline or GitLab compares them with those of an earlier version."""
    assert fingerprints(find(b"tcp-close false\ntcp-close false\nlog-file a \xff\n"), ".") == [
        "fccd3db605cafb77c6c41d43a5890c06",
        "fe18928ae9a2a5f524f306a9f2e9d8e1",
        "fac52b7a9fd30840226b99375b0e6b81",
    ]


def test_of_a_file_without_a_name_the_path_is_empty() -> None:
    (finding,) = Linter("4.2.1").check(Source(b"tcp-close no\n")).findings
    assert identify(finding, ".").path == ""


def test_a_comment_and_blanks_do_not_matter() -> None:
    before, after = find(b"tcp-close no\n"), find(b"  tcp-close \t no   # why\n")
    assert fingerprints(before, ".") == fingerprints(after, ".")
    assert identify(after[0], ".") == ("a.conf", "CRIU201", "tcp-close no")


def test_normal_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ci").mkdir()
    monkeypatch.chdir(tmp_path / "ci")
    assert normal_path("../a.conf", "..") == "a.conf"
    assert normal_path(str(tmp_path / "a.conf"), str(tmp_path)) == "a.conf"
    assert normal_path("<stdin>", "..") == "<stdin>"
    assert normal_path("", ".") == ""
    assert normal_path("..", ".") == str(tmp_path)
    assert normal_path("/etc/criu/runc.conf", ".") == "/etc/criu/runc.conf"


def test_normal_path_through_links(tmp_path: Path) -> None:
    """What is below the directory by another name is; a file that is a link keeps its own name."""
    (tmp_path / "real" / "criu").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "a.conf").symlink_to("b.conf")
    (tmp_path / "real" / "out").symlink_to("..")
    assert normal_path(str(tmp_path / "link" / "criu" / "c"), str(tmp_path / "real")) == "criu/c"
    assert normal_path(str(tmp_path / "real" / "c"), str(tmp_path / "link")) == "c"
    assert normal_path(str(tmp_path / "link" / "a.conf"), str(tmp_path / "real")) == "a.conf"
    above = tmp_path / "real" / "out" / "x"
    assert normal_path(str(above), str(tmp_path / "real")) == "out/x"


def test_normal_line() -> None:
    assert normal_line(" a \t b  # c") == "a b"
    assert normal_line("  #  c") == "# c"
