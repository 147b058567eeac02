# SPDX-License-Identifier: MIT
"""criulint is killed at every moment of a run: a file is the old one or the new one.

``python -m tests.kill --tries N`` runs ``check --fix``, ``format`` and reports over and over, and
sends SIGKILL (or another ``--signal``) a little later each time. It prints how often which came of
it, and fails if a file was ever something else.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

_OLD = b"# a\n  tcp-close no\n" * 500
_COMMANDS = {
    "fix": ["check", "--fix", "-q", "x.conf"],
    "format": ["format", "-q", "x.conf"],
    "report": ["check", "-q", "--output", "json:out.json", "x.conf"],
    "baseline": ["check", "-q", "--write-baseline=known.json", "x.conf"],
}
#: The file that a command writes.
_WRITTEN = {"report": "out.json", "baseline": "known.json"}


class Outcome(NamedTuple):
    """How often a file was the old one, the new one, or anything else."""

    old: int
    new: int
    broken: int
    leftovers: int


def run(command: str, tries: int, number: int = signal.SIGKILL) -> Outcome:
    """Kill a command at as many moments of its run."""
    with tempfile.TemporaryDirectory(prefix="kill-") as name:
        directory = Path(name)
        written = directory / _WRITTEN.get(command, "x.conf")
        _prepare(directory)
        started = time.monotonic()
        _start(directory, command).wait()
        whole = time.monotonic() - started
        old, new = b"" if command in _WRITTEN else _OLD, written.read_bytes()
        assert old != new
        found: Counter[str] = Counter()
        for moment in range(tries):
            _prepare(directory)
            process = _start(directory, command)
            time.sleep(1.1 * whole * moment / tries)
            process.send_signal(number)
            process.wait()
            content = written.read_bytes() if written.exists() else b""
            found["old" if content == old else "new" if content == new else "broken"] += 1
            found["leftovers"] += len(list(directory.glob(".criulint-*[!n]")))
        return Outcome(*(found[name] for name in Outcome._fields))


def _prepare(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()
    (directory / "x.conf").write_bytes(_OLD)


def _start(directory: Path, command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "criulint", *_COMMANDS[command]],
        cwd=directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(directory)},
    )


def main() -> int:
    """Kill all commands; 1 if a file was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument(
        "--signal", default="SIGKILL", choices=("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")
    )
    args = parser.parse_args()
    broken = 0
    for command in _COMMANDS:
        outcome = run(command, args.tries, signal.Signals[args.signal])
        broken += outcome.broken
        print(f"{command:10}", outcome, flush=True)  # noqa: T201
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
