# SPDX-License-Identifier: MIT
"""Which configuration file counts for a directory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from criulint.configuration import ConfigurationError
from criulint.configuration.load import load_configuration
from criulint.configuration.search import Search

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def closest(directory: Path) -> str | None:
    found = Search().closest(str(directory))
    return found and found.values["criu"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write(tmp_path / "criulint.toml", 'criu = "3.11"\n')
    (tmp_path / "a/b/c").mkdir(parents=True)
    return tmp_path


def test_the_closest_file_counts(tree: Path) -> None:
    write(tree / "a/b/.criulint.toml", 'criu = "3.12"\n')
    write(tree / "a/b/c/pyproject.toml", '[tool.criulint]\ncriu = "3.13"\n')
    assert [closest(tree / name) for name in ("", "a", "a/b", "a/b/c")] == [
        "3.11",
        "3.11",
        "3.12",
        "3.13",
    ]


def test_in_one_directory_criulint_toml_comes_first(tree: Path) -> None:
    write(tree / "pyproject.toml", '[tool.criulint]\ncriu = "3.13"\n')
    write(tree / ".criulint.toml", 'criu = "3.12"\n')
    assert closest(tree / "a") == "3.11"
    (tree / "criulint.toml").unlink()
    assert closest(tree / "a") == "3.12"
    (tree / ".criulint.toml").unlink()
    assert closest(tree / "a") == "3.13"


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[project]\nname = "x"\n',
        "[tool.ruff]\nline-length = 100\n# criulint\n",
        '[project]\ndependencies = ["criulint"]\n',
        "not [ toml\n",
    ],
)
def test_a_pyproject_without_our_table_is_skipped(tree: Path, text: str) -> None:
    write(tree / "a/pyproject.toml", text)
    assert closest(tree / "a/b") == "3.11"


def test_a_directory_of_that_name_is_skipped(tree: Path) -> None:
    (tree / "a/criulint.toml").mkdir()
    assert closest(tree / "a/b") == "3.11"


def test_a_wrong_file_is_an_error_for_what_is_below_it_only(tree: Path) -> None:
    write(tree / "a/b/criulint.toml", "criu = 4\n")
    search = Search()
    assert search.closest(str(tree / "a")) is not None
    with pytest.raises(
        ConfigurationError, match=r"criulint.toml:1: criu: must be a string, not a number"
    ):
        search.closest(str(tree / "a/b/c"))


def test_a_broken_pyproject_that_mentions_us_is_an_error(tree: Path) -> None:
    write(tree / "a/pyproject.toml", "[tool.criulint]\ncriu = \n")
    with pytest.raises(ConfigurationError, match=r"pyproject.toml:2: not TOML"):
        closest(tree / "a")


def test_lines_of_a_pyproject_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    write(
        path,
        '[project]\nselct = 1\n\n[tool.criulint]\ncriu = "4.2"\n\n'
        '[tool.criulint.severity]\nCRIU201 = "of"\n',
    )
    with pytest.raises(
        ConfigurationError, match=r"pyproject.toml:8: severity: CRIU201: unknown value 'of'"
    ):
        load_configuration(str(path))
    write(path, '[project]\n[tool]\ncriulint.selct = ["CRIU1"]\n')
    with pytest.raises(
        ConfigurationError, match=r"pyproject.toml:3: no key 'selct'; did you mean 'select'"
    ):
        load_configuration(str(path))
    write(path, "[project]\n[tool]\ncriulint = 1\n")
    with pytest.raises(
        ConfigurationError, match=r"pyproject.toml:3: must be a table, not a number"
    ):
        load_configuration(str(path))


@pytest.mark.parametrize("name", ["gone.toml", ".", "nul\0.toml"])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(f"{tmp_path}/{name}")
    assert str(caught.value).isprintable()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps working directories")
def test_without_a_working_directory_there_is_no_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert Search().closest("") is None
