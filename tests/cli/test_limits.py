# SPDX-License-Identifier: MIT
"""What files may cost: limits that can be set, and that are reported when they are reached."""

from __future__ import annotations

import base64
import gzip
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from criulint.cli import limits
from criulint.cli.limits import Deadline, TimeUpError, parse_limits
from criulint.configuration.limits import DEFAULT_LIMITS, RunLimits
from criulint.embedded.hosts import HostError, follow_host
from criulint.linter.linter import Linter
from criulint.source import Source
from tests.cli.harmless import run
from tests.counting import count_lines

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with four findings, in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "x.conf"
    path.write_bytes(b"tcp-closs\n" * 4)
    return path


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("size=39", "x.conf: more than 39 bytes (--limit size=N allows more)"),
        ("findings=3", "x.conf: more findings than a run may have (--limit findings=N"),
        (
            "time=0",
            "stopped after 0 seconds, before all files were done (--limit time=N allows more)",
        ),
    ],
)
def test_a_limit_that_is_reached_is_reported(limit: str, message: str, file: Path) -> None:
    result = run("check", "--limit", limit, "x.conf")
    assert (result.status, result.out) == (2, b"")
    assert message in result.err.decode()
    name, _, number = limit.partition("=")
    assert run("check", "--limit", f"{name}={int(number) + 1}", "x.conf").status == 1


def test_other_files_are_checked(file: Path) -> None:
    for name in ("a.conf", "z.conf"):
        (file.parent / name).write_bytes(b"port 0\n")
    result = run("check", "--limit", "size=20", "--format", "concise", "a.conf", "x.conf", "z.conf")
    assert result.status == 2
    assert result.out.count(b"CRIU106") == 2


def test_findings_are_those_of_all_files(file: Path) -> None:
    (file.parent / "y.conf").write_bytes(file.read_bytes())
    assert run("check", "--limit", "findings=7", "x.conf", "y.conf").status == 2
    assert run("check", "--limit", "findings=8", "x.conf", "y.conf").status == 1


@pytest.mark.parametrize("command", ["check", "format"])
def test_configuration_lowers_limits_and_does_not_raise_them(command: str, file: Path) -> None:
    settings = file.parent / "criulint.toml"
    settings.write_text("limits = { size = 39 }\n", encoding="utf-8")
    assert b"more than 39 bytes" in run(command, "x.conf").err
    assert b"more than" not in run(command, "--limit", "size=1K", "x.conf").err
    settings.write_text(f"limits = {{ size = {DEFAULT_LIMITS.size + 1} }}\n", encoding="utf-8")
    result = run(command, "x.conf")
    assert result.status == 2
    assert (
        b"size: must be a number from 1 to 1048576; only the command line can allow more"
        in result.err
    )
    settings.write_text("limits = { time = true }\n", encoding="utf-8")
    assert run(command, "x.conf").status == 2
    settings.write_text("limits = { findings = 7 }\n", encoding="utf-8")
    assert b"limits = { findings = 7 }" in run("check", "--show-settings", "x.conf").out.replace(
        b'"', b""
    )


@pytest.mark.parametrize("word", ["size", "size=", "size=x", "size=-1", "size=1T", "no=1", "=1"])
def test_malformed_limits_are_refused(word: str, file: Path) -> None:
    result = run("check", "--limit", word, "x.conf")
    assert result.status == 2
    assert b"expected NAME=N, where NAME is one of size, document, findings, time" in result.err


def test_limits_have_units() -> None:
    limits = RunLimits(**parse_limits(["size=2K", "document=3M", "size=1G"]))
    assert (limits.size, limits.document, limits.time) == (1 << 30, 3 << 20, DEFAULT_LIMITS.time)


def test_standard_input_is_limited(file: Path) -> None:
    result = run("check", "--limit", "size=5", "-", stdin=b"tcp-close\n")
    assert result.status == 2
    assert b"-: more than 5 bytes" in result.err


