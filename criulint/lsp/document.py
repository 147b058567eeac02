# SPDX-License-Identifier: GPL-2.0-only
"""A text that an editor holds, as the engine sees it and as the protocol does.

The protocol ends lines at LF, CR LF and CR, and counts columns from 0 in UTF-8, UTF-16 or UTF-32 units; the engine ends
them at LF and counts code points from 1. Both are offsets in the text, and that is where they meet.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from lsprotocol.types import Position, PositionEncodingKind, Range, TextEdit

from criulint import embedded
from criulint.configuration.resolve import FileSettings
from criulint.criu.getopt import Found
from criulint.criu.reading import Reading
from criulint.criu.settings import Settings
from criulint.finding import Edit, Finding, Span
from criulint.source import Source
from criulint.syntax import LineTree, parse_line

_LINE_ENDS = re.compile("\r\n|\n|\r")
_INSIDE_OF = (".yaml", ".yml", ".json")
# What editors call the languages of such files, whatever the files are called: yaml, yaml.ansible, jsonc, ...
_INSIDE_OF_LANGUAGES = ("yaml", "ansible", "helm", "json")


class Text:
    """A text, and what the protocol calls places in it."""

    def __init__(self, text: str, encoding: PositionEncodingKind = PositionEncodingKind.Utf16) -> None:
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
        end = self._starts[position.line + 1] if position.line + 1 < len(self._starts) else len(self.text)
        line = self.text[start:end].rstrip("\r\n") if position.line + 1 < len(self._starts) else self.text[start:end]
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

    `path` is its name on this host, or what the editor calls it. Text that is no Unicode (half of a surrogate pair) is seen
    as question marks.
    """

    def __init__(
        self, text: str, path: str, settings: FileSettings, encoding: PositionEncodingKind, language: str | None = None
    ) -> None:
        super().__init__(text, encoding)
        self.path = path
        self.settings = settings
        self.data = text.encode("utf-8", "replace")
        #: Whether CRIU's files may be inside of it, and it is none itself.
        self.embeds = path.lower().endswith(_INSIDE_OF) or (language or "").lower().startswith(_INSIDE_OF_LANGUAGES)
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    @cached_property
    def findings(self) -> list[Finding]:
        """What the rules find."""
        return self.check(self.data)

    def check(self, data: bytes) -> list[Finding]:
        """What the rules find in other bytes for the same file."""
        if self.embeds:
            try:
                return embedded.check(data, self.path, self.settings.check)
            except embedded.EmbeddedError:
                return []  # while it is typed it is often no YAML
        return self.settings.check(data, self.path)

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
    def found(self) -> dict[int, list[Found]]:
        """The options that CRIU finds on each 1-based line, refused ones among them."""
        by_line: dict[int, list[Found]] = {}
        for event in self.reading.parsed.events:
            if isinstance(event, Found):
                by_line.setdefault(self.reading.word_lines[event.word], []).append(event)
        return by_line

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
        return self.range(self.offset_of(span.line, span.column), self.offset_of(span.end_line, span.end_column))

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
        from difflib import SequenceMatcher

        new = data.decode("utf-8", "replace")
        old_lines, new_lines = (re.findall("[^\n]*\n|[^\n]+", text) for text in (self.text, new))
        edits = []
        for tag, first, last, start, end in SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes():
            if tag != "equal":
                places = self.range(self.offset_of(first + 1, 1), self.offset_of(last + 1, 1))
                edits.append(TextEdit(places, "".join(new_lines[start:end])))
        return edits
