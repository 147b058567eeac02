# SPDX-License-Identifier: MIT
"""Parsing with tree-sitter, within bounds.

The parser's error recovery can take quadratic time, and no signal interrupts it. So it reports its
progress, and is stopped.
"""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

from criulint.embedded.hosts import HostError
from criulint.embedded.model import charge_parsing, seconds_to_parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Parser, Tree

_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGALRM", "SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
]


def parse_tree(parser: Parser, data: bytes) -> Tree:
    """Return the syntax tree of a text in UTF-8. HostError if that takes too long."""
    text = memoryview(data)
    started = time.thread_time()
    end = started + seconds_to_parse()
    with _signals_held() as came:
        try:
            return parser.parse(
                lambda offset, _: text[offset:],
                progress_callback=lambda _, __: bool(came) or time.thread_time() > end,
            )
        except ValueError:
            parser.reset()
        finally:
            charge_parsing(time.thread_time() - started)
    raise HostError("takes too long to parse")


@contextmanager
def _signals_held() -> Iterator[list[int]]:
    """Handle signals after the block, as none may raise in the parser; yield those that arrived."""
    came: list[int] = []
    if current_thread() is not main_thread():  # only the main thread handles signals
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