@pytest.mark.skipif(not hasattr(__import__("signal"), "setitimer"), reason="needs timers")
def test_time_interrupts_what_runs() -> None:
    def work() -> None:
        clock = Deadline(60)
        with clock:
            clock.check(60)
            clock.seconds = 0
            clock._set()
            time.sleep(60)

    with pytest.raises(TimeUpError):
        work()
    time.sleep(0.01)  # nothing is left of the alarm


def test_a_thread_interrupts_what_runs_without_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.delattr(signal, "setitimer", raising=False)
    before = signal.getsignal(signal.SIGINT)

    def work() -> None:
        with Deadline(60) as clock:
            clock._started -= 59.9
            clock._set()
            while True:
                pass

    with pytest.raises(TimeUpError):
        work()
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt), Deadline(60):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("command", ["read", "effective", "advise", "set", "unset", "init"])
def test_each_command_has_an_end(command: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_for_ever(_arguments: object) -> int:
        while True:
            time.sleep(0.01)

    monkeypatch.setattr(limits, "DEFAULT_LIMITS", DEFAULT_LIMITS._replace(time=0))
    monkeypatch.setattr(import_module(f"criulint.cli.{command}"), "run", run_for_ever)
    words = {"init": [], "effective": []}.get(command, ["tcp-close"])
    result = run(command, *words)
    assert (result.status, result.out) == (2, b"")
    assert b"stopped after 0 seconds" in result.err


@pytest.mark.skipif(os.name != "posix", reason="needs FIFOs")
def test_names_that_a_search_finds_do_not_block_it(tmp_path: Path) -> None:
    for name in (".gitignore", "criulint.toml", "criu/x.conf", "a/criu/pyproject.toml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(path)
    (tmp_path / "a/.gitignore").symlink_to("/dev/zero")
    (tmp_path / "a/criu/x.conf").write_bytes(b"port 0\n")
    (tmp_path / "b/criu").mkdir(parents=True)
    (tmp_path / "b/.gitignore").mkdir()
    (tmp_path / "b/criu/x.conf").symlink_to("/dev/zero")
    (tmp_path / "b/criu/y.conf").symlink_to("y.conf")
    with (tmp_path / "criu/.gitignore").open("wb") as sparse:
        sparse.truncate(1 << 40)
    with (tmp_path / "b/criu/criulint.toml").open("wb") as sparse:
        sparse.truncate(1 << 40)
    result = run("check", "--format", "concise", tmp_path / "a", tmp_path / "criu")
    assert result.status == 1
    assert b"CRIU106" in result.out
    assert result.err.count(b".gitignore is not used") == 2
    assert b"more than 1048576 bytes" in run("check", tmp_path / "b").err


@pytest.mark.skipif(not os.access("/proc/kmsg", os.R_OK), reason="needs the kernel's log")
def test_files_of_the_kernel_do_not_block() -> None:
    assert run("check", "--isolated", "/proc/kmsg").status in (1, 2)


@pytest.mark.parametrize(
    "text",
    [
        ".".join("a" * 100_000) + "=1\n",
        "[" + ".".join("a" * 100_000) + "]\n",
        'a."b".' * 50_000 + "c=1\n",
        "a = " + "[" * 100_000 + "\n",
        "a = {" + "b = {" * 50_000 + "\n",
        "x" * 2_000_000,
        "a = 1" + "0" * 10_000 + "\n",
        "\n".join(".".join("a" * 900) + f"{number}=1" for number in range(100)),
    ],
    ids=range(8),
)
def test_configurations_are_bounded(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.conf").write_bytes(b"port 0\n")
    for name in ("criulint.toml", "pyproject.toml"):
        path = tmp_path / name
        path.write_text(f"# criulint\n{text}", encoding="utf-8")
        tracemalloc.start()
        result = run("check", "x.conf")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert result.status == 2
        assert len(result.err.splitlines()) == 1
        assert len(result.err) < 400
        assert peak < 60 << 20
        path.unlink()


# --- files inside YAML


def _find(text: str) -> int:
    return len(follow_host(Source(text.encode(), "x.yaml"), "yaml").files)


def test_aliases_are_followed_once() -> None:
    content = "base: &a |\n" + "    tcp-close false\n" * 300
    items = "- {path: /etc/criu/runc.conf, content: *a}\n"
    assert _find(content + "list:\n" + items * 500) == 1
    named = "".join(f"- {{path: /etc/criu/r{n}.conf, content: *a}}\n" for n in range(10_000))
    with pytest.raises(HostError, match="more than 1048576 bytes"):
        _find(content + "list:\n" + named)


def test_a_mapping_that_aliases_repeat_is_read_once() -> None:
    def text(count: int) -> str:
        mapping = "base: &a\n" + "".join(f"    k{number}: v\n" for number in range(count))
        return mapping + "list:\n" + "".join(f"- {{crun.conf: *a, n: {n}}}\n" for n in range(count))

    _find(text(10))
    small, large = (count_lines(partial(_find, text(count))) for count in (50, 200))
    assert large < 5 * small


def test_compressed_content_is_bounded() -> None:
    packed = base64.b64encode(gzip.compress(b"zz\n" * 100_000)).decode()
    text = f"path: /etc/criu/x.conf\nencoding: gz+b64\ncontent: {packed}\n"
    found = follow_host(Source(text.encode(), "x.yaml"), "yaml")
    assert found.files == []
    assert [error for _, error in found.errors] == ["/etc/criu/x.conf is truncated, or too large"]
    several = "---\n".join(text.replace("/x.", f"/{number}.") for number in range(1000))
    assert len(follow_host(Source(several.encode(), "x.yaml"), "yaml").errors) == 20


def test_paths_longer_than_the_kernel_knows_are_no_files() -> None:
    assert _find(f"path: /{'criu' * 100_000}\ncontent: port 0\nx: runc.conf\n") == 0
    assert _find(f"path: /{'criu' * 1_000}.conf\ncontent: port 0\nx: runc.conf\n") == 1


# --- memory, as Python counts it

_GROWING = {
    "options": b"-v\n",
    "words": b"a\n",
    "after dashes": b"-q -x --foo\n",
    "carriage returns": b"a\r",
    "names": b"x%d,",
    "unused names": b"CRIU201,",
    "suppressions": b"# criulint: ignore[zz] ",
    "malformed suppressions": b"# criulint: ignroe [x] ",
    "fixes": b"tcp_close no\n",
}
_BEGINNINGS = {
    "after dashes": b"--\n",
    "names": b"tcp-close # criulint: ignore[",
    "unused names": b"# criulint: ignore[",
    "suppressions": b"tcp-close # ",
    "malformed suppressions": b"tcp-close # ",
}


def _peak(data: bytes) -> int:
    tracemalloc.start()
    try:
        Linter().check(Source(data))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("kind", _GROWING)
def test_memory_and_work_grow_as_the_file_does(kind: str) -> None:
    def data(size: int) -> bytes:
        piece = _GROWING[kind]
        pieces = (piece.replace(b"%d", b"%d" % n) for n in range(size // len(piece)))
        return _BEGINNINGS.get(kind, b"") + b"".join(pieces)

    Linter().check(Source(data(2_000)))
    small, large = data(6_000), data(24_000)
    assert _peak(large) < 5 * _peak(small) + 500_000
    works = [count_lines(partial(Linter().check, Source(data))) for data in (small, large)]
    assert works[1] < 5 * works[0] + 2_000


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs limits of memory")
@pytest.mark.parametrize("kind", _GROWING)
def test_the_largest_file_fits_into_a_gigabyte(kind: str, tmp_path: Path) -> None:
    """A small machine can check a file of the largest size, whatever it contains."""
    piece = _GROWING[kind]
    count = (DEFAULT_LIMITS.size - 100) // (len(piece) + 4)
    path = tmp_path / "x.conf"
    path.write_bytes(
        _BEGINNINGS.get(kind, b"")
        + b"".join(piece.replace(b"%d", b"%d" % number) for number in range(count))
    )
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30));"
        "from criulint.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "check", "--isolated", "--format", "concise", path],
        capture_output=True,
        check=False,
    )
    assert done.returncode in (1, 2)
    assert b"internal error" not in done.stderr
