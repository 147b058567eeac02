# SPDX-License-Identifier: MIT
"""A CRIU given by its path, or by its schema, is judged by its own options."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from criulint.cli import main
from criulint.criu.builds import Build
from criulint.criu.options import option_table
from criulint.criu.releases import load_schema
from criulint.host.installed import ProbeError
from criulint.schemagen import programs
from criulint.schemagen.programs import release_of
from tests.schemagen.test_probe import _DEVELOPMENT, _program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs are scripts here")


_ask = programs._ask


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the build of 9.1.2 says; asking it takes seconds."""
    return _ask(_program(tmp_path_factory.mktemp("build") / "criu", _DEVELOPMENT))


@pytest.fixture
def development(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]) -> Path:
    """A build of 9.1.2 with options of its own, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(programs, "_ask", lambda criu: answer)
    return _program(tmp_path / "criu", _DEVELOPMENT)


def _cached(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").rglob("*.json"))


def test_a_newer_program_is_read_as_what_it_says(development: Path) -> None:
    release = release_of(development)
    assert str(release) == f"9.1.2 ({development})"
    assert release > "4.3"
    assert "zoom-level" in option_table(release).options
    assert option_table(release).options["tree"].refusal(b"x")


def test_check_with_a_program(
    development: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "default.conf"
    file.write_text("zoom-mode far\nzoom-level 2\nstream\n")
    command = ["check", "--isolated", "--format", "concise", "--criu", str(development), str(file)]
    assert main(command) == 1
    errors = [line for line in capsys.readouterr().out.splitlines() if " error: " in line]
    assert len(errors) == 1
    assert f":3:1: error: CRIU102 option-not-in-release: CRIU 9.1.2 ({development})" in errors[0]
    assert errors[0].endswith("; remove the line")


def test_it_is_asked_once(
    development: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = release_of(development)
    (cached,) = _cached(tmp_path)
    assert cached.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(programs, "_ask", lambda criu: pytest.fail("asked again"))
    assert str(release_of(development)) == str(first)


def test_another_program_at_the_path_is_asked(
    development: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = release_of(development)
    monkeypatch.setattr(programs, "_ask", _ask)
    _program(development, _DEVELOPMENT.replace("zoom", "room"))
    os.utime(development, ns=(1, 1))
    after = release_of(development)
    assert "zoom-mode" in load_schema(before)["properties"]
    assert isinstance(after, Build)
    assert "room-mode" in after.schema["properties"]


@pytest.mark.parametrize("part", ["file", "directory", "parent"])
def test_what_others_can_write_is_not_trusted(
    development: Path, tmp_path: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    release_of(development)
    (cached,) = _cached(tmp_path)
    cached.write_text(json.dumps(load_schema("3.11")))
    path = {"file": cached, "directory": cached.parent, "parent": cached.parents[1]}[part]
    path.chmod(0o777)
    release = release_of(development)
    assert isinstance(release, Build)
    assert "zoom-mode" in release.schema["properties"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root only")
def test_root_writes_nothing_into_a_strangers_cache(development: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    os.chown(cache, 1234, 1234)
    release_of(development)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"x-criu-release": "4.3"}']
)
def test_a_damaged_cache_is_made_again(development: Path, tmp_path: Path, damage: bytes) -> None:
    release_of(development)
    (cached,) = _cached(tmp_path)
    cached.write_bytes(damage)
    assert "zoom-mode" in option_table(release_of(development)).options
    assert json.loads(cached.read_bytes())["x-criu-release"] == "9.1.2"


def test_other_programs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="No such file"):
        release_of(tmp_path / "missing")


def test_a_configuration_file_names_no_program(
    development: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A repository's configuration must not make criulint run a program of the repository."""
    configuration = tmp_path / "criulint.toml"
    configuration.write_text(f'criu = "{development}"\n')
    file = tmp_path / "default.conf"
    file.write_text("tcp-close\n")
    assert main(["check", "--config", str(configuration), str(file)]) == 2
    assert "no schema for CRIU" in capsys.readouterr().err
