# SPDX-License-Identifier: MIT
"""The text that an editor holds, as the linter sees it and as the protocol does.

The protocol ends lines at LF, CR LF and CR, and counts columns from 0 in units of UTF-8, UTF-16 or
UTF-32. The linter ends lines at LF and counts code points from 1. Both are translated to offsets in
the text: 0-based, in code points.
"""

from __future__ import annotations

import os.path
import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from lsprotocol.types import Position, PositionEncodingKind, Range, TextEdit

from criulint.advise.advice import advise
from criulint.advise.log import Log
from criulint.advise.logs import LOG_NAMES
from criulint.advise.situation import Situation
from criulint.criu.getopt import ParsedOption
from criulint.criu.reading import Reading
from criulint.criu.settings import Settings
from criulint.embedded.hosts import HEAD, HostError, follow_host, kind_of, may_hold
from criulint.filetype import is_log
from criulint.finding import CheckResult, Edit, Finding, Span
from criulint.linter.embedded_files import HostFile, Mover, check_embedded_files
from criulint.linter.findings import common_ends
from criulint.source import Source, lines_with_ends
from criulint.syntax import LineTree, parse_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.advise.advice import Advice
    from criulint.configuration.resolve import FileSettings
    from criulint.embedded.model import WrittenFile
    from criulint.linter.linter import Linter

_LINE_ENDS = re.compile("\r\n|\n|\r")
# Kinds of host files by the beginnings of language identifiers: yaml, yaml.ansible, jsonc, ...
_KINDS = {
    "yaml": "yaml",
    "ansible": "yaml",
    "helm": "yaml",
    "json": "yaml",
    "shellscript": "shell",
    "sh": "shell",
    "bash": "shell",
    "dockercompose": "yaml",
    "dockerfile": "dockerfile",
    "earthfile": "earthfile",
    "jenkinsfile": "jenkinsfile",
    "systemd": "unit",
    "makefile": "makefile",
    "just": "justfile",
    "bats": "bats",
    "terraform": "hcl",
    "hcl": "hcl",
    "markdown": "markdown",
    "restructuredtext": "rest",
    "asciidoc": "asciidoc",
    "python": "python",
    "rust": "rust",
    "javascript": "javascript",
    "typescript": "javascript",
    "nix": "nix",
    "puppet": "puppet",
}
# Kinds by whole identifiers, with which those of many other languages begin.
_KINDS_BY_WHOLE_LANGUAGE = {"c": "c", "go": "go"}
#: The language identifier of CRIU's own files.
CRIU_LANGUAGE = "criu"
# The language identifier of CRIU's logs, and the kind of a document that is one.
_LOG_LANGUAGE = "criu-log"
_LOG = "log"
# Languages in which only files with certain names can be CRIU's.
_KNOWN_BY_NAME = ("ruby", "toml")
# In characters. Checking takes some microseconds per line.
_MAX_CHECKED_LENGTH = 400_000
# In characters, of a log. Reading a million takes about half a second.
_MAX_LOG = 1_000_000
# Pairs of lines; comparing more would take too long.
_MAX_COMPARED_PAIRS = 40_000


class PositionMap:
    """A text, with offsets translated to the protocol's positions and back."""

    def __init__(
        self, text: str, encoding: PositionEncodingKind = PositionEncodingKind.Utf16
    ) -> None:
        self.text = text
        self.encoding = encoding
        self._starts = [0, *(match.end() for match in _LINE_ENDS.finditer(text))]

    def units(self, text: str) -> int:
        """Return the length of `text` in units of the protocol's encoding."""
        if self.encoding == PositionEncodingKind.Utf32 or text.isascii():
            return len(text)
        if self.encoding == PositionEncodingKind.Utf8:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(1 for character in text if character > "\uffff")

    def position(self, offset: int) -> Position:
        """Return the position of an offset; between a CR and its LF, that of the CR."""
        if offset and self.text[offset - 1 : offset + 1] == "\r\n":
            offset -= 1
        line = bisect_right(self._starts, offset) - 1
        return Position(line, self.units(self.text[self._starts[line] : offset]))

    def offset(self, position: Position) -> int:
        """Return the offset of a position, clamped to the end of its line and of the text."""
        if position.line >= len(self._starts):
            return len(self.text)
        start = self._starts[position.line]
        if position.line + 1 < len(self._starts):
            line = self.text[start : self._starts[position.line + 1]].rstrip("\r\n")
        else:
            line = self.text[start:]
        if self.encoding == PositionEncodingKind.Utf32 or line.isascii():
            return start + min(position.character, len(line))
        left = position.character
        for index, character in enumerate(line):
            if left <= 0:
                return start + index
            left -= self.units(character)
        return start + len(line)

    def range(self, start: int, end: int) -> Range:
        """Return the range between two offsets."""
        return Range(self.position(start), self.position(end))

    def replace(self, lsp_range: Range, text: str) -> str:
        """Return the whole text with a range replaced by `text`."""
        start, end = self.offset(lsp_range.start), self.offset(lsp_range.end)
        return self.text[:start] + text + self.text[max(start, end) :]


