# SPDX-License-Identifier: MIT
"""A line on the terminal that says how far a run has got, once it takes longer than a second."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from criulint.report.terminal import count_columns
from criulint.text import escape, plural

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event
    from typing import TextIO

# Seconds before the line is shown, and between two updates of it.
_DELAY, _PAUSE = 1.0, 0.2
_CLEAR = "\r\x1b[K"
_USUAL_WIDTH = 80


class Progress:
    """What a run has done so far: how many files, and which one it is at.

    `stream` is a terminal, or None for a run that shows nothing.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._count = 0
        self._name = ""
        self._is_shown = False
        self._lock: Any = nullcontext()  # until a thread writes the line

    def advance(self, name: str) -> None:
        """Note that a new file is being checked, and that the one before it is done."""
        self._count += bool(self._name)
        self._name = name

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Clear the line for what the block writes, and show it again below that."""
        with self._lock:
            if self._is_shown:
                self._is_shown = False
                self._write(_CLEAR)
            yield

    @contextmanager
    def running(self, delay: float = _DELAY, pause: float = _PAUSE) -> Iterator[None]:
        """Show the line in the block: after `delay` seconds, updated every `pause` seconds."""
        if self._stream is None:
            yield
            return
        from threading import Event, RLock, Thread

        self._lock = RLock()
        done = Event()
        thread = Thread(target=self._show_again, args=(done, delay, pause), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            with self.aside():
                pass

    def _show_again(self, done: Event, delay: float, pause: float) -> None:
        started = time.monotonic()
        wait = delay
        while not done.wait(wait):
            with self._lock:
                self._is_shown = True
                self._write(_CLEAR + self._line(int(time.monotonic() - started)))
            wait = pause

    def _line(self, seconds: int) -> str:
        line = f"criulint: {seconds} s, {plural(self._count, 'file')} done, {escape(self._name)}"
        room = self._width() - 1
        while count_columns(line) > room:
            line = line[: min(room, len(line) - 1)]
        return line

    def _width(self) -> int:
        with suppress(OSError, ValueError, AttributeError):
            terminal = os.get_terminal_size(self._stream.fileno())  # type: ignore[union-attr]
            return terminal.columns or _USUAL_WIDTH
        return _USUAL_WIDTH

    def _write(self, text: str) -> None:
        if self._stream:
            with suppress(OSError, ValueError):
                self._stream.write(text)
                self._stream.flush()


def terminal() -> TextIO | None:
    """Return where to show progress: standard error, if that is a capable terminal."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return None
    from criulint.cli.streams import unguarded_stderr

    return unguarded_stderr()
