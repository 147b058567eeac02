# SPDX-License-Identifier: MIT
"""Which files a command line names, and how they are read."""

from __future__ import annotations

import io
import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

import pytest

from criulint.cli import UsageError
from criulint.cli.console import Console
from criulint.cli.inputs import (
    Location,
    find_inputs,
    input_name,
    read_input,
    report_no_files,
    require_standard_input,
    with_listed_paths,
)
from criulint.configuration.resolve import Resolver

if TYPE_CHECKING:
    from pathlib import Path


class _Input:
    """Standard input that holds `data`."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("criu/a.conf", "criu/b.conf", "x/runc.conf", "x/other.conf", "x/own.inc"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"tcp-close\n")
    return tmp_path


def _find(*paths: str, **options: Any) -> list[Location]:
    given = {"include": [], "exclude": [], "force_exclude": False, "error_on_no_files": False}
    args = Namespace(paths=list(paths), **{**given, **options})
    return list(find_inputs(args, Resolver({}), Console()))


@pytest.mark.parametrize(
    ("paths", "options", "found"),
    [
        (["criu"], {}, ["criu/a.conf", "criu/b.conf"]),
        (["."], {}, ["./criu/a.conf", "./criu/b.conf", "./x/runc.conf"]),
        (["x"], {"include": ["*.inc"]}, ["x/own.inc", "x/runc.conf"]),
        (["."], {"exclude": ["x/"]}, ["./criu/a.conf", "./criu/b.conf"]),
        (["x/other.conf", "-", "none"], {}, ["x/other.conf", "-", "none"]),
        (["criu/b.conf", "criu"], {}, ["criu/b.conf", "criu/a.conf"]),
        (["-", "criu/a.conf", "-", "criu/a.conf"], {}, ["-", "criu/a.conf"]),
        (["x/other.conf"], {"exclude": ["x/"]}, ["x/other.conf"]),
        (["x/other.conf", "-"], {"exclude": ["x/"], "force_exclude": True}, ["-"]),
    ],
)
def test_files(paths: list[str], options: dict[str, Any], found: list[str], tree: Path) -> None:
    named = [location.path.replace(os.sep, "/") for location in _find(*paths, **options)]
    assert sorted(named) == sorted(found)
    assert named[0] == found[0] or os.path.isdir(paths[0])


def test_what_a_search_finds_is_bound_to_its_directory(tree: Path) -> None:
    first, second = _find("criu/a.conf", "criu")
    assert first == Location("criu/a.conf")
    assert second.within == "criu"


def test_wrong_pattern(tree: Path) -> None:
    with pytest.raises(UsageError, match=r"^--include and --exclude: "):
        _find("criu", include=["!"])


@pytest.mark.parametrize("strict", [True, False])
def test_nothing_is_found(strict: bool, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    report_no_files(Namespace(error_on_no_files=strict), console, "no file")
    assert console.failed is strict
    word = "error" if strict else "warning"
    assert capsys.readouterr().err == f"criulint: {word}: no file\n"


def test_reading_a_file(tree: Path) -> None:
    assert read_input("criu/a.conf") == b"tcp-close\n"


@pytest.mark.parametrize(
    ("path", "reason"),
    [("none", "No such file"), ("criu", "directory|not a file"), ("criu/a.conf/x", "directory")],
)
def test_what_cannot_be_read(path: str, reason: str, tree: Path) -> None:
    with pytest.raises(UsageError, match=f"^{path}: .*({reason})"):
        read_input(path)


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="there are no devices")
def test_devices_are_not_read() -> None:
    with pytest.raises(UsageError, match=r"^/dev/zero: not a file"):
        read_input("/dev/zero")


def test_reading_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Input(b"\xff\r\n"))
    assert read_input("-") == b"\xff\r\n"


@pytest.mark.parametrize(
    ("listed", "paths"),
    [
        (b"", ["a"]),
        (b"b\nc\n", ["a", "b", "c"]),
        (b"b\r\nc", ["a", "b", "c"]),
        (b"b\0c d\n\0", ["a", "b", "c d\n"]),
        (b"\n\nb\n", ["a", "b"]),
        (b"\xff\n", ["a", os.fsdecode(b"\xff")]),
    ],
)
@pytest.mark.parametrize("from_input", [True, False])
def test_listed_paths(
    listed: bytes,
    paths: list[str],
    from_input: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", _Input(listed))
    (tmp_path / "list").write_bytes(listed)
    args = Namespace(paths=["a"], files_from="-" if from_input else str(tmp_path / "list"))
    assert with_listed_paths(args).paths == paths
    assert args.paths == ["a"]


def test_standard_input_cannot_be_two_things() -> None:
    with pytest.raises(UsageError, match="standard input cannot be both"):
        with_listed_paths(Namespace(paths=["-"], files_from="-"))


@pytest.mark.parametrize(
    ("path", "filename", "name"),
    [("a", None, "a"), ("-", None, "<stdin>"), ("-", "x.conf", "x.conf"), ("a", "x.conf", "a")],
)
def test_name_in_reports(path: str, filename: str | None, name: str) -> None:
    assert input_name(path, Namespace(stdin_filename=filename)) == name


def test_a_name_for_standard_input_needs_standard_input() -> None:
    require_standard_input(Namespace(stdin_filename="x", paths=["-"]))
    require_standard_input(Namespace(stdin_filename=None, paths=["a"]))
    with pytest.raises(UsageError, match="--stdin-filename needs -"):
        require_standard_input(Namespace(stdin_filename="x", paths=["a"]))
