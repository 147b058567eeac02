# SPDX-License-Identifier: MIT
"""AsciiDoc: its listing and literal blocks, and fences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.documents.blocks import CodeBlock, follow_blocks, text_of
from criulint.embedded.model import join
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.embedded.model import FollowedHost, HostedText
    from criulint.source import Source

# `----`, `....`, or a fence with a language after it.
_DELIMITER = re.compile(r"(-{4,}|\.{4,}|/{4,}|\+{4,}|```+)[ \t]*(.*?)[ \t]*")
_ATTRIBUTES = re.compile(r"\[(?!\[)(.*)\][ \t]*")
_TITLE = re.compile(r"\.([^\s.].*|/.*)")
_HEADING = re.compile(r"={1,6}[ \t]+\S.*|#{1,6}[ \t]+\S.*")
_DEFAULT_LANGUAGE = re.compile(r":source-language:[ \t]*(\S+)[ \t]*")


def follow(source: Source) -> FollowedHost:
    """Return the files that the code in an AsciiDoc document writes."""
    text = decode(source.data)
    return follow_blocks(find_blocks(text_of(text)), text)


def find_blocks(text: HostedText) -> Iterator[CodeBlock]:
    """Yield the blocks of code in an AsciiDoc document."""
    yield from _Scanner(list(text.lines())).blocks()


class _Scanner:
    def __init__(self, lines: Sequence[HostedText]) -> None:
        self._lines = lines
        self._texts = [line.text.rstrip() for line in lines]
        self._paragraph: list[str] = []
        self._section = 0
        self._language = ""
        self._attributes: str | None = None
        self._title = ""
        self._mark: int | None = None

    def blocks(self) -> Iterator[CodeBlock]:
        """Yield the blocks, from the first line on."""
        index = 0
        while index < len(self._lines):
            line = self._texts[index]
            delimiter = _DELIMITER.fullmatch(line)
            if delimiter and (not delimiter[2] or delimiter[1][0] == "`"):
                end = self._end(index + 1, delimiter[1])
                if delimiter[1][0] not in "/+":  # a comment, or what is passed through
                    yield self._block(index, end, delimiter[2])
                self._forget()
                index = end + 1
            else:
                self._read(index)
                index += 1

    def _forget(self) -> None:
        self._paragraph, self._attributes, self._title, self._mark = [], None, "", None

    def _end(self, index: int, delimiter: str) -> int:
        while index < len(self._texts) and self._texts[index] != delimiter:
            index += 1
        return index

    def _read(self, index: int) -> None:
        line = self._texts[index]
        if _HEADING.fullmatch(line):
            self._section += 1
            self._forget()
        elif found := _DEFAULT_LANGUAGE.fullmatch(line):
            self._language = found[1].lower()
        elif found := _ATTRIBUTES.fullmatch(line):
            self._attributes = found[1]
            self._mark = index if self._mark is None else self._mark
        elif found := _TITLE.fullmatch(line):
            self._title = found[1]
            self._mark = index if self._mark is None else self._mark
        elif line.strip() and not line.startswith("//") and line != "+":
            self._attributes, self._title, self._mark = None, "", None
            if index and not self._texts[index - 1].strip():
                self._paragraph = []
            self._paragraph.append(line.strip())

    def _block(self, start: int, end: int, fence: str) -> CodeBlock:
        words = [word.strip() for word in (self._attributes or "").split(",")]
        style = words[0].partition("%")[0]
        language = fence
        if self._attributes is not None and not fence:
            is_source = style in ("source", "") and len(words) > 1
            language = self._language if style == "source" else ""
            if is_source:
                language = words[1]
            if style in ("NOTE", "WARNING", "TIP", "quote", "verse"):
                language = "text"
        offset = self._lines[start if self._mark is None else self._mark].offsets[0]
        text = join(self._lines[start + 1 : end], offset)
        note = f"{self._title} {self._attributes or ''}"
        before = " ".join(self._paragraph)
        return CodeBlock(language.lower(), note, text, before, self._section, offset)
