# SPDX-License-Identifier: MIT
"""The line that says how far a run has got."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main
from criulint.cli.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

_CLEAR = "\r\x1b[K"


class _Terminal(io.StringIO):
    """A terminal that wakes who waits for something to be shown."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def write(self, text: str) -> int:
        self.written.set()
        return super().write(text)


def test_the_line_comes_back_below_what_is_said() -> None:
    terminal = _Terminal()
    progress = Progress(terminal)
    progress.advance("a.conf")
    progress.advance("b\x1b.conf")
    with progress.running(0.001, 0.001):
        assert terminal.written.wait(60)
        with progress.aside():
            before = terminal.getvalue()
            assert before.endswith(_CLEAR)
            terminal.write("said\n")
            terminal.written.clear()
        assert terminal.written.wait(60)
    shown = terminal.getvalue()
    assert before.startswith(f"{_CLEAR}criulint: 0 s, 1 file done, b\\x1b.conf{_CLEAR}")
    assert shown.startswith(f"{before}said\n{_CLEAR}criulint: ")
    assert shown.endswith(_CLEAR)


def test_a_short_run_shows_nothing() -> None:
    terminal = _Terminal()
    progress = Progress(terminal)
    with progress.running(1000, 1000), progress.aside():
        progress.advance("a.conf")
    assert terminal.getvalue() == ""


def test_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress().running(0, 0), Progress().aside():
        pass
    assert main(["help", "check"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["x" * 1000, "漢" * 1000])
def test_the_line_fits(name: str) -> None:
    terminal = _Terminal()
    progress = Progress(terminal)
    progress.advance(name)
    with progress.running(0.001, 0.001):
        assert terminal.written.wait(60)
    line = terminal.getvalue().split(_CLEAR)[1]
    assert line.startswith("criulint: 0 s, 0 files done, ")
    assert 70 < len(line) + line.count("漢") < 80


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes with names")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["check", "--format", "json", "--statistics"], b'    "code": "CRIU201",'),
        (["format", "--diff"], b"+tcp-close no"),
    ],
)
@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_a_real_run(words: list[str], expected: bytes, quiet: list[str], tmp_path: Path) -> None:
    """Reading a pipe without a writer takes as long as needed."""
    import pty

    os.mkfifo(tmp_path / "x.conf")
    program = (
        "import sys; from criulint.cli import main, progress;"
        "progress.Progress.running.__wrapped__.__defaults__ = (0.01, 0.01);"
        "sys.exit(main(sys.argv[1:]))"
    )
    master, slave = pty.openpty()
    command = [sys.executable, "-c", program, *words, *quiet, "x.conf"]
    environment = {**os.environ, "NO_COLOR": "1", "TERM": "xterm"}
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=slave, stderr=slave, env=environment
    ) as process:
        os.close(slave)
        try:
            shown = b""
            while not quiet and b"s, 0 files done, x.conf" not in shown:
                shown += os.read(master, 4096)
            with open(tmp_path / "x.conf", "wb") as pipe:
                pipe.write(b"tcp-close   no\n")
            try:
                while data := os.read(master, 4096):
                    shown += data
            except OSError:  # the program has ended
                pass
            assert process.wait(60) == 1
        finally:
            process.kill()
            os.close(master)
    assert (_CLEAR.encode() in shown) == (not quiet)
    # Each line that is cleared is followed by the cursor at its beginning.
    assert expected in [line for piece in shown.split(b"\r\n") for line in piece.split(b"\x1b[K")]
    assert b"done" not in shown.rpartition(_CLEAR.encode())[2]
