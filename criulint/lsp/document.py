# SPDX-License-Identifier: GPL-2.0-only
"""A text that an editor holds, as the engine sees it and as the protocol does.

The protocol ends lines at LF, CR LF and CR, and counts columns from 0 in UTF-8, UTF-16 or UTF-32 units; the engine ends
them at LF and counts code points from 1. Both are offsets in the text, and that is where they meet.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property

from lsprotocol.types import Position, PositionEncodingKind, Range, TextEdit

from criulint.configuration.resolve import FileSettings
from criulint.criu.getopt import ParsedOption
from criulint.criu.reading import Reading
from criulint.criu.settings import Settings
from criulint.embedded import may_embed
from criulint.embedded.find import Embedded, EmbeddedError, find_files, may_hold
from criulint.embedded.move import check_files, move_edit
from criulint.finding import Checked, Edit, Finding, Span
from criulint.linter.linter import Linter
from criulint.source import Source, decode
from criulint.syntax import LineTree, parse_line

_LINE_ENDS = re.compile("\r\n|\n|\r")
# What editors call the languages of such files, whatever the files are called: yaml, yaml.ansible, jsonc, ...
_LANGUAGES = ("yaml", "ansible", "helm", "json")
_OWN = "criu"
# Characters; a line of CRIU's takes some microseconds to be checked.
_LARGE = 400_000
# To find the least difference between more lines would take too long.
_MOST_COMPARED = 40_000


class Text:
    """A text, and what the protocol calls places in it."""

    def __init__(
        self, text: str, encoding: PositionEncodingKind = PositionEncodingKind.Utf16
    ) -> None:
        self.text = text
        self.encoding = encoding
        self._starts = [0, *(match.end() for match in _LINE_ENDS.finditer(text))]

    def units(self, text: str) -> int:
        """How many units of the protocol a piece of text has."""
        if self.encoding == PositionEncodingKind.Utf32 or text.isascii():
            return len(text)
        if self.encoding == PositionEncodingKind.Utf8:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(1 for character in text if character > "\uffff")

    def position(self, offset: int) -> Position:
        """The place of the code point at `offset`; between a CR and its LF it is that of the CR."""
        if self.text[offset - 1 : offset + 1] == "\r\n" and offset:
            offset -= 1
        line = bisect_right(self._starts, offset) - 1
        return Position(line, self.units(self.text[self._starts[line] : offset]))

    def offset(self, position: Position) -> int:
        """The code point at a place; places beyond the line's end or the text's are that end."""
        if position.line >= len(self._starts):
            return len(self.text)
        start = self._starts[position.line]
        end = (
            self._starts[position.line + 1]
            if position.line + 1 < len(self._starts)
            else len(self.text)
        )
        line = (
            self.text[start:end].rstrip("\r\n")
            if position.line + 1 < len(self._starts)
            else self.text[start:end]
        )
        if self.encoding == PositionEncodingKind.Utf32 or line.isascii():
            return start + min(position.character, len(line))
        left = position.character
        for index, character in enumerate(line):
            if left <= 0:
                return start + index
            left -= self.units(character)
        return start + len(line)

    def range(self, start: int, end: int) -> Range:
        """The range between two offsets."""
        return Range(self.position(start), self.position(end))

    def replaced(self, range_: Range, text: str) -> str:
        """The whole text with what lies in a range replaced."""
        start, end = self.offset(range_.start), self.offset(range_.end)
        return self.text[:start] + text + self.text[max(start, end) :]


class Document(Text):
    """A configuration file in an editor, at one version.

    `path` is its name on this host, or what the editor calls it; `language` is what the editor takes it for. Text that is no
    Unicode (half of a surrogate pair) is seen as question marks.
    """

    def __init__(
        self,
        text: str,
        path: str,
        settings: FileSettings,
        linter: Linter,
        encoding: PositionEncodingKind,
        language: str | None = None,
    ) -> None:
        super().__init__(text, encoding)
        self.path = path
        self.settings = settings
        self.linter = linter
        self.data = text.encode("utf-8", "replace")
        #: Whether CRIU's files may be inside of it, and it is none itself.
        self.embeds = (language or "").lower().startswith(_LANGUAGES) or (
            language != _OWN and may_embed(path)
        )
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    @cached_property
    def findings(self) -> list[Finding]:
        """What the rules find."""
        return self._checked.findings

    @cached_property
    def _checked(self) -> Checked:
        return self._check(self.source)

    def check(self, source: Source) -> Checked:
        """Return what the rules find in another text of the same file."""
        return self._checked if source.data == self.data else self._check(source)

    def _check(self, source: Source) -> Checked:
        if self.too_large:
            return Checked([], [])
        if not self.embeds:
            return self.linter.check(source)
        try:
            return check_files(source, find_files(source).files, self.linter.check)
        except EmbeddedError:
            return Checked([], [])  # while it is typed, it is often not YAML

    @property
    def too_large(self) -> bool:
        """Whether it would take seconds to look at the text. No file of CRIU's is nearly as large, but others hold some."""
        return len(self.text) > _LARGE and (not self.embeds or may_hold(self.data))

    @cached_property
    def source(self) -> Source:
        """The text as the engine sees it."""
        return Source(self.data, self.path)

    @cached_property
    def reading(self) -> Reading:
        """What CRIU reads."""
        return Reading(self.source, self.settings.release)

    @cached_property
    def set(self) -> Settings:
        """What the file sets."""
        return Settings(self.reading, self.settings.context)

    @cached_property
    def found(self) -> dict[int, list[ParsedOption]]:
        """The options that CRIU finds on each 1-based line, refused ones among them."""
        by_line: dict[int, list[ParsedOption]] = {}
        for event in self.reading.parsed.results:
            if isinstance(event, ParsedOption):
                by_line.setdefault(self.reading.word_lines[event.word], []).append(event)
        return by_line

    @cached_property
    def swallowed(self) -> frozenset[int]:
        """The 1-based lines that begin with the value of an option on a line before."""
        found = (event for event in self.reading.parsed.results if isinstance(event, ParsedOption))
        taking = (event for event in found if self.reading.takes_next_line(event))
        return frozenset(self.reading.word_lines[event.value_word] for event in taking)

    @property
    def lines(self) -> int:
        """How many lines the engine counts; an empty text has none."""
        return len(self.source.lines)

    def tree(self, line: int) -> LineTree:
        """A 1-based line as written."""
        return parse_line(self.line_text(line))

    def line_text(self, line: int) -> str:
        """The text of a 1-based line, which may be the empty one behind the last LF."""
        return self.source.text(line) if line <= self.lines else ""

    def line_of(self, offset: int) -> tuple[int, int]:
        """The 1-based line of the engine at an offset, and the 0-based column in code points."""
        index = bisect_right(self._line_starts, offset) - 1
        return index + 1, offset - self._line_starts[index]

    def offset_of(self, line: int, column: int) -> int:
        """The offset of the engine's 1-based line and column."""
        if line > len(self._line_starts):
            return len(self.text)
        return min(self._line_starts[line - 1] + column - 1, len(self.text))

    def span_range(self, span: Span) -> Range:
        """The range of a span."""
        return self.range(
            self.offset_of(span.line, span.column), self.offset_of(span.end_line, span.end_column)
        )

    def columns_range(self, line: int, start: int, end: int) -> Range:
        """The range of 0-based columns, the end exclusive, on a 1-based line."""
        return self.span_range(Span(line, start + 1, line, end + 1))

    def text_edit(self, edit: Edit) -> TextEdit:
        """An edit in the protocol's terms, which has no place between a CR and its LF."""
        start = self.offset_of(edit.span.line, edit.span.column)
        end = self.offset_of(edit.span.end_line, edit.span.end_column)
        text = edit.text
        if end and self.text[end - 1 : end + 1] == "\r\n":
            end += 1
            text += "\n"
        if start and self.text[start - 1 : start + 1] == "\r\n":
            start -= 1
            text = "\r" + text
        return TextEdit(self.range(start, end), text)

    def changes(self, data: bytes) -> list[TextEdit]:
        """The edits, each of whole lines, that make other bytes of this text."""
        old, new = (
            re.findall("[^\n]*\n|[^\n]+", text.decode("utf-8", "replace"))
            for text in (self.data, data)
        )
        return [
            self.text_edit(Edit(Span(first + 1, 1, last + 1, 1), "".join(new[start:end])))
            for first, last, start, end in _differences(old, new)
        ]

    # --- the files inside

    @cached_property
    def parts(self) -> list[Document]:
        """CRIU's files that the document holds: itself, or those inside of it whose characters stand there as they are."""
        if self.too_large:
            return []
        if not self.embeds:
            return [self]
        try:
            files = find_files(self.source).files
        except EmbeddedError:
            return []
        parts = [_Inside(self, file) for file in files if file.lines]
        return sorted(parts, key=lambda part: part.position(0))

    def part(self, position: Position) -> Document | None:
        """The one of `parts` that a place is in."""
        return next((part for part in self.parts if part.holds(position)), None)

    def holds(self, position: Position) -> bool:
        """Whether a place is in the document."""
        return True

    @property
    def editable(self) -> bool:
        """Whether whole lines can be changed."""
        return not self.embeds


