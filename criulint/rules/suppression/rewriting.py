# SPDX-License-Identifier: MIT
"""Fixes for comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.equivalence import line_reads_the_same
from criulint.source import encode

if TYPE_CHECKING:
    from criulint.rules.base import Rewrite
    from criulint.suppressions.matching import Suppressions


# A line can have a finding for each of its names, and each fix writes the whole line.
_MAX_LENGTH = 1000


def is_fixable(suppressions: Suppressions, line: int) -> bool:
    """Return whether a 1-based line is short enough for fixes."""
    return len(suppressions.source.text(line)) <= _MAX_LENGTH


def rewrite_line(suppressions: Suppressions, line: int, rewrite: Rewrite) -> Rewrite | None:
    """Return the fix of a 1-based line, or None if CRIU would then read the line differently."""
    old = encode(suppressions.source.text(line))
    if rewrite.text is not None and not line_reads_the_same(
        old, encode(rewrite.text), suppressions.release, alone=False
    ):
        return None
    return rewrite
