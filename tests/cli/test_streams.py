# SPDX-License-Identifier: MIT
"""Exit statuses are the documented ones, whatever the standard streams and the directory are."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from criulint.cli import command_names
from criulint.report import FORMATS
from tests.cli.harmless import run
from tests.measuring import unmeasured_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LINUX = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
_POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")

# Runs, and their exit status where nothing is wrong with the streams.
_RUNS = {
    "check good.conf": 0,
    "check bad.conf": 1,
    "check gone.conf": 2,
    "check -v good.conf": 0,
    "check --nope": 2,
    "check --diff --unsafe-fixes bad.conf": 1,
    "check --fix -": 0,
    "check --root .": 0,
    "format --check good.conf": 0,
    "format good.conf gone.conf": 2,
    "format -": 0,
    "read bad.conf": 0,
    "read gone.conf": 2,
    "effective --root .": 0,
    "schema validate good.conf": 1,
    "schema list": 0,
    "advise -": 1,
    "advise --list": 0,
    "set --diff --root . tcp-close": 0,
    "set --check shell-job ./good.conf": 1,
    "unset --diff tcp-close ./good.conf": 0,
    "unset tcp-close ./gone.conf": 0,
    "init --stdout": 0,
    "completion bash": 0,
    "lsp --nope": 2,
    "rule CRIU999": 2,
    "image gone": 2,
    "": 2,
    "nope": 2,
    "--help": 0,
    "-V": 0,
    "help check": 0,
    **{f"check --format {name} bad.conf": 1 for name in FORMATS},
}
_WRITES_NOTHING = (
    "check good.conf",
    "check -v good.conf",
    "check --root .",
    "format --check good.conf",
)


def _run(
    directory: Path, words: str, redirections: str = "", **environment: str
) -> tuple[int, bytes]:
    """Run criulint by a shell; return its exit status, and what it wrote to standard error."""
    (directory / "good.conf").write_bytes(b"tcp-close\n")
    (directory / "bad.conf").write_bytes(b"tcp-closs\n")
    criulint = shlex.join([sys.executable, "-m", "criulint"])
    done = subprocess.run(
        ["sh", "-c", f"({criulint} {words}; echo $? >status) {redirections}"],
        cwd=directory,
        input=b"tcp-close\n",
        env={**unmeasured_environment(), "HOME": str(directory), **environment},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    return int((directory / "status").read_text(encoding="ascii")), done.stderr


def test_each_command_is_run() -> None:
    assert {words.partition(" ")[0] for words in _RUNS} >= {*command_names()}


_NO_READER = "| (exec <&-; cat status 2>/dev/null; sleep 1)"


@_LINUX
@pytest.mark.slow
@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-", f"2>&1 >/dev/null {_NO_READER}"])
@pytest.mark.parametrize("words", _RUNS)
def test_standard_error_does_not_change_the_status(words: str, stderr: str, tmp_path: Path) -> None:
    assert _run(tmp_path, words, stderr)[0] == _RUNS[words]


@_LINUX
@pytest.mark.slow
@pytest.mark.parametrize("words", _RUNS)
def test_a_full_disk_is_reported(words: str, tmp_path: Path) -> None:
    status, errors = _run(tmp_path, words, ">/dev/full")
    if words in _WRITES_NOTHING or _RUNS[words] == 2:
        assert status == _RUNS[words]
    else:
        assert status == 2
        assert b"cannot write the report: No space left on device" in errors
    assert _run(tmp_path, words, ">/dev/full 2>/dev/full")[0] == status
    assert _run(tmp_path, words, ">/dev/full", PYTHONUNBUFFERED="1")[0] == status


@_LINUX
@pytest.mark.slow
@pytest.mark.parametrize("words", _RUNS)
def test_closed_streams_end_with_a_documented_status(words: str, tmp_path: Path) -> None:
    for redirections in (">&-", "<&-", "<&- >&- 2>&-", f">/dev/null {_NO_READER}"):
        assert _run(tmp_path, words, redirections)[0] in (0, 1, 2)


def _run_in_deleted_directory(home: Path, words: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a directory that is deleted before it begins."""
    gone = home / "gone directory"
    gone.mkdir()
    criulint = shlex.join([sys.executable, "-P" if sys.version_info >= (3, 11) else "-s"])
    return subprocess.run(
        ["sh", "-c", f"rmdir '{gone}'; {criulint} -m criulint {words}"],
        cwd=gone,
        env={**unmeasured_environment(), "HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


@_POSIX
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("check {}/good.conf", 0),
        ("check {}/bad.conf", 1),
        ("check {}", 1),
        ("check --format json {}/bad.conf", 1),
        ("check --format gitlab --show-settings {}/good.conf", 0),
        ("check --fix {}/good.conf", 0),
        ("check --baseline {}/gone {}/good.conf", 2),
        ("check .", 2),
        ("check x.conf", 2),
        ("format --diff {}/good.conf", 0),
        ("format {}", 0),
        ("read {}/bad.conf", 0),
        ("effective --root {}", 0),
        ("schema list", 0),
        ("check --output json:{}/out {}/good.conf", 0),
        ("check --output json:out {}/good.conf", 2),
        ("image {}/gone", 2),
    ],
)
def test_working_directory_may_be_gone(words: str, expected: int, tmp_path: Path) -> None:
    (tmp_path / "good.conf").write_bytes(b"tcp-close\n")
    (tmp_path / "criu").mkdir()
    (tmp_path / "bad.conf").write_bytes(b"tcp-closs\n")
    (tmp_path / "criu/bad.conf").write_bytes(b"tcp-closs\n")
    done = _run_in_deleted_directory(tmp_path, words.format(tmp_path, tmp_path))
    assert (done.returncode, b"internal error" in done.stderr) == (expected, False), done.stderr