class _Inside(Document):
    """A file inside of another document. Its text is its own, but its places are those out there."""

    def __init__(self, outer: Document, file: Embedded) -> None:
        super().__init__(
            decode(file.data),
            f"{outer.path}/{file.name.lstrip('/')}",
            outer.settings,
            outer.linter,
            outer.encoding,
            _OWN,
        )
        self._outer = outer
        self._file = file
        #: Where each character is in the outer text, and the end.
        self._offsets = [
            outer.offset_of(*file.place(offset)) for line in file.lines or () for offset in line
        ]

    def position(self, offset: int) -> Position:
        """The place of the code point at `offset`."""
        return self._outer.position(self._offsets[min(offset, len(self._offsets) - 1)])

    def offset(self, position: Position) -> int:
        """The code point at a place, or the next one."""
        return min(bisect_left(self._offsets, self._outer.offset(position)), len(self.text))

    def holds(self, position: Position) -> bool:
        """Whether a place is in the file, or in what its first line is indented with."""
        first, last = self.position(0), self.position(len(self.text))
        ended = self.text.endswith("\n") and position.line == last.line and position >= last
        return not ended and (
            first <= position <= last
            or (self._file.indent is not None and first.line == position.line)
        )

    @property
    def editable(self) -> bool:
        """Whether whole lines can be changed."""
        return self._file.indent is not None

    def text_edit(self, edit: Edit) -> TextEdit:
        """An edit in the protocol's terms."""
        return self._outer.text_edit(move_edit(self._file, edit))


def _differences(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """What differs between two lists of lines: from and to which one in the old, and in the new."""
    start, end = 0, min(len(old), len(new))
    while start < end and old[start] == new[start]:
        start += 1
    same = 0
    while same < end - start and old[-1 - same] == new[-1 - same]:
        same += 1
    left, right = old[start : len(old) - same], new[start : len(new) - same]
    if len(left) == len(right):  # each was changed on its own
        yield from (
            (at, at + 1, at, at + 1)
            for at, pair in enumerate(zip(left, right, strict=True), start)
            if pair[0] != pair[1]
        )
    elif left and right and len(left) * len(right) <= _MOST_COMPARED:
        from difflib import SequenceMatcher

        for tag, first, last, other_first, other_last in SequenceMatcher(
            None, left, right, autojunk=False
        ).get_opcodes():
            if tag != "equal":
                yield start + first, start + last, start + other_first, start + other_last
    else:
        yield start, len(old) - same, start, len(new) - same
