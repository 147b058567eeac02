# SPDX-License-Identifier: MIT
"""``criulint check`` with what lies around a file: on this host, or below ``--root``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main
from criulint.host.filesystem import HostContext
from criulint.linter.linter import Linter
from criulint.source import Source
from tests.listing import Listing

if TYPE_CHECKING:
    from pathlib import Path


def test_place_on_the_machine_gives_the_role() -> None:
    around = HostContext(Listing([]), "/etc/criu/runc.conf")
    source = Source(b"network-lock nftables\n", "x/usr/share/criu-for-runc")
    findings = Linter("4.2", find_host=lambda _: around).check(source).findings
    assert [finding.code for finding in findings] == ["CRIU404"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with a default.conf that only names what is there."""
    top = tmp_path / "root"
    for directory in ("etc/criu", "var/log", "usr/libexec", "bin", "tmp"):
        (top / directory).mkdir(parents=True)
    for folder in (top, *(path for path in top.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    (top / "tmp").chmod(0o1777)
    for name, text, mode in (
        ("bin/sh", "\x7fELF", 0o755),
        ("usr/libexec/hook", "#!/bin/sh\n", 0o755),
        ("etc/criu/default.conf", "action-script /usr/libexec/hook\n", 0o644),
    ):
        (top / name).write_text(text, encoding="utf-8")
        (top / name).chmod(mode)
    return top


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main(["check", "--format", "concise", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


posix = pytest.mark.skipif(
    sys.platform == "win32", reason="CRIU's machines have Linux's permissions"
)


@posix
def test_root_has_files_of_its_own(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--root", root) == (0, "", "")
    (root / "usr/libexec/hook").chmod(0o644)
    status, out, _ = run(capsys, "--root", root)
    assert status == 1
    assert out.startswith(f"{root}/etc/criu/default.conf:1:1: error: CRIU502 not-executable: ")
    assert run(capsys, "--root", root, root / "etc/criu/default.conf") == (status, out, "")
    assert run(capsys, "--root", root, root) == (status, out, "")


@posix
def test_absolute_links_stay_in_the_root(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "usr/libexec/hook").unlink()
    (root / "usr/libexec/hook").symlink_to("/usr/bin/env")
    status, out, _ = run(capsys, "--root", root)
    assert status == 1 and "CRIU501" in out
    (root / "etc/criu/runc.conf").symlink_to(root / "etc/criu/default.conf")
    assert run(capsys, "--root", root)[1] == out


@posix
def test_permissions_count(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "usr/libexec").chmod(0o777)
    (root / "etc/criu/default.conf").chmod(0o666)
    out = run(capsys, "--root", root)[1]
    assert (
        "everyone can write to `/usr/libexec`" in out
        and "everyone can write to `/etc/criu/default.conf`" in out
    )


@posix
def test_checkout_says_nothing_about_this_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "etc/criu/default.conf"
    file.parent.mkdir(parents=True)
    file.write_text("action-script /no/such/program\nlibdir /no/such\n", encoding="utf-8")
    file.chmod(0o666)
    assert run(capsys, file) == (0, "", "")
    assert run(capsys, tmp_path) == (0, "", "")


@posix
def test_own_file_of_this_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".criu/default.conf"
    file.parent.mkdir()
    file.write_text("libdir /no/such\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CRIU_CONFIG_FILE", raising=False)
    for arguments in ([], [file], [file.parent]):
        status, out, _ = run(capsys, *arguments)
        assert status == 1
        assert f"{file}:1:1: error: CRIU501" in out


@posix
@pytest.mark.parametrize("what", ["missing", "file", "loop", "nul", "long"])
def test_bad_root_is_one_line(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    path = str(tmp_path / {"nul": "a\0b", "long": "x" * 5000}.get(what, what))
    status, out, error = run(capsys, "--root", path)
    assert (status, out, error.count("\n")) == (2, "", 1)
    assert error.startswith("criulint: error: --root ")


@posix
def test_root_without_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--root", tmp_path) == (
        0,
        "",
        f"criulint: warning: no CRIU configuration file in {tmp_path}\n",
    )


@posix
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may look everywhere"
)
def test_files_that_can_not_be_looked_at(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "etc/criu").chmod(0)
    try:
        status, out, error = run(capsys, "--root", root)
    finally:
        (root / "etc/criu").chmod(0o755)
    assert (status, out) == (2, "")
    assert f"criulint: error: {root}/etc/criu/default.conf: cannot be accessed\n" in error


@posix
def test_file_from_elsewhere_is_for_the_root(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "new.conf"
    file.write_text("action-script /usr/libexec/hook\nlibdir /usr/lib/criu\n", encoding="utf-8")
    file.chmod(0o666)
    out = run(capsys, "--root", root, file)[1]
    assert out.count("\n") == 1 and f"{file}:2:1: error: CRIU501" in out


@posix
def test_odd_files_in_a_root(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(root / "etc/criu/runc.conf")
    os.mkfifo(root / "usr/libexec/pipe")
    lines = (
        b"action-script /usr/libexec/pipe\nlibdir /caf\xe9\nwork-dir /"
        + b"x" * 3000
        + b"\ncgroup-yard /loop/x\n"
    )
    (root / "loop").symlink_to("/loop")
    (root / "etc/criu/default.conf").write_bytes(lines)
    status, out, error = run(capsys, "--root", root)
    assert (status, error) == (1, "")
    assert [line.split(": ")[2].split()[0] for line in out.splitlines() if "CRIU50" in line] == [
        "CRIU502",
        "CRIU501",
        "CRIU501",
        "CRIU501",
    ]


@posix
def test_empty_file_that_everyone_can_write_to(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "etc/criu/default.conf").write_bytes(b"")
    (root / "etc/criu/default.conf").chmod(0o666)
    assert main(["check", "--format", "concise", "--root", str(root)]) == 1
    assert "default.conf:1:1: warning: CRIU503" in capsys.readouterr().out
