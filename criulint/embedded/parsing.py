# SPDX-License-Identifier: MIT
"""Parsing with tree-sitter, within bounds.

What the parser does to go on after a mistake can take time with the square of the text, and no
signal interrupts it. So it is asked to report its progress, and stopped.
"""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from criulint.embedded.hosts import HostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    with _signals_held() as has_come:
        try:
            return parser.parse(
                lambda offset, _: text[offset:],
                progress_callback=lambda _, __: has_come() or time.thread_time() > end,
            )
        except ValueError:
            parser.reset()
    raise HostError("takes too long to parse")


@contextmanager
def _signals_held() -> Iterator[Callable[[], bool]]:
    """Keep signals waiting, as a handler must not raise in the parser; yield whether one came."""
    if not hasattr(signal, "pthread_sigmask"):
        yield lambda: False
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    held = set(_SIGNALS) - before
    try:
        yield lambda: not held.isdisjoint(signal.sigpending())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
