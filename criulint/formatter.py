# SPDX-License-Identifier: MIT
"""The canonical layout of a file: what ``criulint format`` writes and CRIU601 asks for.

- An option begins its line; only blanks are ever removed from the end.
- One blank stands between name and value, and before a comment. ``name=value`` becomes ``name
  value`` if CRIU reads the same; it stays for options whose value must be attached
  (``manage-cgroups=full``) and for values with a ``#``. A quoted value keeps its quotes, and as
  many blanks before it as CRIU needs.
- An abbreviated name becomes the whole name.
- A comment is ``# text``. Banners (``####``) and ``#!`` stay, and so do blanks within a comment.
- One blank line separates, none begins or ends the file. Each line ends with LF. A carriage return
  that CRIU reads as part of a value or a name stays, and then the others do too.

CRIU must not notice the layout. So each line's change is proved to keep its words or its option,
and then the readings of the whole file are compared (`criulint.criu.equivalence`). A line that
cannot be changed in this way stays; if there is no proof for the file, it stays as a whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.criu.equivalence import knowable, line_reads_the_same, reads_the_same
from criulint.criu.getopt import ParseError
from criulint.criu.scanner import line_scanner
from criulint.named_tuple import NamedTuple
from criulint.source import WHITESPACE, Source, decode, encode, is_utf16
from criulint.syntax import LineKind, LineTree, parse_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.criu.options import Option
    from criulint.criu.reading import Reading

_TIGHT_COMMENT = re.compile(r"\A#(?=[^#!\s])")


class Layout(NamedTuple):
    """A file in its canonical layout.

    `data` is the new file, `lines` what each old line becomes (None if it is removed), `kept` the
    1-based lines that stay because CRIU would read them differently. `refusal` says why the file
    as a whole stays, or is empty.
    """

    data: bytes
    lines: list[bytes | None]
    kept: list[int]
    refusal: str = ""


class _FormattedLine(NamedTuple):
    """A line without its LF, and whether it has the canonical layout or had to stay."""

    raw: bytes
    is_canonical: bool


def lay_out(reading: Reading) -> Layout:
    """Return the canonical layout of the file that was read.

    It is read the same by the release that read the file, and by all others that accept it.
    """
    source = reading.source
    unchanged = Layout(source.data, list(source.lines), [])
    if b"\0" in source.data or is_utf16(source.data):
        return unchanged._replace(refusal="it holds NUL bytes or is UTF-16")
    if reading.error:
        from criulint.filetype import foreign_type

        foreign = foreign_type(reading)
        if foreign:
            return unchanged._replace(
                refusal=f"it is {foreign.name}, not a CRIU configuration file"
            )
    if not knowable(reading):
        return unchanged._replace(
            refusal=f"CRIU {reading.release} reads memory out of bounds while it reads the file"
        )
    formatted = _LineFormatter(reading).format_lines()
    lines = strip_outer_blank_lines(collapse_blank_lines([line.raw for line in formatted]))
    kept = [number for number, line in enumerate(formatted, 1) if not line.is_canonical]
    data = b"".join(line + b"\n" for line in lines if line is not None)
    if source.data and not data:
        data, lines = b"\n", [b"", *lines[1:]]  # CRIU 3.11 crashes on a file without a line
    if data != source.data and not reads_the_same(source, Source(data), reading.release):
        return unchanged._replace(refusal="CRIU would read it differently")
    return Layout(data, lines, kept)


def collapse_blank_lines(lines: Sequence[bytes]) -> list[bytes | None]:
    """Return the lines with None in place of each blank line that follows another one."""
    collapsed: list[bytes | None] = []
    is_after_blank = False
    for line in lines:
        is_blank = not line.strip()
        collapsed.append(None if is_blank and is_after_blank else line)
        is_after_blank = is_blank
    return collapsed


def strip_outer_blank_lines(lines: Sequence[bytes | None]) -> list[bytes | None]:
    """Return the lines with None in place of those before the first text and after the last."""
    texts = [index for index, line in enumerate(lines) if line and line.strip()]
    if not texts:
        return [None] * len(lines)
    first, last = texts[0], texts[-1]
    return [line if first <= index <= last else None for index, line in enumerate(lines)]


class _LineFormatter:
    """Lays out the lines of one file, each on its own."""

    def __init__(self, reading: Reading) -> None:
        self._lines = reading.source.lines
        self._release = reading.release
        self._scan = line_scanner(reading.release)
        self._options = _options_by_line(reading)
        self._known: dict[tuple[bytes, bytes, Option | None], _FormattedLine] = {}

    def format_lines(self) -> list[_FormattedLine]:
        """Return all lines of the file."""
        formatted = [self._format_line(number, raw) for number, raw in enumerate(self._lines, 1)]
        if not any(line.raw.endswith(b"\r") for line in formatted):
            return formatted
        # CRIU reads a carriage return as part of a value, so that it stays; mixed line endings
        # would not help.
        formatted = []
        for number, raw in enumerate(self._lines, 1):
            content = raw.removesuffix(b"\r")
            formatted.append(self._format_line(number, content, raw[len(content) :]))
        return formatted

    def _format_line(self, number: int, raw: bytes, end: bytes = b"") -> _FormattedLine:
        """Return a 1-based line; `end` is a carriage return that has to stay."""
        key = raw, end, self._options.get(number)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._format(*key)
        return known

    def _format(self, raw: bytes, end: bytes, option: Option | None) -> _FormattedLine:
        """Lay out a line, in the best way that CRIU reads the same."""
        text = decode(raw)
        if text.lstrip(WHITESPACE).startswith("\ufeff"):
            return _FormattedLine(raw + end, True)  # CRIU110 reports where the mark is
        tree = parse_line(text)
        if tree.kind is LineKind.BLANK:
            return _FormattedLine(end, True)
        parts = _parts(tree)
        for new in self._spellings(tree, text, raw + end, option):
            if _parts(parse_line(new)) == parts:
                changed = encode(new) + end
                if self._reads_the_same(raw + end, changed, option):
                    return _FormattedLine(changed, True)
        for new in (text.rstrip(WHITESPACE), text.lstrip(WHITESPACE)):
            if new != text and self._reads_the_same(raw + end, encode(new) + end, option):
                return self._format(encode(new), end, option)
        return _FormattedLine(raw + end, False)

    def _spellings(
        self, tree: LineTree, text: str, raw: bytes, option: Option | None
    ) -> Iterator[str]:
        """Yield what a line should become, the best first."""
        if tree.kind is LineKind.COMMENT:
            yield _comment(tree)
        elif tree.kind is LineKind.OPTION and not (tree.dashes or self._scan(raw, True).refused):
            yield from _option_spellings(tree, text, option)
        else:
            yield text.strip(WHITESPACE)

    def _reads_the_same(self, before: bytes, after: bytes, option: Option | None) -> bool:
        return before == after or line_reads_the_same(
            before, after, self._release, alone=option is not None
        )


def _options_by_line(reading: Reading) -> dict[int, Option]:
    """Return the option of each 1-based line that CRIU reads as just this one long option.

    There may be words that it ignores.
    """
    parsed, word_lines = reading.parsed, reading.word_lines
    found: dict[int, Option] = {}
    crowded: set[int] = set()
    for result in parsed.results:
        line = word_lines[result.word]
        is_first = result.word == 0 or word_lines[result.word - 1] != line
        if (
            isinstance(result, ParseError)
            or result.short
            or not is_first
            or reading.takes_next_line(result)
        ):
            crowded.add(line)
        else:
            found[line] = result.option
    return {line: option for line, option in found.items() if line not in crowded}


def _parts(tree: LineTree) -> tuple[object, ...]:
    """Return what a line holds as written but its name, which may get longer.

    A layout neither splits nor joins these.
    """
    extra = tree.extra.text.rstrip(WHITESPACE) if tree.extra else None
    return tree.kind, tree.value and tree.value.text, extra, _comment(tree)


def _comment(tree: LineTree) -> str:
    """Return the comment of a line as it should be; empty if there is none."""
    text = tree.comment.text if tree.comment else ""
    return _TIGHT_COMMENT.sub("# ", text).rstrip(WHITESPACE)


def _option_spellings(tree: LineTree, text: str, option: Option | None) -> Iterator[str]:
    """Yield all ways to lay out an option's line, the best first."""
    comment = f" {_comment(tree)}" if tree.comment else ""
    text = text[: tree.comment.start] if tree.comment else text
    assert tree.name  # an option's line has one
    names = [tree.name.text]
    if option and option.name.startswith(tree.name.text):
        names = list(dict.fromkeys((option.name, tree.name.text)))
    for name in names:
        for rest in _rests(tree, text, name):
            yield name + rest + comment


def _rests(tree: LineTree, text: str, name: str) -> Iterator[str]:
    """Yield all ways to lay out what follows the name in `text`, the best first."""
    assert tree.name
    value = tree.value
    if value is None:
        yield text[tree.name.end :].strip(WHITESPACE)
        return
    separator = text[tree.name.end : value.start]
    if separator != "=" and separator.strip(WHITESPACE):
        yield text[tree.name.end :].rstrip(WHITESPACE)
        return
    rest = value.text
    if tree.extra:
        rest += " " + tree.extra.text.rstrip(WHITESPACE)
    yield f" {rest}"
    if separator == "=":
        yield f"={rest}"
    elif value.kind == "QUOTED":
        # CRIU from 3.16 on looks for a second word from a place that depends on the column of
        # the quote.
        last_blank = encode(value.text).rfind(b" ")
        for blanks in (last_blank - 2 - len(name), len(separator)):
            yield f"{' ' * blanks}{rest}"