class Document(PositionMap):
    """A file that an editor has opened, at one version.

    `path` is its path on this host, or its URI if it has none. `language` is the editor's language
    identifier. Text that is not Unicode (half of a surrogate pair) is checked as question marks.
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
        #: The kind of host file, None for a CRIU file itself; or the kind of a log.
        self.kind = _kind(language, path, self.data)
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    @cached_property
    def findings(self) -> list[Finding]:
        """The findings of the linter."""
        return self._checked.findings

    @cached_property
    def log(self) -> Log:
        """The messages of a log, or those at the end of a long one."""
        length = len(self.text)
        start = self.text.find("\n", length - _MAX_LOG) + 1 if length > _MAX_LOG else 0
        return Log(self.text[start:], first_line=self.text.count("\n", 0, start) + 1)

    @cached_property
    def all_advice(self) -> list[Advice]:
        """What to do about the failure in a log.

        The log may come from another host, so this host's files are not looked at.
        """
        context = self.settings.context
        release = None if context.any_release else self.settings.release
        return advise(self.log, Situation(self.log, context.caller, release, None))

    @cached_property
    def _checked(self) -> CheckResult:
        return self._check(self.source)

    def check(self, source: Source) -> CheckResult:
        """Return what the rules find in another text of this file."""
        return self._checked if source.data == self.data else self._check(source)

    def _check(self, source: Source) -> CheckResult:
        if self.too_large:
            return CheckResult([], [])
        kind = self.kind
        if kind is None:
            return self.linter.check(source)
        if self.is_log:
            return CheckResult([], [])
        try:
            files = follow_host(source, kind).files
            return check_embedded_files(
                source, files, self.linter.check, lambda after: follow_host(after, kind).files
            )
        except HostError:
            return CheckResult([], [])  # often not valid YAML while it is being typed

    @property
    def is_log(self) -> bool:
        """Whether this is a log of CRIU, which sets nothing."""
        return self.kind == _LOG

    @property
    def too_large(self) -> bool:
        """Whether a check would take seconds. CRIU files are never that large; YAML files are."""
        return len(self.text) > _MAX_CHECKED_LENGTH and (self.kind is None or may_hold(self.data))

    @cached_property
    def source(self) -> Source:
        """The text as the linter sees it."""
        return Source(self.data, self.path)

    @cached_property
    def reading(self) -> Reading:
        """The text as CRIU reads it."""
        return Reading(self.source, self.settings.release)

    @cached_property
    def settings_set(self) -> Settings:
        """The settings that CRIU takes from the file."""
        return Settings(self.reading, self.settings.context)

    @cached_property
    def options_by_line(self) -> dict[int, list[ParsedOption]]:
        """The options that CRIU finds, with those it refuses, by 1-based line."""
        by_line: dict[int, list[ParsedOption]] = {}
        for result in self.reading.parsed.results:
            if isinstance(result, ParsedOption):
                by_line.setdefault(self.reading.word_lines[result.word], []).append(result)
        return by_line

    @cached_property
    def value_lines(self) -> frozenset[int]:
        """The 1-based lines whose first word is the value of an option on an earlier line."""
        return frozenset(
            self.reading.word_lines[result.value_word]
            for result in self.reading.parsed.results
            if isinstance(result, ParsedOption) and self.reading.takes_next_line(result)
        )

    @property
    def lines(self) -> int:
        """The number of lines, as the linter counts them; an empty text has none."""
        return len(self.source.lines)

    def tree(self, line: int) -> LineTree:
        """Return the syntax of a 1-based line."""
        return parse_line(self.line_text(line))

    def line_text(self, line: int) -> str:
        """Return the text of a 1-based line, which may be the empty one after the last LF."""
        return self.source.text(line) if line <= self.lines else ""

    def line_of(self, offset: int) -> tuple[int, int]:
        """Return the linter's 1-based line and the 0-based column of an offset."""
        index = bisect_right(self._line_starts, offset) - 1
        return index + 1, offset - self._line_starts[index]

    def lines_of(self, lsp_range: Range) -> tuple[int, int]:
        """Return the 1-based lines, the last one included, that a range touches."""
        first, _ = self.line_of(self.offset(lsp_range.start))
        last, _ = self.line_of(self.offset(lsp_range.end))
        return first, last

    def offset_of(self, line: int, column: int) -> int:
        """Return the offset of the linter's 1-based line and column."""
        if line > len(self._line_starts):
            return len(self.text)
        return min(self._line_starts[line - 1] + column - 1, len(self.text))

    def span_range(self, span: Span) -> Range:
        """Return the range of a span."""
        return self.range(
            self.offset_of(span.line, span.column), self.offset_of(span.end_line, span.end_column)
        )

    def columns_range(self, line: int, start: int, end: int) -> Range:
        """Return the range of 0-based columns, the end exclusive, on a 1-based line."""
        return self.span_range(Span(line, start + 1, line, end + 1))

    def text_edit(self, edit: Edit) -> TextEdit:
        """Return an edit of the protocol, which cannot split a CR from its LF."""
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
        """Return the edits, each of whole lines, that turn this text into `data`."""
        old, new = (lines_with_ends(text.decode("utf-8", "replace")) for text in (self.data, data))
        return [
            self.text_edit(Edit(Span(first + 1, 1, last + 1, 1), "".join(new[start:end])))
            for first, last, start, end in _changed_lines(old, new)
        ]

    # --- embedded files

    @property
    def parts(self) -> Sequence[Document]:
        """The CRIU files in the document, in order: itself, or those that it embeds."""
        if self.too_large:
            return []
        return [self] if self.kind is None else self.embedded_files

    @cached_property
    def embedded_files(self) -> list[EmbeddedDocument]:
        """The embedded CRIU files, without those in an encoding, whose characters are not here."""
        if self.kind is None or self.is_log:
            return []
        try:
            files = follow_host(self.source, self.kind).files
        except HostError:
            return []
        found = [EmbeddedDocument(self, file) for file in files if _is_readable(file)]
        return sorted(found, key=lambda file: file.position(0))

    def part(self, position: Position) -> Document | None:
        """Return the one of `parts` that holds a position."""
        if self.too_large:
            return None
        if self.kind is None:
            return self
        return next((file for file in self.embedded_files if file.holds(position)), None)

    @property
    def editable(self) -> bool:
        """Whether whole lines can be changed."""
        return self.kind is None


