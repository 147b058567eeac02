# SPDX-License-Identifier: MIT
"""The operators of ``${NAME#PATTERN}`` and the like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.model import HostedText, join
from criulint.embedded.shell.patterns import compile_pattern
from criulint.embedded.shell.state import is_known

if TYPE_CHECKING:
    from collections.abc import Callable

    from criulint.embedded.shell.patterns import Part

    _Expand = Callable[[int, int], list[Part]]

# The most characters of a value that patterns are tried on.
_MAX_LENGTH = 10_000
_CASES = {"^": str.upper, "^^": str.upper, ",": str.lower, ",,": str.lower}


def modify(
    value: HostedText, text: str, start: int, end: int, expand: _Expand
) -> HostedText | None:
    """Return the result of an operator, None if that is not known.

    The operator and its words are those between two offsets of the code; `expand` expands a part.
    """
    operator = text[start:end]
    if len(value) > _MAX_LENGTH:
        return None
    if operator[:1] in ("#", "%"):
        return _cut(value, operator, start, end, expand)
    if operator[:1] == "/":
        return _replace(value, text, start, end, expand)
    return _slice(value, operator) if is_known(value.text) else None


def _slice(value: HostedText, operator: str) -> HostedText | None:
    """Return a part of a value, or the value with other letters."""
    if operator in _CASES:
        length = len(value) if len(operator) == 2 else 1
        changed = _CASES[operator](value.text[:length]) + value.text[length:]
        return HostedText(changed, value.offsets) if len(changed) == len(value) else None
    found = re.fullmatch(r":\s*(\d+|\s-\d+|\(-\d+\))\s*(?::\s*(\d+)\s*)?", operator)
    if found is None:
        return None
    first = int(found[1].strip("() "))
    first = max(len(value) + first, 0) if first < 0 else first
    return value[first : first + int(found[2])] if found[2] else value[first:]


def _cut(
    value: HostedText, operator: str, start: int, end: int, expand: _Expand
) -> HostedText | None:
    """Return a value without the shortest or longest beginning or end that matches."""
    is_longest = operator[:2] in ("##", "%%")
    pattern = compile_pattern(expand(start + (2 if is_longest else 1), end))
    if pattern is None:
        return None
    if not value.text.isascii() and re.search(
        r"[.\[]", pattern.pattern.replace(r"\.", "").replace(".*", "")
    ):
        return None  # some shells take a byte for a character
    lengths = range(len(value) + 1)
    from_start = operator[0] == "#"
    if not is_known(value.text):
        return _cut_known(value, pattern, from_start=from_start, is_longest=is_longest)
    for length in reversed(lengths) if is_longest else lengths:
        if from_start and pattern.fullmatch(value.text, 0, length):
            return value[length:]
        if not from_start and pattern.fullmatch(value.text, len(value) - length):
            return value[: len(value) - length]
    return value


def _cut_known(
    value: HostedText, pattern: re.Pattern[str], *, from_start: bool, is_longest: bool
) -> HostedText | None:
    """Return a value that is partly unknown without what matches in its known beginning or end."""
    if is_longest:
        return None
    for length in range(1, len(value) + 1):
        part = value.text[:length] if from_start else value.text[len(value) - length :]
        if not is_known(part):
            return None
        if pattern.fullmatch(part):
            return value[length:] if from_start else value[: len(value) - length]
    return None


def _replace(
    value: HostedText, text: str, start: int, end: int, expand: _Expand
) -> HostedText | None:
    found = re.compile(r"//?([#%]?)((?:[^/\\]|\\(?s:.))+)(?:/((?s:.*)))?").fullmatch(
        text, start, end
    )
    if found is None or found[1] or not is_known(value.text):
        return None
    is_global = text.startswith("//", start)
    pattern = compile_pattern(expand(*found.span(2)))
    parts = expand(*found.span(3)) if found[3] else []
    replacement = join([part.text for part in parts], value.offsets[-1])
    if pattern is None:
        return None
    search = re.compile(pattern.pattern.removesuffix(r"\Z"))
    pieces: list[HostedText] = []
    position = 0
    for match in search.finditer(value.text):
        if match.end() == match.start():
            return None
        pieces += (value[position : match.start()], replacement)
        position = match.end()
        if not is_global:
            break
    return join([*pieces, value[position:]], value.offsets[0])
