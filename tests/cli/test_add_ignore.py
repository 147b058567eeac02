# SPDX-License-Identifier: MIT
"""``criulint check --add-ignore``: what it writes where, and its exit status."""

from __future__ import annotations

import io
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main
from criulint.criu.releases import latest_release

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = b"tcp-close false\nlog_file x\n"
AFTER = (
    b"tcp-close false # criulint: ignore[CRIU201] for us\n"
    b"log_file x # criulint: ignore[CRIU101] for us\n"
)
ARGUMENTS = ["check", "--add-ignore", "--reason", "for us"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "runc.conf"
    path.write_bytes(BEFORE)
    return path


def test_all_findings_are_suppressed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.chmod(0o640)
    assert main(["check", str(file)]) == 1
    capsys.readouterr()
    assert main([*ARGUMENTS, str(file)]) == 0
    assert file.read_bytes() == AFTER
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    output = capsys.readouterr()
    assert output.out == ""
    assert (
        output.err == "criulint: 2 suppressed\n"
        f"criulint: 1 file checked for CRIU {latest_release()}: nothing new, 2 hidden\n"
    )
    assert main([*ARGUMENTS, str(file)]) == 0
    assert file.read_bytes() == AFTER


def test_only_reported_findings_are_suppressed(file: Path) -> None:
    assert main([*ARGUMENTS, "--select", "CRIU1", str(file)]) == 0
    assert file.read_bytes() == b"tcp-close false\nlog_file x # criulint: ignore[CRIU101] for us\n"


def test_fixes_come_first(file: Path) -> None:
    file.write_bytes(BEFORE + b"timeout 10x\n")
    assert main([*ARGUMENTS, "--fix", str(file)]) == 0
    assert (
        file.read_bytes()
        == b"no-tcp-close\nlog-file x\ntimeout 10x # criulint: ignore[CRIU206] for us\n"
    )


def test_diff_changes_nothing(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main([*ARGUMENTS, "--diff", str(file)]) == 1
    assert file.read_bytes() == BEFORE
    shown = capfdbinary.readouterr().out.splitlines(keepends=True)
    assert [line[1:] for line in shown if line.startswith(b"+")][1:] == AFTER.splitlines(
        keepends=True
    )


def test_standard_input_goes_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BEFORE)))
    assert main([*ARGUMENTS, "-"]) == 0
    assert capfdbinary.readouterr().out == AFTER


def test_what_cannot_be_suppressed_is_reported(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = "tcp-close false\n".encode("utf-16")
    file.write_bytes(data)
    assert main([*ARGUMENTS, "--format", "concise", str(file)]) == 1
    assert file.read_bytes() == data
    output = capsys.readouterr()
    assert "CRIU110" in output.out or "CRIU116" in output.out
    assert "1 not suppressed" in output.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--reason", "x"], "--reason needs --add-ignore"),
        (["--add-ignore", "--reason", "a\nb"], "--reason takes one line of text"),
        (["--add-ignore", "--write-baseline"], "--write-baseline cannot be combined with"),
        (["--baseline", "x", "--write-baseline"], "--write-baseline cannot be combined with"),
    ],
)
def test_contradicting_options_are_one_line(
    file: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(file), *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert file.read_bytes() == BEFORE