@_POSIX
@pytest.mark.slow
@pytest.mark.parametrize("words", _RUNS)
def test_each_command_says_that_its_directory_is_gone(words: str, tmp_path: Path) -> None:
    done = _run_in_deleted_directory(tmp_path, words)
    assert done.returncode in (0, 1, 2), done.stderr
    assert b"cannot write" not in done.stderr
    assert done.returncode != 2 or done.stderr


@pytest.fixture(scope="module", params=[("d", 1200), ("d" * 100, 60)], ids=["deep", "too long"])
def deep(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, str]]:
    """A directory in many others, open, and its path, which may be longer than the kernel's."""
    name, depth = request.param
    top = tmp_path_factory.mktemp("deep")
    here = os.open(top, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        inner = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    for file, data in (("good.conf", b"tcp-close\n"), ("bad.conf", b"tcp-closs\n")):
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, dir_fd=here), "wb") as opened:
            opened.write(data)
    yield here, os.path.join(top, *[name] * depth)
    os.close(here)
    # Python's own removal is recursive.
    subprocess.run(["rm", "-rf", top], check=True)


def _run_in_open_directory(
    directory: int, words: str, home: Path
) -> subprocess.CompletedProcess[bytes]:
    before = os.open(".", os.O_RDONLY)
    os.fchdir(directory)
    try:
        safe = "-P" if sys.version_info >= (3, 11) else "-s"
        return subprocess.run(
            [sys.executable, safe, "-m", "criulint", *shlex.split(words)],
            input=b"tcp-close\n",
            env={**unmeasured_environment(), "HOME": str(home)},
            capture_output=True,
            check=False,
        )
    finally:
        os.fchdir(before)
        os.close(before)


@_POSIX
@pytest.mark.slow
@pytest.mark.parametrize("words", _RUNS)
def test_each_command_runs_in_a_deep_directory(
    words: str, deep: tuple[int, str], tmp_path: Path
) -> None:
    directory, path = deep
    done = _run_in_open_directory(directory, words, tmp_path)
    if len(path) < 4096:
        assert done.returncode == _RUNS[words], done.stderr
    assert done.returncode in (0, 1, 2), done.stderr
    assert b"cannot write" not in done.stderr
    assert done.returncode != 2 or done.stderr


@_POSIX
@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "check {}",
        "check --fix {}",
        "check --root {}",
        "check --config {}/x.toml good.conf",
        "check --output json:{}/new good.conf",
        "check --write-baseline={}/base bad.conf",
        "check --baseline {}/none bad.conf",
        "format {}",
        "read {}/bad.conf",
        "effective --root {}",
        "advise --root {} -",
        "set --root {} tcp-close",
        "set tcp-close {}/bad.conf",
        "unset tcp-close {}/good.conf",
        "schema validate {}/good.conf",
        "image dir:{}",
        "image --output json:{}/images dir:{}",
    ],
)
def test_each_command_takes_a_deep_directory(
    words: str, deep: tuple[int, str], tmp_path: Path
) -> None:
    directory, path = deep
    done = _run_in_open_directory(directory, words.replace("{}", path), tmp_path)
    assert done.returncode in (0, 1, 2), done.stderr
    assert b"cannot write the report" not in done.stderr
    assert done.returncode != 2 or done.stderr


@_POSIX
def test_deep_directories_are_searched_as_far_as_paths_reach(tmp_path: Path) -> None:
    """A path has at most 4,095 characters; deeper directories are reported and left out."""
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1200):
            os.mkdir("a.bcd")
            os.chdir("a.bcd")
        for _ in range(3):
            os.mkdir("criu")
            os.chdir("criu")
            with open("x.conf", "wb") as file:
                file.write(b"tcp-closs\n")
    finally:
        os.chdir(here)
    for name in ("a", "z"):
        (tmp_path / name / "criu").mkdir(parents=True)
        (tmp_path / name / "criu/x.conf").write_bytes(b"tcp-closs\n")
    try:
        for words in ("check --format concise .", "format --check ."):
            status, errors = _run(tmp_path, words)
            assert status == 2
            assert errors.count(b"File name too long") == 1
            assert b"internal error" not in errors
        done = run("check", "--format", "concise", tmp_path)
        assert done.out.count(b"CRIU101") == 2
    finally:
        subprocess.run(["rm", "-r", tmp_path / "a.bcd"], check=True)


@_POSIX
def test_output_in_a_deep_directory_is_refused_or_written(tmp_path: Path) -> None:
    deep = "y/" * 3000
    for words in (f"--output json:{deep}z", f"--write-baseline={deep}z", f"--config {deep}z"):
        status, errors = _run(tmp_path, f"check {words} good.conf")
        assert status in (0, 2)
        assert b"internal error" not in errors
    # pytest cannot remove what is deeper than Python's stack.
    subprocess.run(["rm", "-rf", tmp_path / "y"], check=True)
