# SPDX-License-Identifier: MIT
"""Parsing with tree-sitter, within bounds.

What the parser does to go on after a mistake can take time with the square of the text, and no
signal interrupts it. So it is asked to report its progress, and stopped.
"""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

from criulint.embedded.hosts import HostError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Parser, Tree

# Seconds of a processor for one text; a megabyte of what people write takes less than one.
_MAX_SECONDS = 5.0
_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGALRM", "SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
]


def parse(parser: Parser, data: bytes) -> Tree:
    """Return the syntax tree of a text in UTF-8. HostError if that takes too long."""
    text = memoryview(data)
    end = time.thread_time() + _MAX_SECONDS
    with _signals_held() as came:
        try:
            return parser.parse(
                lambda offset, _: text[offset:],
                progress_callback=lambda _, __: bool(came) or time.thread_time() > end,
            )
        except ValueError:
            parser.reset()
    raise HostError("takes too long to parse")


@contextmanager
def _signals_held() -> Iterator[list[int]]:
    """Handle signals afterwards, as none may raise in the parser; yield those that came."""
    came: list[int] = []
    if current_thread() is not main_thread():  # others handle none
        yield came
        return
    held = {number: handler for number in _SIGNALS if callable(handler := signal.getsignal(number))}
    try:
        for number in held:
            signal.signal(number, lambda number, _: came.append(number))
        yield came
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)
