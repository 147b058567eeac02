# SPDX-License-Identifier: MIT
"""Which release the ``criu`` of a configuration or of the command line names."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from criulint import chosen_criu
from criulint.chosen_criu import chosen_release, given_release
from criulint.configuration import ConfigurationError
from criulint.criu.releases import load_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_known_release() -> None:
    assert chosen_release("4.2") == ("4.2", "")


@pytest.mark.parametrize("text", ["4.2", "installed", "criu", "nonsense"])
def test_a_word_is_not_a_path(text: str) -> None:
    assert given_release(text) is text


def test_schema_of_a_release(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps(load_schema("4.2")), encoding="utf-8")
    assert given_release(str(file)) == "4.2"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot read {}: No such file or directory"),
        ("", "Expecting value"),
        ("[]", "not a schema of CRIU's options"),
        ('{"x-criu-release": "nine"}', "names no release"),
        ("[" * 100_000, "nested too deeply"),
        (" " * (5 << 20), "cannot read {}: more than 4194304 bytes"),
    ],
)
def test_other_files_are_not_schemas(content: str | None, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        given_release(str(file))
    assert str(caught.value).startswith("--criu")
    assert reason.format(file) in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The first directory of PATH, in which no criu is, and nowhere else either."""
    if sys.platform == "win32":
        pytest.skip("programs are scripts here")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("criulint.host.installed._BINARY_DIRECTORIES", ())
    chosen_criu._installed_release.cache_clear()
    yield tmp_path
    chosen_criu._installed_release.cache_clear()


@pytest.mark.parametrize(
    ("version", "chosen", "note"),
    [
        ("4.2", "4.2", ""),
        ("4.2.7", "4.2.1", "no schema for CRIU 4.2.7; using that of 4.2.1"),
        ("3.5", "3.11", "no schema for CRIU 3.5; using that of 3.11"),
    ],
)
def test_installed_program_that_only_has_a_version(
    version: str, chosen: str, note: str, path: Path
) -> None:
    program = path / "criu"
    program.write_text(f"#!/bin/sh\necho Version: {version}\n", encoding="utf-8")
    program.chmod(0o755)
    assert chosen_release("installed") == (chosen, note)


def test_nothing_is_installed(path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^--criu installed: no criu is installed$"):
        chosen_release("installed")
