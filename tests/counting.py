# SPDX-License-Identifier: MIT
"""Work as the number of lines of Python that run: clocks cannot be trusted on a busy machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def count_lines(task: Callable[[], object]) -> int:
    """Return how many lines of Python a task runs. What a call into C costs does not show."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        task()
    finally:
        sys.settrace(before)
    return count
