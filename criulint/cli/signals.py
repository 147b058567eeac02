# SPDX-License-Identifier: MIT
"""Signals that end a run: it cleans up first."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# In seconds: supervisors wait less for a program that they have asked to end.
_PATIENCE = 10.0


@contextmanager
def clean_exit() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that a cancelled job leaves no files behind.

    SIGINT is a KeyboardInterrupt, as usual. Supervisors and terminals send several signals, and
    people are impatient, so those that come during the `_PATIENCE` seconds after the first one are
    passed over: cleaning up goes on. A signal that is ignored, as under nohup, stays so.
    """
    import signal
    from threading import current_thread, main_thread
    from time import monotonic

    if current_thread() is not main_thread():
        yield
        return

    quiet_until = 0.0

    def stop(number: int, _frame: object) -> None:
        nonlocal quiet_until
        if monotonic() < quiet_until:
            return
        quiet_until = monotonic() + _PATIENCE
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    names = ("SIGTERM", "SIGHUP", "SIGINT")  # Windows has no SIGHUP
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    usual = (signal.SIG_DFL, signal.default_int_handler)
    before = {number: signal.getsignal(number) for number in numbers}
    replaced = {number: handler for number, handler in before.items() if handler in usual}
    try:
        for number in replaced:
            signal.signal(number, stop)
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)
