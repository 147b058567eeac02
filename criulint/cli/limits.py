# SPDX-License-Identifier: MIT
"""The limits of a run: the argument for them, and the clock that ends it."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.configuration.limits import DEFAULT_LIMITS, RunLimits
from criulint.text import escape

if TYPE_CHECKING:
    import argparse
    import threading
    from collections.abc import Iterable, Iterator
    from types import FrameType, TracebackType

_UNITS = {"K": 10, "M": 20, "G": 30}
_MAX_DIGITS = 15
# The fewest seconds until a run is interrupted: by then, the `try` that handles it has begun.
_SHORTEST = 0.1


def add_limit_argument(parser: argparse._ActionsContainer) -> None:
    """Add ``--limit`` to a command."""
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=N",
        help=f"change a limit; NAME is one of {', '.join(RunLimits._fields)}: bytes of a file,"
        " bytes of a YAML or JSON file, findings, seconds; N may have the suffix K, M or G",
    )


def parse_limits(words: Iterable[str]) -> dict[str, int]:
    """Return the limits that the words of ``--limit`` set. UsageError if one is malformed."""
    limits = {}
    for word in words:
        name, _, number = word.partition("=")
        shift = _UNITS.get(number[-1:], 0)
        digits = number[:-1] if shift else number
        if name not in RunLimits._fields or not _is_number(digits):
            raise UsageError(
                f"--limit {escape(word)}: expected NAME=N, where NAME is one of"
                f" {', '.join(RunLimits._fields)}"
            )
        limits[name] = int(digits) << shift
    return limits


def _is_number(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS


class TimeUpError(BaseException):
    """The time of a run is up. Not an `Exception`, so that nothing handles it as a bug."""


class Deadline:
    """Raises TimeUpError in the code that runs within it, `seconds` after it was made.

    Where the system has no timers, a thread interrupts the program as Ctrl+C does. Outside the main
    thread, only `check` raises it.
    """

    def __init__(self, seconds: int) -> None:
        self._started = time.monotonic()
        self.seconds = seconds
        self._interrupts = False
        self._before: object = None
        self._thread: threading.Timer | None = None

    def check(self, seconds: int) -> None:
        """Shorten the time to `seconds`, if it was longer; raise TimeUpError if it is up."""
        if seconds < self.seconds:
            self.seconds = seconds
            self._set()
        if self._seconds_left() <= 0:
            raise TimeUpError

    def _seconds_left(self) -> float:
        return self._started + self.seconds - time.monotonic()

    def _set(self) -> None:
        if not self._interrupts:
            return
        import signal

        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, max(self._seconds_left(), _SHORTEST))
            return
        import threading
        from _thread import interrupt_main

        if self._thread:
            self._thread.cancel()
        self._thread = threading.Timer(max(self._seconds_left(), _SHORTEST), interrupt_main)
        self._thread.daemon = True
        self._thread.start()

    def __enter__(self) -> Deadline:
        import signal

        def stop(_number: int, _frame: FrameType | None) -> None:
            raise TimeUpError

        def stop_or_interrupt(number: int, frame: FrameType | None) -> None:
            if self._seconds_left() <= 0:
                raise TimeUpError
            if callable(self._before):
                self._before(number, frame)

        with suppress(ValueError):  # only the main thread may set handlers
            if hasattr(signal, "setitimer"):
                self._before = signal.signal(signal.SIGALRM, stop)
            else:
                self._before = signal.signal(signal.SIGINT, stop_or_interrupt)
            self._interrupts = True
            self._set()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._interrupts:
            return
        import signal

        self._interrupts = False
        if self._thread:
            self._thread.cancel()
            number = signal.SIGINT
        else:
            signal.setitimer(signal.ITIMER_REAL, 0)
            number = signal.SIGALRM
        signal.signal(number, self._before)  # type: ignore[arg-type]


@contextmanager
def in_usual_time() -> Iterator[None]:
    """Run the block for as long as a run may take by default. UsageError if that was not enough."""
    clock = Deadline(DEFAULT_LIMITS.time)
    try:
        with clock:
            yield
    except TimeUpError:
        raise UsageError(f"stopped after {clock.seconds} seconds") from None