class EmbeddedDocument(Document):
    """A file embedded in another document: its own text, with the document's positions."""

    def __init__(self, outer: Document, file: WrittenFile) -> None:
        super().__init__(
            file.content.text,
            f"{outer.path}/{file.path.lstrip('/')}",
            outer.settings,
            outer.linter,
            outer.encoding,
            CRIU_LANGUAGE,
        )
        self._outer = outer
        self._mover = Mover(file, HostFile(outer.source))
        #: The offset of each character, and of the end, in the outer text.
        self._offsets = list(file.content.offsets)

    def position(self, offset: int) -> Position:
        """Return the position of an offset."""
        return self._outer.position(self._offsets[min(offset, len(self._offsets) - 1)])

    def offset(self, position: Position) -> int:
        """Return the offset of a position, or the next one."""
        return min(bisect_left(self._offsets, self._outer.offset(position)), len(self.text))

    def holds(self, position: Position) -> bool:
        """Return whether a position is in this file, or in the indentation of its first line."""
        first, last = self.position(0), self.position(len(self.text))
        ended = self.text.endswith("\n") and position.line == last.line and position >= last
        return not ended and (
            first <= position <= last or (self.editable and first.line == position.line)
        )

    @property
    def editable(self) -> bool:
        """Whether whole lines can be changed."""
        return self._mover.is_block

    def text_edit(self, edit: Edit) -> TextEdit:
        """Return an edit of this file as one of the protocol."""
        moved = self._mover.move_edit(edit)
        if moved is not None:
            return self._outer.text_edit(moved)
        start = self.offset_of(edit.span.line, edit.span.column)
        return TextEdit(self._outer.range(self._offsets[start], self._offsets[start]), "")


def _is_readable(file: WrittenFile) -> bool:
    """Return whether all of a file is in its host file as plain text."""
    content = file.content
    offsets = list(content.offsets)
    return content.is_known and content.is_placed and offsets == sorted(offsets)


def _kind(language: str | None, path: str, data: bytes) -> str | None:
    """Return the kind of host file of a document, by the language that the editor gives it."""
    if language == CRIU_LANGUAGE:
        return None
    word = (language or "").lower()
    if word == _LOG_LANGUAGE or os.path.basename(path) in LOG_NAMES:
        return _LOG
    by_language = _KINDS_BY_WHOLE_LANGUAGE.get(word) or next(
        (kind for name, kind in _KINDS.items() if word.startswith(name)), None
    )
    return by_language or kind_of(path, data[:HEAD]) or (_LOG if is_log(data) else None)


def is_foreign(language: str | None, path: str) -> bool:
    """Return whether a document is in a language in which criulint does not look for CRIU files."""
    return (language or "").lower() in _KNOWN_BY_NAME and kind_of(path) is None


def _changed_lines(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield what differs: the 0-based first and end line in `old`, and those in `new`."""
    prefix, suffix = common_ends(old, new)
    left, right = old[prefix : len(old) - suffix], new[prefix : len(new) - suffix]
    if len(left) == len(right):  # each line was changed on its own
        for line, (before, after) in enumerate(zip(left, right, strict=True), prefix):
            if before != after:
                yield line, line + 1, line, line + 1
    elif left and right and len(left) * len(right) <= _MAX_COMPARED_PAIRS:
        from difflib import SequenceMatcher

        matcher = SequenceMatcher(None, left, right, autojunk=False)
        for tag, first, last, start, end in matcher.get_opcodes():
            if tag != "equal":
                yield prefix + first, prefix + last, prefix + start, prefix + end
    else:
        yield prefix, len(old) - suffix, prefix, len(new) - suffix
