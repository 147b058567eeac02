# SPDX-License-Identifier: MIT
"""Strings of Nix: escapes, and the indentation that an indented string does not have.

Sources: the Nix manual, "String literals"; ``stripIndentation`` in libexpr/parser-state.hh (2.24).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.model import HostedText, join

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAMES: Mapping[str, str] = {"n": "\n", "r": "\r", "t": "\t"}


def unescape(raw: str, start: int) -> HostedText:
    """Return the value of an escape in a quoted string; an unknown one stands for itself."""
    if raw[1:2] in _NAMES:
        return HostedText.at(_NAMES[raw[1]], start, start + len(raw))
    return HostedText.at(raw[1:], start, start + len(raw))


def unescape_indented(raw: str, end: int) -> HostedText:
    """Return the value of an escape between pairs of single quotes; `end` is its end."""
    start = end - len(raw)
    if raw == "'''":
        return HostedText.of("''", start)
    if raw.startswith("''\\"):
        return HostedText.at(_NAMES.get(raw[3:], raw[3:]), start, end)
    return HostedText.of("", end)  # of a dollar, which follows as text


def strip_indentation(parts: Sequence[tuple[HostedText, bool]], start: int) -> HostedText:
    """Return the parts of an indented string without the indentation of its lines.

    The second value of a part says whether it is text as it is written, whose blanks at the
    beginning of a line may be indentation.
    """
    parts = _without_first_line(parts)
    margin = _margin(parts)
    found: list[HostedText] = []
    at_start, dropped = True, 0
    for text, is_plain in parts:
        if not is_plain:  # a line break that is escaped begins a line here, too
            found.append(text)
            at_start, dropped = text.text == "\n", 0
            continue
        last = 0
        for index, character in enumerate(text.text):
            if character == "\n":
                at_start, dropped = True, 0
            elif not at_start:
                continue
            elif character == " " and dropped < margin:
                found.append(text[last:index])
                last = index + 1
                dropped += 1
            elif character != " ":
                at_start = False
        found.append(text[last:])
    if parts and parts[-1][1] and (last_line := re.search(r"\n *\Z", parts[-1][0].text)):
        blanks = last_line.end() - last_line.start() - 1 - dropped
        whole = join(found, start)
        return whole[: len(whole) - blanks]
    return join(found, start)


def _without_first_line(
    parts: Sequence[tuple[HostedText, bool]],
) -> Sequence[tuple[HostedText, bool]]:
    if parts and parts[0][1] and (blank := re.match(r" *\n", parts[0][0].text)):
        return [(parts[0][0][blank.end() :], True), *parts[1:]]
    return parts


_NO_MARGIN = 1 << 30  # of a string that is blank: all blanks go


def _margin(parts: Sequence[tuple[HostedText, bool]]) -> int:
    margin: int | None = None
    at_start, indent = True, 0
    for text, is_plain in parts:
        for character in text.text if is_plain else "x":
            if character == "\n":
                at_start, indent = True, 0
            elif at_start and character == " ":
                indent += 1
            elif at_start:
                at_start = False
                margin = indent if margin is None else min(margin, indent)
    return _NO_MARGIN if margin is None else margin
