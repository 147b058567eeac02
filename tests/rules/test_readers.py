# SPDX-License-Identifier: GPL-2.0-only
"""What a file's path, its role and the runtime above CRIU change."""

from __future__ import annotations

from pathlib import Path

import pytest

from criulint import Severity, check
from criulint.cli import main
from criulint.criu.context import Role, inferred_role
from criulint.engine import Linter
from criulint.source import Source


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/etc/criu/default.conf", Role.DEFAULT),
        ("image/rootfs/etc/criu/default.conf", Role.DEFAULT),
        ("criu/default.conf", Role.DEFAULT),
        ("/root/.criu/default.conf", Role.USER),
        (".criu/default.conf", Role.USER),
        ("/etc/criu/runc.conf", Role.RPC),
        ("crun.conf", Role.RPC),
        ("C:\\work\\criu\\default.conf", Role.DEFAULT),
        ("default.conf", None),
        ("/etc/default.conf", None),
        ("/etc/criu/lxc.conf", None),
        ("myrunc.conf", None),
        (None, None),
    ],
)
def test_path_gives_the_role(path: str | None, role: Role | None) -> None:
    assert inferred_role(path) is role


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("/etc/criu.conf", Severity.WARNING),
        ("/etc/criu/criu.conf", Severity.WARNING),
        ("/etc/criu/dump.conf", Severity.WARNING),
        ("/etc/criu/podman.conf", Severity.WARNING),
        ("image/etc/criu/restore.conf", Severity.WARNING),
        ("/etc/criu.d/tcp.conf", Severity.WARNING),
        ("/etc/criu/conf.d/10-tcp.conf", Severity.WARNING),
        ("/home/me/.criu.conf", Severity.WARNING),
        ("/root/.criu/runc.conf", Severity.WARNING),
        ("/root/.config/criu/criu.conf", Severity.WARNING),
        ("/etc/criu/tcp.conf", Severity.INFO),
        ("/etc/criu/default.conf", None),
        ("/etc/criu/runc.conf", None),
        ("/etc/criu/crun.conf", None),
        ("/root/.criu/default.conf", None),
        ("criu.conf", None),
        ("examples/criu/tcp.conf", None),
        (None, None),
    ],
)
def test_files_that_nobody_reads(path: str | None, severity: Severity | None) -> None:
    found = [finding.severity for finding in check(b"# c\ntcp-close\n", path=path) if finding.code == "CRIU402"]
    assert found == ([] if severity is None else [severity])


def test_a_file_that_sets_nothing_may_have_any_name() -> None:
    assert check(b"# nothing here\n", path="/etc/criu.conf") == []


@pytest.mark.parametrize(
    ("first", "second", "lines"),
    [
        ("action-script /a\n", "tcp-close\naction-script /a\n", [2]),
        ("external mnt[a]:b\n", "external mnt[a]:b\nexternal mnt[a]:c\n", [1]),
        ("verbosity\n", "verbosity\n", [1]),
        ("verbosity=4\n", "verbosity=4\n", []),
        ("tcp-close\ntimeout 20\n", "tcp-close\ntimeout 30\n", []),
    ],
)
def test_files_that_are_read_together(first: str, second: str, lines: list[int]) -> None:
    sources = [Source(first.encode(), "default.conf"), Source(second.encode(), "runc.conf")]
    findings = Linter("4.2.1").check_together(*sources)
    assert [(finding.code, finding.path, finding.span.line) for finding in findings] == [
        ("CRIU405", "runc.conf", line) for line in lines
    ]


def test_files_of_one_directory_are_read_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("default.conf", "crun.conf"):
        (tmp_path / name).write_text("action-script /a\n", encoding="utf-8")
    assert main(["check", "--format", "concise", "--criu", "4.2.1", *map(str, sorted(tmp_path.iterdir()))]) == 1
    out = capsys.readouterr().out
    assert f"{tmp_path / 'crun.conf'}:1:1: warning: CRIU405" in out
    assert out.count("\n") == 1
