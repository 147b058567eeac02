# SPDX-License-Identifier: MIT
"""One line in both views: as written, and as CRIU reads it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from criulint import guesses
from criulint.criu.getopt import ErrorKind, ParsedOption, ParsedWords, ParseError, parse_words
from criulint.criu.options import Arity, Option, OptionTable
from criulint.criu.scanner import LineScan, line_scanner, scan_line_3_16
from criulint.rules.base import Rewrite
from criulint.source import WHITESPACE, code_points, decode, encode
from criulint.syntax import LineTree, parse_line
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from criulint.rules.base import Problem, Rule

# The most lines that the title of a fix quotes; more are counted.
_MAX_NAMED = 3
# A line that can be read in one way only: a name, perhaps a value without whitespace, quotes or
# "#", and perhaps a comment.
_PLAIN = re.compile(
    rb"""
    [ \t]*
    (?P<name> [A-Za-z][A-Za-z0-9-]* )
    (?: (?: [ ]+ | = ) (?P<value> [^\s\0"'\#=][^\s\0"\#]* ) )?
    (?: [ ]+ (?: \#[^\0]* )? )?
    """,
    re.VERBOSE,
)


LineRule: TypeAlias = "Rule[[Line], Problem]"


class Line:
    """One line in both views, read as if it were the only one of its file.

    `raw` has no LF; `has_newline` says whether the file has one there. `scan` is the scanner's
    result for the line, if already known.
    """

    def __init__(
        self, raw: bytes, has_newline: bool, table: OptionTable, scan: LineScan | None = None
    ) -> None:
        self.raw = raw
        self.has_newline = has_newline
        self.table = table
        self.scan: LineScan = scan or line_scanner(table.release)(raw, has_newline)

    # As written

    @cached_property
    def text(self) -> str:
        """The line without LF."""
        return decode(self.raw)

    @cached_property
    def tree(self) -> LineTree:
        """The line as written."""
        return parse_line(self.text)

    @property
    def indent(self) -> str:
        """The spaces and tabs at the beginning of the line."""
        return self.text[: len(self.text) - len(self.text.lstrip(" \t"))]

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
    def written_option(self) -> Option | None:
        """The option whose full name is written on the line."""
        name = self.tree.name
        return self.table.options.get(name.text) if name else None

    # As CRIU reads it

    @cached_property
    def words(self) -> list[bytes]:
        """The words into which the scanner splits the line."""
        return [word.text for word in self.scan.words]

    @cached_property
    def parsed(self) -> ParsedWords:
        """The words as ``getopt_long`` parses them, with nothing before or after them."""
        return parse_words(self.words, self.table)

    @cached_property
    def error(self) -> ParseError | None:
        """The first word that ``getopt_long`` refuses, unless that is an `unfinished_option`."""
        for result in self.parsed.results:
            if isinstance(result, ParseError) and result.kind is not ErrorKind.MISSING_VALUE:
                return result
        return None

    @cached_property
    def first_option(self) -> ParsedOption | None:
        """The option of the line's first word, if ``getopt_long`` accepts it."""
        for result in self.parsed.results[:1]:
            if isinstance(result, ParsedOption):
                return result
        return None

    @cached_property
    def unfinished_option(self) -> ParseError | None:
        """The option of the last word if its value is missing.

        It takes the first word of the next line as its value, if there is one.
        """
        for result in self.parsed.results:
            if isinstance(result, ParseError) and result.kind is ErrorKind.MISSING_VALUE:
                return result
        return None

    @cached_property
    def invalid(self) -> tuple[ParsedOption, str] | None:
        """The first option whose value CRIU refuses, and CRIU's message."""
        for result in self.parsed.results:
            if isinstance(result, ParsedOption):
                refusal = result.refusal
                if refusal is not None:
                    return result, refusal
        return None

    @cached_property
    def exiting_option(self) -> ParsedOption | None:
        """The first option at which CRIU prints something and exits."""
        for result in self.parsed.results:
            if isinstance(result, ParsedOption) and result.option.exits:
                return result
        return None

    @cached_property
    def crashing_options(self) -> list[ParsedOption]:
        """The options whose values crash CRIU, up to the first word at which it stops by itself."""
        found = []
        for result in self.parsed.results:
            if isinstance(result, ParseError) or result.option.exits or result.refusal is not None:
                break
            if result.crashes:
                found.append(result)
        return found

    @property
    def crashes(self) -> bool:
        """Whether CRIU is known to crash on the line, or to read garbage from it.

        False if it refuses the line before that: up to 3.15 an empty word is memory that it frees
        only after it has read all options.
        """
        if self.crashing_options or (self.scan.undefined and self.scan.unsafe):
            return True
        return self.scan.unsafe and not self.refused

    @property
    def refused(self) -> bool:
        """Whether CRIU refuses the line while it reads the file, or exits there."""
        return bool(self.scan.refused or self.error or self.invalid or self.exiting_option)

    @property
    def refused_word(self) -> int | None:
        """The index of the word that CRIU refuses, or None."""
        if self.error:
            return self.error.word
        return self.invalid[0].word if self.invalid else None

    @property
    def refusal(self) -> str:
        """CRIU's message about a refused line, shortened."""
        if self.error:
            return shorten(decode(self.error.message))
        return shorten(self.invalid[1]) if self.invalid else "Unsupported configuration file format"

    @cached_property
    def is_unambiguous(self) -> bool:
        """Whether CRIU reads the line as it looks; only its value can then be a mistake."""
        match = _PLAIN.fullmatch(self.raw)
        if not match or self.refused or self.unfinished_option or self.scan.unsafe:
            return False
        found = self.first_option
        return (
            found is not None
            and found.option.name.encode() == match["name"]
            and found.value == match["value"]
        )

    @property
    def quotes_work(self) -> bool:
        """Whether values can be put in double quotes in a file of the release."""
        return line_scanner(self.table.release) is scan_line_3_16

    # Columns

    def column(self, offset: int) -> int:
        """Return the 0-based code point of the byte at `offset`."""
        return code_points(self.raw, offset)

    def word_span(self, index: int) -> tuple[int, int]:
        """Return the 0-based code points that the word at `index` was made from."""
        word = self.scan.words[index]
        return self.column(word.start), self.column(word.end)

    def value_span(self, found: ParsedOption) -> tuple[int, int]:
        """Return the 0-based code points of an option's value: what follows its ``=``, if any."""
        start, end = self.word_span(max(found.word, found.value_word))
        if found.value_word == found.word and not found.short:
            start += self.text[start:end].find("=") + 1
        return start, end

    @property
    def visible_span(self) -> tuple[int, int]:
        """The 0-based code points of the line without the whitespace around its text."""
        stripped = self.text.strip(WHITESPACE)
        if not stripped:
            return 0, len(self.text)
        start = len(self.text) - len(self.text.lstrip(WHITESPACE))
        return start, start + len(stripped)

    # How to write what the author meant

    def replace(self, start: int, end: int, text: str) -> str:
        """Return the line's text with the 0-based code points from `start` to `end` replaced."""
        return self.text[:start] + text + self.text[end:]

    def reads_as(self, text: str, name: str, value: str | None) -> bool:
        """Return whether CRIU reads `text` as the option `name` with `value`, and accepts it."""
        line = Line(encode(text), self.has_newline, self.table)
        results = line.parsed.results
        if len(results) != 1 or line.parsed.dropped or line.refused or line.crashes:
            return False
        result = results[0]
        return (
            isinstance(result, ParsedOption)
            and result.option.name == name
            and result.value == (None if value is None else encode(value))
        )

    def accepts(self, text: str) -> bool:
        """Return whether CRIU accepts `text` as one option in the place of this line."""
        line = Line(encode(text), self.has_newline, self.table)
        return line.first_option is not None and not (
            line.refused or line.crashes or line.unfinished_option or line.parsed.dropped
        )

    def rewrite(self, option: Option, value: str | None, *, whole: bool = False) -> str | None:
        """Return this line's text if it set `option` to `value`; indent and comment are kept.

        None if CRIU reads no spelling that way, or if words would be lost: those after the written
        value, unless `value` stands for the `whole` line, and those after a NUL byte.
        """
        nul = self.tree.nul_rest
        if (self.tree.extra and not whole) or (nul and nul.text.strip("\0" + WHITESPACE)):
            return None
        indent = self.indent
        comment = self.tree.comment.text.rstrip("\r") if self.tree.comment else ""
        for body in _spellings(option, value):
            if not self.reads_as(body, option.name, value):
                continue
            if not comment:
                return indent + body
            if self.reads_as(f"{body} {comment}", option.name, value):
                return f"{indent}{body} {comment}"
            return f"{indent}{comment}\n{indent}{body}"
        return None

    def rewrite_name(self, option: Option, start: int, end: int) -> str | None:
        """Return this line's text with an option's name between two 0-based code points.

        The value is written as CRIU reads it for this option: none after a flag, after `=` if it is
        optional. None if the flag or its value cannot be written.
        """
        text = self.replace(start, end, option.name)
        value = self.written_value
        if value is None or self.tree.extra or option.arity is Arity.REQUIRED:
            return text
        if option.arity is Arity.OPTIONAL:
            if option.name == "verbosity":
                value = guesses.log_level(value)
            return self.rewrite(option, value) if value else None
        switch = guesses.parse_boolean(value)
        if switch is not None:
            return self.rewrite_flag(option, switch)
        is_attached = self.tree.separator is not None and self.tree.separator.kind == "EQUALS"
        return None if is_attached else text

    def rewrite_value(self, value: str) -> str | None:
        """Return this line's text with another value for its option; None as for `rewrite`."""
        option = self.written_option
        return self.rewrite(option, value) if option and option.arity is not Arity.NONE else None

    def rewrite_setting(self, option: Option, value: str) -> str | None:
        """Return this line's text in CRIU's syntax for what ``option = value`` means elsewhere.

        A flag is written as ``NAME`` or ``no-NAME`` if the value means on or off. None as for
        `rewrite`, or if a flag's value means neither.
        """
        if option.arity is not Arity.NONE:
            return self.rewrite(option, value)
        return self.rewrite_flag(option, guesses.parse_boolean(value))

    def rewrite_flag(self, option: Option, on: bool | None) -> str | None:
        """Return this line's text with a flag switched on or off; None as for `rewrite`."""
        if on is None:
            return None
        switch = self.table.options.get(guesses.switch_name(option, on=on))
        return self.rewrite(switch, None) if switch else None

    def removal(self, *, safe: bool) -> Rewrite:
        """Return the fix that removes the line and keeps its comment."""
        comment = self.tree.comment
        return Rewrite("Remove the line", self.indent + comment.text if comment else None, safe)

    def split_rewrite(self) -> Rewrite | None:
        """Return the fix that gives each option a line of its own.

        None unless the line holds several options and nothing else but a comment.
        """
        comment = self.tree.comment
        parts = guesses.split_options(
            self.text[: comment.start] if comment else self.text, self.table
        )
        if not parts:
            return None
        lines = [comment.text, *parts] if comment else parts
        return self.write_lines(lines, safe=True)

    def write_lines(self, lines: Iterable[str], *, safe: bool) -> Rewrite:
        """Return the fix that writes `lines`, with the indent of this one, in its place."""
        return write_text("\n".join(self.indent + line for line in lines), safe=safe)


def write_text(text: str, *, safe: bool, names_comment: bool = False) -> Rewrite:
    """Return the fix that writes `text`, with a title that names the statements on its lines.

    `names_comment`: whether the title includes their comments. If nothing is left, the line is
    removed.
    """
    if not text.strip(WHITESPACE):
        return Rewrite("Remove the line", None, safe)
    statements = [] if names_comment else list(filter(None, map(_statement, text.split("\n"))))
    shown = [f"`{shorten(each)}`" for each in statements or [text.strip(WHITESPACE)]]
    if len(shown) > _MAX_NAMED:
        shown[_MAX_NAMED - 1 :] = [f"{len(shown) - _MAX_NAMED + 1} more lines"]
    *first, last = shown
    named = f"{', '.join(first)} and {last}" if first else last
    return Rewrite(f"Write {named}", text, safe)


def _statement(line: str) -> str:
    """Return a line without blanks and comment around it; empty if it is a comment."""
    comment = parse_line(line).comment
    # Right after `name=` a `#` does not begin a comment.
    before = line[: comment.start] if comment else line
    is_apart = before == "" or before.endswith((" ", "\t"))
    return (before if is_apart else line).lstrip(WHITESPACE).rstrip(" ")


def _spellings(option: Option, value: str | None) -> Iterator[str]:
    """Yield all ways to write an option with a value, the plainest first."""
    if value is None:
        yield option.name
        return
    if option.arity is Arity.REQUIRED:
        yield f"{option.name} {value}"
    yield f"{option.name}={value}"
    if option.arity is Arity.REQUIRED:
        quoted = value.replace('"', '\\"')
        # From 3.16 on CRIU looks for a second word from a place in the value that depends on the
        # quote's column, so spaces before the quote protect those in the value
        # (criu/config.c, parse_statement).
        last_space = encode(value).rfind(b" ")
        for padding in (1, last_space - 1 - len(option.name)):
            yield f'{option.name}{" " * padding}"{quoted}"'
