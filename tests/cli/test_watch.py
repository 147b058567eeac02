# SPDX-License-Identifier: MIT
"""``criulint check --watch``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from criulint.cli import UsageError, main
from criulint.cli.watch import Clock, RunResult, Watch, configuration_places, given_files, sign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO


class _Time:
    """A clock that passes only when something sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


def _watch(states: Iterator[int], time: _Time) -> Watch:
    return Watch(
        lambda: RunResult(0, 0),
        lambda: ["a"],
        lambda path: next(states) if path == "a" else None,
        Clock(lambda: time.now, lambda: 0, time.sleep),
    )


def test_what_changes_is_checked_when_it_stays_as_it_is() -> None:
    time = _Time()
    states = iter([0, 0, 0, 1, 2, 3, 3, 4])
    watch = _watch(states, time)
    watch.wait(watch.look())
    assert next(states) == 4  # which is for the next wait
    assert time.slept == [0.5, 0.5, 0.1, 0.1, 0.1]


def test_what_never_stops_changing_is_checked_anyway() -> None:
    time = _Time()
    watch = _watch(iter(range(1000)), time)
    watch.wait(watch.look())
    assert 2 <= time.now < 2.5


def test_expensive_looks_are_rare() -> None:
    time = _Time()
    busy = 0.0
    states = iter([0, 0, 1, 1])

    def slow_sign(path: str) -> object:
        nonlocal busy
        if path != "a":
            return None
        busy += 1
        return next(states)

    watch = Watch(
        lambda: RunResult(0, 0),
        lambda: ["a"],
        slow_sign,
        Clock(lambda: time.now, lambda: busy, time.sleep),
    )
    watch.wait(watch.look())
    assert time.slept == [10, 0.1]


def test_an_error_in_the_configuration_is_a_change() -> None:
    def find() -> list[str]:
        raise UsageError("x.toml: broken")

    assert Watch(lambda: RunResult(0, 0), find, sign).look() == {"": "x.toml: broken"}


def test_what_a_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "x.conf"
    seen = [sign(str(path))]
    for data in (b"", b"a", b"b", b"b" * (1 << 20), b"c" * ((1 << 20) + 1)):
        path.write_bytes(data)
        seen.append(sign(str(path)))
        assert sign(str(path)) == seen[-1]
    path.unlink()
    path.mkdir()
    seen.append(sign(str(path)))
    assert sign(str(path)) == seen[-1]
    assert len(set(seen)) == len(seen)
    assert isinstance(sign("a\0b"), str)


def test_configurations_may_appear_in_all_directories_above() -> None:
    places = configuration_places(["/a/b/x.conf"])
    assert {"/a/b/criulint.toml", "/a/.criulint.toml", "/pyproject.toml"} <= places
    assert len(places) == 9
    assert os.path.abspath("criulint.toml") in configuration_places([])


