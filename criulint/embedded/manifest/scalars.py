# SPDX-License-Identifier: MIT
"""The text of YAML's scalars, with the place of each character.

Source: YAML 1.1, chapters 8 and 9, as PyYAML and libyaml read it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.decode import unescape_yaml
from criulint.embedded.model import HostedText, join

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from yaml import Mark, ScalarNode

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
# Anchors and tags before a scalar.
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
# `|`, `>-`, `|2`: the style, and the sign and the indent in either order.
_HEADER = re.compile(
    r"([|>])(?:([-+])?([1-9])?|([1-9])([-+]))(?:[ \t]+(?:#[^\r\n]*)?)?(?=[\r\n]|\Z)"
)
# A line break in a scalar that is folded into a blank, with the blanks around it.
_FOLD = re.compile(r"(?:(?<![^\\][ \t])[ \t]+)?(?:\r\n|[\n\r\x85\u2028\u2029])\s*")
# An escaped line end; an escape; a place where lines are folded; a quote in single quotes.
_DOUBLE = re.compile(
    r"\\(?:\r\n|[\n\r])\s*|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)"
    r"|(?:(?<![^\\][ \t])[ \t]+)?(?:\r\n|[\n\r\x85\u2028\u2029])\s*"
)
_SINGLE = re.compile(r"''|(?:(?<![^\\][ \t])[ \t]+)?(?:\r\n|[\n\r\x85\u2028\u2029])\s*")


class Scalars:
    """The scalars of a YAML text; their characters have the offsets of that text."""

    def __init__(self, text: HostedText) -> None:
        self._text = text
        self._lines = [0, *(match.end() for match in _BREAK.finditer(text.text))]

    def offset(self, mark: Mark) -> int:
        """Return the offset in the host of a mark of PyYAML."""
        return self._text.offsets[self._index(mark)]

    def _index(self, mark: Mark) -> int:
        # libyaml ends a text without a newline on a line of its own.
        begin = self._lines[mark.line] if mark.line < len(self._lines) else len(self._text)
        return min(begin + mark.column, len(self._text))

    def read(self, node: ScalarNode) -> HostedText:
        """Return the text of a scalar.

        If the way it is written is not understood, all of it has the place of its beginning.
        """
        found = _PROPERTIES.match(self._text.text, self._index(node.start_mark))
        begin = found.end() if found else 0
        end = max(begin, self._index(node.end_mark))
        raw = self._text[begin:end]
        for text in _readings(raw, node.style):
            if text.text == node.value:
                return text
        offsets = raw.offsets
        return HostedText.at(node.value, offsets[0], offsets[-1])


def _readings(raw: HostedText, style: str | None) -> Iterator[HostedText]:
    """Yield the possible readings of a scalar that is written as `raw`."""
    if style in ("|", ">"):
        yield from _read_block(raw)
    elif style == '"':
        yield _replace(raw[1 : len(raw) - 1], _DOUBLE)
    elif style == "'":
        yield _replace(raw[1 : len(raw) - 1], _SINGLE)
    else:
        yield _replace(raw[: len(raw.text.rstrip())], _FOLD)


def _replace(raw: HostedText, pattern: re.Pattern[str]) -> HostedText:
    """Return a flow scalar: escapes are replaced, and line ends are folded."""
    parts = []
    begin = 0
    for match in pattern.finditer(raw.text):
        parts.append(raw[begin : match.start()])
        start, end = raw.offsets[match.start()], raw.offsets[match.end()]
        parts.append(HostedText.at(_stand_for(match[0]), start, end))
        begin = match.end()
    parts.append(raw[begin:])
    return join(parts)


def _stand_for(text: str) -> str:
    """Return the value of an escape, or of a line end with the blanks around it."""
    breaks = len(_BREAK.findall(text))
    if text.startswith("\\"):
        return "\n" * (breaks - 1) if breaks else next(iter(unescape_yaml(text)))[1]
    if breaks:
        return "\n" * (breaks - 1) if breaks > 1 else " "
    return "'"


def _read_block(raw: HostedText) -> Iterator[HostedText]:
    """Yield the readings of a block scalar: one for each indent that it may have."""
    header = _HEADER.match(raw.text)
    if not header:
        return
    folds = header[1] == ">"
    chomping = header[2] or header[5] or ""
    lines = _split(raw[header.end() :])[1:]
    first = next((line.text for line in lines if line.text.strip(" \r\n")), "")
    indent = len(first) - len(first.lstrip(" "))
    indents = [indent] if not (header[3] or header[4]) else range(indent, 0, -1)
    for width in indents or [0]:
        yield _fold_block([_dedent(line, width) for line in lines], folds, chomping)


def _split(text: HostedText) -> list[HostedText]:
    """Return the lines, with their ends as one LF."""
    lines = []
    begin = 0
    for match in _BREAK.finditer(text.text):
        end = text.offsets[match.end()]
        lines.append(
            join(
                [
                    text[begin : match.start()],
                    HostedText("\n", [text.offsets[match.start()], end]),
                ]
            )
        )
        begin = match.end()
    if begin < len(text):
        lines.append(text[begin:])
    return lines


def _dedent(line: HostedText, width: int) -> HostedText:
    blanks = len(line.text) - len(line.text.lstrip(" "))
    return line[min(width, blanks) :]


def _fold_block(lines: Sequence[HostedText], folds: bool, chomping: str) -> HostedText:
    """Return the text of a block scalar; its lines are given without their indent."""
    contents = list(lines)
    while contents and not contents[-1].text.strip("\n"):
        contents.pop()
    kept: list[HostedText] = []
    following: HostedText | None = None
    for number in reversed(range(len(contents))):
        line = contents[number]
        if folds and following and line.text != "\n":
            is_before_empty = contents[number + 1].text == "\n"
            kept.append(_fold_end(line, following, is_before_empty=is_before_empty))
        else:
            kept.append(line)
        if line.text != "\n":
            following = line
    kept.reverse()
    if chomping == "-" and kept:
        kept[-1] = kept[-1][: len(kept[-1].text.rstrip("\n"))]
    elif chomping == "+" or not kept:
        kept += lines[len(contents) :]
    return join(kept, lines[-1].offsets[-1] if lines else 0)


def _fold_end(line: HostedText, following: HostedText, *, is_before_empty: bool) -> HostedText:
    """Return a line with what its end becomes; `following` is the next line that is not empty."""
    if line.text[0] in " \t" or following.text[0] in " \t":
        return line
    end = len(line) - 1
    if is_before_empty:  # the empty line becomes the line's end
        return line[:end]
    return join([line[:end], HostedText(" ", line.offsets[end:])])
