# SPDX-License-Identifier: MIT
"""reStructuredText: its blocks of code, in directives and after ``::``."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.documents.blocks import CodeBlock, follow_blocks, text_of
from criulint.embedded.model import join
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.embedded.model import FollowedHost, HostedText
    from criulint.source import Source

# `.. code-block:: bash`: indent, name, argument.
_DIRECTIVE = re.compile(
    r"([ \t]*)\.\.[ \t]+(code-block|sourcecode|code|prompt|parsed-literal|literalinclude)::"
    r"[ \t]*(.*?)[ \t]*"
)
# `.. text`, or `..` alone; not a directive, a target, a footnote or a substitution.
_COMMENT = re.compile(r"([ \t]*)\.\.(?:[ \t]+(?!\S+::|_|\[|\|).*|)")
_OPTION = re.compile(r"[ \t]*:[\w-]+:[ \t]*(.*?)[ \t]*")
# `.. highlight:: bash`
_HIGHLIGHT = re.compile(r"[ \t]*\.\.[ \t]+(?:highlight|default-role)::[ \t]*(\S*)[ \t]*")
_UNDERLINE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*")


def follow(source: Source) -> FollowedHost:
    """Return the files that the code in a reStructuredText document writes."""
    text = decode(source.data)
    return follow_blocks(find_blocks(text_of(text)), text)


def find_blocks(text: HostedText) -> Iterator[CodeBlock]:
    """Yield the blocks of code in a reStructuredText document."""
    yield from _Scanner(list(text.lines())).blocks()


class _Mark(NamedTuple):
    indent: int
    language: str
    note: str
    has_options: bool


class _Scanner:
    def __init__(self, lines: Sequence[HostedText]) -> None:
        self._lines = lines
        self._texts = [line.text.rstrip("\r\n") for line in lines]
        self._paragraph: list[str] = []
        self._section = 0
        self._language = ""

    def blocks(self) -> Iterator[CodeBlock]:
        """Yield the blocks, from the first line on."""
        titles = {
            index
            for index, (title, line) in enumerate(pairwise(self._texts))
            if title.strip() and not title[0].isspace() and _UNDERLINE.fullmatch(line)
        }
        index = 0
        while index < len(self._lines):
            line = self._texts[index]
            if index in titles:
                self._section += 1
                self._paragraph = []
                index += 2
            elif mark := self._mark(line):
                begin, end = self._block_after(index + 1, mark.indent)
                yield self._block(mark, index, begin, end)
                self._paragraph = []
                index = end
            elif comment := _COMMENT.fullmatch(line):
                index = self._block_after(index + 1, _indent(comment[1]))[1]
            else:
                self._read(index)
                index += 1

    def _read(self, index: int) -> None:
        line = self._texts[index]
        if found := _HIGHLIGHT.fullmatch(line):
            self._language = found[1].lower()
        elif line.strip():
            if index and not self._texts[index - 1].strip():
                self._paragraph = []
            self._paragraph.append(line.strip())

    def _mark(self, line: str) -> _Mark | None:
        if found := _DIRECTIVE.fullmatch(line):
            language = found[3].lower() or self._language
            if found[2] == "prompt":
                language = language or "sh"
            if found[2] in ("parsed-literal", "literalinclude"):
                language = "text"
            return _Mark(_indent(found[1]), language, "", has_options=True)
        if line.rstrip().endswith("::") and not line.lstrip().startswith(".. "):
            text = line.strip().removesuffix("::").rstrip()
            if text:
                self._paragraph.append(text)
            return _Mark(_indent(line), self._language, "", has_options=False)
        return None

    def _block_after(self, index: int, indent: int) -> tuple[int, int]:
        """Return the first line of an indented block, and the one after its last."""
        begin = index
        end = index
        while index < len(self._texts):
            line = self._texts[index]
            if line.strip():
                if _indent(line) <= indent:
                    break
                end = index + 1
            index += 1
        return begin, end

    def _block(self, mark: _Mark, start: int, begin: int, end: int) -> CodeBlock:
        note = mark.note
        while begin < end and mark.has_options:
            option = _OPTION.fullmatch(self._texts[begin])
            if not option:
                break
            note += f" {option[1]}"
            begin += 1
        while begin < end and not self._texts[begin].strip():
            begin += 1
        margin = min((_indent(line) for line in self._texts[begin:end] if line.strip()), default=0)
        lines = [_cut(line, margin) for line in self._lines[begin:end]]
        offset = self._lines[start].offsets[0]
        text = join(lines, offset)
        before = " ".join(self._paragraph)
        return CodeBlock(mark.language, note, text, before, self._section, offset)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _cut(line: HostedText, margin: int) -> HostedText:
    """Return a line without its margin."""
    return line[min(margin, _indent(line.text.rstrip("\r\n"))) :]
