# SPDX-License-Identifier: MIT
"""View two of a file: what CRIU of a given release reads in it.

The scanner's words go through ``getopt_long``, and the values that it returns through CRIU's own
checks. CRIU stops at the first thing that it refuses; `Reading` keeps that outcome, and everything
that would be refused after it.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, Any

from criulint.criu.getopt import ErrorKind, ParsedOption, ParsedWords, ParseError, parse_words
from criulint.criu.options import option_table
from criulint.criu.releases import Release
from criulint.criu.scanner import SYNTAX_MESSAGE, FileScan, scan_file
from criulint.named_tuple import NamedTuple
from criulint.source import Source, code_points, decode

if TYPE_CHECKING:
    from criulint.criu.outcome import ReadError


class ReadOption(NamedTuple):
    """An option that CRIU reads.

    `name` is None for a one-letter option, whose letter is `short`. `line` is the 1-based line of
    the name.
    """

    name: str | None
    value: str | None
    line: int
    short: str | None = None


class Place(NamedTuple):
    """A 1-based line, and a part of it in 0-based code points, the end exclusive."""

    line: int
    start: int
    end: int


class Reading:
    """What a release of CRIU reads in a file."""

    def __init__(self, source: Source, release: str) -> None:
        self.source = source
        self.release = Release(release)
        self.table = option_table(self.release)
        #: Whether the scanner is the one of 3.16 and later.
        self.uses_scanner_3_16 = self.release >= "3.16"
        self.scan: FileScan = scan_file(source.lines, source.ends_with_newline, release)
        words: list[bytes] = []
        word_lines: list[int] = []
        for number, line in enumerate(self.scan.lines, 1):
            for word in line.words:
                words.append(word.text)
                word_lines.append(number)
        #: The words of all lines that the scanner accepts, and the 1-based line of each.
        self.words = words
        self.word_lines = word_lines

    def word_span(self, index: int) -> tuple[int, int]:
        """Return the byte offsets in its line of the word at `index` of `words`."""
        line = self.word_lines[index]
        word = self.scan.lines[line - 1].words[index - bisect_left(self.word_lines, line)]
        return word.start, word.end

    def place(self, index: int) -> Place:
        """Return the place in the file of the word at `index` of `words`."""
        line = self.word_lines[index]
        raw = self.source.lines[line - 1]
        start, end = self.word_span(index)
        return Place(line, code_points(raw, start), code_points(raw, end))

    def takes_next_line(self, found: ParsedOption) -> bool:
        """Return whether the value of an option is the first word of a later line."""
        last = max(found.word, found.value_word)  # -1 without a value
        return self.word_lines[found.word] < self.word_lines[last]

    @property
    def undefined(self) -> bool:
        """Whether CRIU's C code reads or writes outside its buffers."""
        return self.scan.undefined

    @property
    def _unknowable(self) -> bool:
        # Up to 3.15 the words are then garbage; from 3.16 on the memory beside the buffers is
        # nearly always empty.
        return self.undefined and not self.uses_scanner_3_16

    @cached_property
    def parsed(self) -> ParsedWords:
        """The result of ``getopt_long`` for all words.

        It goes on after errors, and after lines that the scanner refuses.
        """
        return parse_words(self.words, self.table)

    @property
    def argv(self) -> list[str]:
        """The words that CRIU splits the file into; none if the scanner refuses a line."""
        if self.scan.refused_line or self._unknowable:
            return []
        return [decode(word) for word in self.words]

    @cached_property
    def _outcome(self) -> tuple[list[ParsedOption], ReadError | None]:
        accepted: list[ParsedOption] = []
        if self.scan.refused_line:
            return accepted, _read_error(ErrorKind.SYNTAX, self.scan.refused_line, SYNTAX_MESSAGE)
        if self._unknowable:
            return accepted, None
        for event in self.parsed.results:
            line = self.word_lines[event.word]
            if isinstance(event, ParseError):
                return accepted, _read_error(event.kind, line, decode(event.message))
            refusal = event.refusal
            if refusal is not None:
                return accepted, _read_error(ErrorKind.INVALID_VALUE, line, refusal)
            accepted.append(event)
        return accepted, None

    @property
    def accepted(self) -> list[ParsedOption]:
        """The `options` as ``getopt_long`` returns them."""
        return self._outcome[0]

    @cached_property
    def options(self) -> list[ReadOption]:
        """The options in the order in which CRIU reads them, up to the first that it refuses.

        `criulint.criu.outcome.Outcome` has those that it sets.
        """
        return [read_option(found, self.word_lines[found.word]) for found in self.accepted]

    @property
    def error(self) -> ReadError | None:
        """What CRIU refuses first, or None; it may exit or crash before that (`Outcome`)."""
        return self._outcome[1]

    @property
    def dropped(self) -> list[str]:
        """The words that no option takes, which CRIU ignores; empty after an error."""
        if self.error or self._unknowable:
            return []
        return [decode(self.words[index]) for index in self.parsed.dropped]

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``criulint read --format json`` prints for a file."""
        from criulint.criu.outcome import Outcome
        from criulint.criu.paths import inferred_role

        return Outcome(self, inferred_role(self.source.path)).to_json()


def _read_error(kind: ErrorKind, line: int, message: str) -> ReadError:
    from criulint.criu.outcome import ReadError  # most files need none of it

    return ReadError(kind, line, message)


def read_option(found: ParsedOption, line: int) -> ReadOption:
    """Return a parsed option as a `ReadOption` on a 1-based line."""
    value = None if found.value is None else decode(found.value)
    return ReadOption(None if found.short else found.option.name, value, line, found.short)


def read(data: bytes, *, path: str | None = None, criu: str | None = None) -> Reading:
    """Read the bytes of a file as CRIU does.

    `criu` is a release such as ``"4.1.1"``, by default the newest known; `path` is only passed
    on. Raises `criulint.criu.releases.UnknownReleaseError`.
    """
    from criulint.criu.releases import find_release, latest_release

    return Reading(Source(data, path), find_release(criu) if criu else latest_release())
