# SPDX-License-Identifier: GPL-2.0-only
"""One line in both views: as written, and as CRIU reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from criulint.criu.getopt import ErrorKind, Parsed, ParsedOption, ParseError, parse
from criulint.criu.options import Arity, Option, OptionTable
from criulint.criu.scanner import LineScan, Word, line_scanner, scan_line_3_16
from criulint.criu.values import external_crashes
from criulint.rules import guesses
from criulint.rules.base import Rewrite
from criulint.source import code_points, decode, encode
from criulint.syntax import LineTree, parse_line

# What nobody could read in two ways: a name, perhaps a value without blanks, quotes or "#", perhaps a comment.
_PLAIN = re.compile(
    rb"""[ \t]*(?P<name>[A-Za-z][A-Za-z0-9-]*)(?:(?:[ ]+|=)(?P<value>[^\s\0"'\#=][^\s\0"\#]*))?(?:[ ]+(?:\#[^\0]*)?)?""",
    re.VERBOSE,
)


class Line:
    """One line in both views, read as if it stood alone in the file."""

    def __init__(self, raw: bytes, has_newline: bool, table: OptionTable) -> None:
        self.raw = raw
        self.has_newline = has_newline
        self.table = table
        self.scan: LineScan = line_scanner(table.release)(raw, has_newline)

    @cached_property
    def text(self) -> str:
        """The line without LF."""
        return decode(self.raw)

    @cached_property
    def tree(self) -> LineTree:
        """The line as written."""
        return parse_line(self.text)

    @cached_property
    def words(self) -> list[bytes]:
        """What the scanner makes of the line."""
        return [word.text for word in self.scan.words]

    @cached_property
    def parsed(self) -> Parsed:
        """What ``getopt_long`` makes of the words, if nothing stands before or behind them."""
        return parse(self.words, self.table)

    @cached_property
    def error(self) -> ParseError | None:
        """The first word that ``getopt_long`` refuses; an option that waits for its value is none."""
        for event in self.parsed.results:
            if isinstance(event, ParseError) and event.kind is not ErrorKind.MISSING_VALUE:
                return event
        return None

    @cached_property
    def first_option(self) -> ParsedOption | None:
        """The option of the line's first word, if ``getopt_long`` takes it."""
        for event in self.parsed.results[:1]:
            if isinstance(event, ParsedOption) and event.word == 0:
                return event
        return None

    @cached_property
    def unfinished_option(self) -> ParseError | None:
        """The last word's option if its value is missing: it takes the next line's first word, if there is one."""
        for event in self.parsed.results[-1:]:
            if isinstance(event, ParseError) and event.kind is ErrorKind.MISSING_VALUE:
                return event
        return None

    @cached_property
    def invalid(self) -> tuple[ParsedOption, str] | None:
        """The first option whose value CRIU refuses, and its message."""
        for event in self.parsed.results:
            if isinstance(event, ParsedOption):
                refusal = event.refusal
                if refusal is not None:
                    return event, refusal
        return None

    @cached_property
    def exiting_option(self) -> ParsedOption | None:
        """The first option at which CRIU prints and ends."""
        for event in self.parsed.results:
            if isinstance(event, ParsedOption) and event.option.exits:
                return event
        return None

    @property
    def refused(self) -> bool:
        """Whether CRIU refuses the line while reading, or ends there."""
        return bool(self.scan.refused or self.error or self.invalid or self.exiting_option)

    @cached_property
    def is_unambiguous(self) -> bool:
        """Whether CRIU reads the line as it looks; only the value itself may then be a mistake."""
        match = _PLAIN.fullmatch(self.raw)
        if (
            not match
            or self.refused
            or self.unfinished_option
            or not self.first_option
            or len(self.parsed.results) != 1
        ):
            return False
        return (
            self.first_option.option.name.encode() == match["name"]
            and self.first_option.value == match["value"]
            and not self.parsed.dropped
            and not self.scan.unsafe
        )

    # Columns

    def column(self, offset: int) -> int:
        """The 0-based code point of the byte at `offset`."""
        return code_points(self.raw, offset)

    def word_span(self, index: int) -> tuple[int, int]:
        """The 0-based code points that word `index` was made of."""
        word: Word = self.scan.words[index]
        return self.column(word.start), self.column(word.end)

    def value_span(self, found: ParsedOption) -> tuple[int, int]:
        """The 0-based code points of a found option's value: behind the ``=`` if it has one."""
        index = found.value_word if found.value_word >= 0 else found.word
        start, end = self.word_span(index)
        if found.value_word == found.word and not found.short:
            start += self.text[start:end].find("=") + 1
        return start, end

    @property
    def visible_span(self) -> tuple[int, int]:
        """The 0-based code points of the line without the blanks around its text."""
        stripped = self.text.strip(" \t\v\f\r")
        start = len(self.text) - len(self.text.lstrip(" \t\v\f\r")) if stripped else 0
        return start, start + len(stripped) if stripped else len(self.text)

    # What the author meant, and how to write it

    @property
    def written_value(self) -> str | None:
        """The value as written, without the quotes around it."""
        token = self.tree.value
        if token is None:
            return None
        if token.kind == "QUOTED":
            return token.text[1:-1].replace('\\"', '"')
        if token.kind == "SINGLE_QUOTED":
            return token.text[1:-1]
        return token.text

    @property
    def quotes_work(self) -> bool:
        """Whether double quotes can be used in a file of the release."""
        return line_scanner(self.table.release) is scan_line_3_16

    def reads_as(self, text: str, name: str, value: str | None) -> bool:
        """Whether CRIU reads `text` as just the option `name` with `value`, and takes that."""
        line = Line(encode(text), self.has_newline, self.table)
        events = line.parsed.results
        if len(events) != 1 or line.parsed.dropped or line.scan.unsafe or line.refused:
            return False
        event = events[0]
        if name == "external" and external_crashes(_bytes(value) or b""):
            return False
        return (
            isinstance(event, ParsedOption)
            and event.option.name == name
            and event.value == _bytes(value)
        )

    def rewrite(self, option: Option, value: str | None, *, whole: bool = False) -> str | None:
        """This line's text if it sets `option` to `value`, its indentation and comment kept.

        None if CRIU can't be told so in a file, or if words would get lost: those behind the written value, unless `value`
        stands for the `whole` line, and those behind a NUL byte.
        """
        nul = self.tree.nul_rest
        if (self.tree.extra and not whole) or (nul and nul.text.strip("\0 \t\v\f\r")):
            return None
        indent = self.text[: len(self.text) - len(self.text.lstrip(" \t"))]
        comment = self.tree.comment.text.rstrip("\r") if self.tree.comment else ""
        for body in _spellings(option, value):
            if self.reads_as(body, option.name, value):
                if not comment:
                    return indent + body
                if self.reads_as(f"{body} {comment}", option.name, value):
                    return f"{indent}{body} {comment}"
                return f"{indent}{comment}\n{indent}{body}"
        return None

    def removal(self, *, safe: bool) -> Rewrite:
        """The fix for a line that has to go: its comment stays."""
        indent = self.text[: len(self.text) - len(self.text.lstrip(" \t"))]
        comment = self.tree.comment
        return Rewrite("Remove the line", indent + comment.text if comment else None, safe)

    def split_rewrite(self) -> Rewrite | None:
        """The fix for a line that holds several options and nothing else: one line for each."""
        comment = self.tree.comment
        text = self.text[: comment.start] if comment else self.text
        lines = guesses.split_options(text, self.table)
        if not lines:
            return None
        indent = text[: len(text) - len(text.lstrip(" \t"))]
        above = [indent + comment.text] if comment else []
        return Rewrite(
            "Write one option a line",
            "\n".join(above + [indent + part for part in lines]),
            safe=True,
        )


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else encode(value)


def _spellings(option: Option, value: str | None) -> Iterator[str]:
    """All ways to write an option with a value, the plainest first."""
    if value is None:
        yield option.name
        return
    if option.arity is Arity.REQUIRED:
        yield f"{option.name} {value}"
    yield f"{option.name}={value}"
    if option.arity is Arity.REQUIRED:
        quoted = value.replace('"', '\\"')
        yield f'{option.name} "{quoted}"'
        # From 3.16 on CRIU looks for a second word from a place in the value that depends on the quote's column, so
        # blanks before the quote protect those in the value (criu/config.c, parse_statement).
        last_blank = encode(value).rfind(b" ")
        padding = " " * max(last_blank - 1 - len(option.name), 1)
        yield f'{option.name}{padding}"{quoted}"'
