# SPDX-License-Identifier: MIT
"""A signal that ends a run lets it clean up."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from criulint.cli.signals import clean_exit

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

_SCRIPT = """
import signal, sys
from criulint.cli.signals import clean_exit
if "ignored" in sys.argv:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
try:
    with clean_exit():
        signal.raise_signal(getattr(signal, sys.argv[1]))
        print("went on", flush=True)
finally:
    print("cleaned up", flush=True)
"""


@pytest.mark.parametrize(
    ("arguments", "status", "output"),
    [
        (["SIGTERM"], 128 + 15, ["cleaned up"]),
        (["SIGHUP"], 128 + 1, ["cleaned up"]),
        (["SIGHUP", "ignored"], 0, ["went on", "cleaned up"]),
        (["SIGTERM", "ignored"], 128 + 15, ["cleaned up"]),
        (["SIGUSR1"], -int(signal.SIGUSR1) if sys.platform != "win32" else 0, []),
    ],
)
def test_signals(arguments: list[str], status: int, output: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *arguments], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout.splitlines()) == (status, output)


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)
    with clean_exit():
        if before[0] == signal.SIG_DFL:
            assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)) == before


def test_another_thread_may_not_set_handlers_and_does_not() -> None:
    ended = []

    def work() -> None:
        with clean_exit():
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [True]
