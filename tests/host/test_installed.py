# SPDX-License-Identifier: MIT
"""Which criu is installed, and what a program says; the programs are scripts here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from criulint.host import installed
from criulint.host.installed import ProbeError, ask, find_binary, version

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs are scripts here")


def _program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_first_in_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _program(tmp_path / "a/criu", "true")
    _program(tmp_path / "b/criu", "true")
    monkeypatch.setenv("PATH", f"{tmp_path / 'none'}:{tmp_path / 'a'}:{tmp_path / 'b'}")
    assert find_binary() == first


def test_the_systems_directories_come_after_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user's PATH lacks them."""
    program = _program(tmp_path / "sbin/criu", "true")
    monkeypatch.setattr(installed, "_BINARY_DIRECTORIES", (str(program.parent),))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_binary() == program
    program.chmod(0o644)
    with pytest.raises(ProbeError, match=r"^no criu is installed$"):
        find_binary()


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo Version: 4.2", "4.2"),
        ("echo Version: 4.2; echo GitID: v4.2", "4.2"),
        ("echo Warning; echo Version: 4.2.1-3", "4.2.1-3"),
        ("echo Version: 4.2 >&2; exit 1", "4.2"),
    ],
)
def test_version(script: str, found: str, tmp_path: Path) -> None:
    assert version(_program(tmp_path / "criu", script)) == found


@pytest.mark.parametrize("script", ["true", "echo criu 4.2", "echo my Version: 4.2", "exit 1"])
def test_no_version(script: str, tmp_path: Path) -> None:
    program = _program(tmp_path / "criu", script)
    with pytest.raises(ProbeError) as caught:
        version(program)
    assert str(caught.value) == (f"{program} is not CRIU 3.11 or later (no version in its output)")


def test_it_is_asked_without_its_files_and_in_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("CRIU_CONFIG_FILE", "/etc/x")
    program = _program(tmp_path / "criu", 'pwd; echo "$@"; env; cat')
    lines = ask(program, str(tmp_path), "check", "--all").splitlines()
    assert lines[:2] == [str(tmp_path), "--no-default-config check --all"]
    assert "LC_ALL=C" in lines
    assert not [line for line in lines if line.startswith(("LANG=", "CRIU_"))]


def test_output_of_any_bytes(tmp_path: Path) -> None:
    program = _program(tmp_path / "criu", r"printf 'a\377b'")
    assert ask(program, str(tmp_path)) == "a\ufffdb"


@pytest.mark.parametrize("mode", [None, 0o644])
def test_what_cannot_be_run(mode: int | None, tmp_path: Path) -> None:
    program = tmp_path / "criu"
    if mode:
        _program(program, "true").chmod(mode)
    with pytest.raises(ProbeError, match=f"^cannot run {program}: "):
        ask(program, str(tmp_path))


def test_a_program_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "_TIMEOUT", 0.1)
    program = _program(tmp_path / "criu", "exec sleep 60")
    with pytest.raises(ProbeError, match=r"did not answer within 0\.1 seconds"):
        ask(program, str(tmp_path))
