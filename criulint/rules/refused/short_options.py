# SPDX-License-Identifier: MIT
"""One-letter options, spelled out as a file needs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.criu.options import Arity
from criulint.named_tuple import NamedTuple
from criulint.source import WHITESPACE, encode

if TYPE_CHECKING:
    from criulint.criu.options import Option
    from criulint.rules.line import Line

# What can follow a one-letter option in the same word: `-v4`, `-D/srv`, `-j`.
_ATTACHED = rf"[^{WHITESPACE}\0#]*"
# `-v` sets level 3, each further `v` adds one; levels above 4 are the same as 4.
_FIRST_LEVEL, _MAX_LEVEL = 3, 4


class Spelling(NamedTuple):
    """Text with the same meaning in a file; `certain` says whether it surely has it."""

    text: str
    certain: bool

    @classmethod
    def of(cls, text: str | None, *, certain: bool) -> Spelling | None:
        """Return a spelling, None without a text."""
        return None if text is None else cls(text, certain)


def spell_out(line: Line, start: int) -> Spelling | None:
    """Return a line with a short option, whose letter is at `start`, under its long name.

    None if CRIU reads no line that way, or if it is not clear what was meant.
    """
    short = line.table.short[encode(line.text[start])]
    match = re.match(_ATTACHED, line.text[start + 1 :])
    attached = match[0] if match else ""
    end = start + 1 + len(attached)
    comment = line.tree.comment
    if attached and line.text[end : comment.start if comment else None].strip(WHITESPACE):
        return None  # two values
    value = attached.lstrip("=") or line.written_value or ""
    certain = not attached.startswith("=")
    if short.option.name == "verbosity":
        return _spell_verbosity(line, short.option, attached, value)
    if short.arity is not Arity.NONE:
        return Spelling.of(line.rewrite(short.option, value or None), certain=certain)
    if attached or line.tree.value:
        return None
    return Spelling.of(line.rewrite(short.option, None), certain=True)


def _spell_verbosity(line: Line, option: Option, attached: str, value: str) -> Spelling | None:
    """Return ``-v``, ``-vvv``, ``-v4`` or ``-v 4`` under the option's long name."""
    if not attached.strip("v") and not line.written_value:
        level = min(_FIRST_LEVEL + len(attached), _MAX_LEVEL)
        return Spelling.of(line.rewrite(option, str(level)), certain=True)
    if not value.isdecimal():
        return None
    certain = attached != "" and not attached.startswith("=")
    return Spelling.of(line.rewrite(option, value), certain=certain)