def test_given_files(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.touch()
    names = {"config": str(path), "criu": "4.2", "baseline": None, "paths": ["y"]}
    assert given_files(names) == [str(path)]


@pytest.mark.parametrize(
    "words",
    [
        ["--fix", "."],
        ["--add-ignore", "."],
        ["--write-baseline", "x", "."],
        ["--show-files", "."],
        ["--show-settings", "."],
        ["-"],
        ["--files-from", "-"],
        ["--select", "CRIU999", "."],
        ["--config", "missing.toml", "."],
    ],
)
def test_what_cannot_be_watched(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--watch", *words]) == 2
    assert capsys.readouterr().err.startswith("criulint: error: ")


# With short pauses: nobody waits for these.
_PROGRAM = (
    "import sys; from criulint.cli import main, watch;"
    "watch._PAUSE = watch._QUIET = 0.02; sys.exit(main(sys.argv[1:]))"
)


class _Process:
    """A criulint that watches, in a directory."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr
        self._messages: IO[str] = process.stderr

    def report(self) -> list[str]:
        """Return what it says on standard error, up to where it waits."""
        lines: list[str] = []
        for line in self._messages:
            lines.append(line.rstrip("\n").removeprefix("criulint: "))
            if line.endswith("; waiting for changes (Ctrl-C ends)\n"):
                lines[-1] = lines[-1][len("12:34:56: ") :].partition(";")[0]
                return lines
        raise AssertionError(lines)

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Interrupt it; return its exit status and what it printed on standard output."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        assert "Traceback" not in err
        return self.process.returncode, out


@contextmanager
def _watching(directory: Path, *words: str) -> Iterator[_Process]:
    command = [sys.executable, "-c", _PROGRAM, "check", "--watch", "--format", "concise", *words]
    with subprocess.Popen(
        command,
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield _Process(process)
        finally:
            process.kill()


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")


def test_changes_are_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "criu"
    folder.mkdir()
    (folder / "a.conf").write_text("tcp-close\n", encoding="utf-8")
    with _watching(tmp_path, ".") as watching:
        assert watching.report() == ["0 problems"]
        # In place, as `echo >>` does; the size and the time stamps may be the same.
        (folder / "a.conf").write_text("tcp-closf\n", encoding="utf-8")
        assert watching.report() == ["1 problem"]
        # Replaced by another file, as most editors do.
        (tmp_path / "new").write_text("tcp-close no\nbogus\n", encoding="utf-8")
        os.replace(tmp_path / "new", folder / "a.conf")
        assert watching.report() == ["2 problems"]
        (folder / "b.conf").write_text("bogus\n", encoding="utf-8")
        assert watching.report() == ["3 problems"]
        (folder / "a.conf").unlink()
        assert watching.report() == ["1 problem"]
        (tmp_path / "criulint.toml").write_text('ignore = ["CRIU101"]\n', encoding="utf-8")
        assert watching.report() == ["0 problems"]
        (tmp_path / "criulint.toml").write_text("ignore = [\n", encoding="utf-8")
        message, problems = watching.report()
        assert message.startswith("error: ")
        assert problems == "0 problems, not all could be checked"
        (tmp_path / "criulint.toml").unlink()
        assert watching.report() == ["1 problem"]
        (tmp_path / ".gitignore").write_text("b.conf\n", encoding="utf-8")
        (tmp_path / ".git").mkdir()
        assert watching.report()[-1] == "0 problems"
        status, out = watching.end()
    assert status == 0
    assert "\x1b" not in out
    assert out.count("CRIU101") == 6


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 1), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_a_named_file_may_come_back(tmp_path: Path, number: int, status: int) -> None:
    path = tmp_path / "x.conf"
    with _watching(tmp_path, "x.conf") as watching:
        assert watching.report() == [
            "error: x.conf: No such file or directory",
            "0 problems, not all could be checked",
        ]
        path.write_text("bogus\n", encoding="utf-8")
        assert watching.report() == ["1 problem"]
        assert watching.end(number)[0] == status


def test_a_terminal_is_cleared(tmp_path: Path) -> None:
    import pty

    (tmp_path / "x.conf").write_text("bogus\n", encoding="utf-8")
    master, slave = pty.openpty()
    command = [sys.executable, "-c", _PROGRAM, "check", "--watch", "--color=never", "x.conf"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
    ) as process:
        os.close(slave)
        try:
            shown = b""
            while b"(Ctrl-C" not in shown:
                shown += os.read(master, 4096)
            assert shown.startswith(b"\x1b[H\x1b[2J")
            (tmp_path / "x.conf").write_text("tcp-close\n", encoding="utf-8")
            shown = b""
            while b"(Ctrl-C" not in shown:
                shown += os.read(master, 4096)
            assert shown.count(b"\x1b[H\x1b[2J") == 1
            assert b"0 problems" in shown
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
        finally:
            process.kill()
            os.close(master)
