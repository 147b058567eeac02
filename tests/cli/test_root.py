# SPDX-License-Identifier: MIT
"""``criulint check --root``: the files in a directory taken as ``/``, and what they name in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT = """\
action-script /usr/libexec/hook
action-script /usr/libexec/missing
action-script /usr/libexec/python-hook
libdir /usr/lib/criu
work-dir /srv/work
images-dir /etc/criu/default.conf
log-file /var/log/criu/criu.log
pidfile /tmp/criu.pid
tls
tls-key /etc/criu/key.pem
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, mode, text in (
        ("etc/criu/default.conf", 0o666, DEFAULT),
        ("etc/criu/key.pem", 0o644, "key"),
        ("etc/criu/runc.conf", 0o644, "tcp-established\n"),
        ("usr/libexec/hook", 0o644, "#!/bin/sh\n"),
        ("usr/libexec/python-hook", 0o755, "#!/usr/bin/python9 -E\n"),
        ("usr/lib/criu/cuda.so", 0o666, "\x7fELF\x02\x01\x01" + "\0" * 9 + "\x03\0>\0"),
        ("usr/lib/criu/notes.txt", 0o666, ""),
    ):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
    tmp_path.chmod(0o755)
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    return tmp_path


def _reported_codes(root: Path, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    main(["check", "--format", "concise", "--criu", "4.2.1", "--select", "CRIU5", *words])
    return capsys.readouterr().out.replace(str(root), "ROOT").splitlines()


def test_files_of_a_root(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    findings = _reported_codes(root, capsys, "--root", str(root))
    assert [line.partition(" ")[0] + " " + line.split()[2] for line in findings] == [
        "ROOT/etc/criu/default.conf:1:1: CRIU502",
        "ROOT/etc/criu/default.conf:1:1: CRIU503",
        "ROOT/etc/criu/default.conf:2:1: CRIU501",
        "ROOT/etc/criu/default.conf:3:1: CRIU502",
        "ROOT/etc/criu/default.conf:4:1: CRIU503",
        "ROOT/etc/criu/default.conf:5:1: CRIU501",
        "ROOT/etc/criu/default.conf:6:1: CRIU501",
        "ROOT/etc/criu/default.conf:7:1: CRIU501",
        "ROOT/etc/criu/default.conf:8:1: CRIU505",
        "ROOT/etc/criu/default.conf:10:1: CRIU504",
    ]


def test_without_a_root_nothing_is_said_about_the_machine(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _reported_codes(root, capsys, str(root / "etc/criu/default.conf")) == []


def test_a_file_outside_of_the_root_is_looked_up_in_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = root.parent / "other.conf"
    other.write_text("libdir /usr/lib/criu\nwork-dir /nowhere\n", encoding="utf-8")
    findings = _reported_codes(root, capsys, "--root", str(root), str(other))
    assert [line.split()[2] for line in findings] == ["CRIU503", "CRIU501"]


def test_a_root_without_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--root", str(tmp_path)]) == 0
    assert "no CRIU configuration file in" in capsys.readouterr().err


def test_an_invalid_root(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--root", "/nowhere/at/all"]) == 2
    assert (
        capsys.readouterr().err
        == "criulint: error: --root /nowhere/at/all: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        ("/no/such", "No such file or directory"),
        ("file", "Not a directory"),
        ("/" + "x/" * 3000, "File name too long"),
        ("a\0b", "embedded null byte"),
    ],
    ids=["missing", "file", "long", "nul"],
)
@pytest.mark.parametrize(
    "words",
    [["check"], ["effective"], ["advise"], ["set", "tcp-close"], ["unset", "tcp-close"]],
    ids=lambda words: words[0],
)
def test_what_is_no_directory_is_named(
    words: list[str],
    root: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--root", root]) == 2
    error = capsys.readouterr().err
    assert error.startswith("criulint: error: --root ") and error.endswith(f": {reason}\n")
