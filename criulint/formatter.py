# SPDX-License-Identifier: GPL-2.0-only
"""The canonical layout of a file: what ``criulint format`` writes and CRIU601 asks for.

- An option begins its line; nothing but blanks is ever taken from its end.
- One blank stands between name and value, and before a comment. ``name=value`` becomes ``name value`` where CRIU reads the
  same; it stays for options whose value has to be attached (``manage-cgroups=full``) and for values with a ``#``. A quoted
  value keeps its quotes, and as many blanks before it as CRIU needs.
- The beginning of an option's name becomes the whole name.
- A comment is ``# text``. Banners (``####``) and ``#!`` stay, and so do blanks within a comment.
- One blank line separates, none begins or ends the file. Each line ends with LF. A carriage return that CRIU takes for a
  part of a value or a name stays, and then the others do too.

A layout is nothing that CRIU should notice. So each line's change is proved to leave its words or its option as they are,
and then the whole file's reading is compared (`criulint.criu.equivalence`). A line that can't be changed so stays as it is;
a file that can't be proved stays so as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from criulint.criu.equivalence import knowable, line_reads_the_same, reads_the_same
from criulint.criu.getopt import ParseError
from criulint.criu.options import Option
from criulint.criu.reading import Reading
from criulint.criu.scanner import line_scanner
from criulint.source import Source, decode, encode
from criulint.syntax import LineKind, LineTree, parse_line

_BLANKS = " \t\v\f\r"
_TIGHT_COMMENT = re.compile(r"\A#(?=[^#!\s])")


class Layout(NamedTuple):
    """A file in its canonical layout.

    `data` is the new file, `lines` what each old line becomes (None if it goes), `kept` the 1-based lines that CRIU would
    read otherwise if they were laid out. `refusal` says why the file as a whole stays as it is, or is empty.
    """

    data: bytes
    lines: list[bytes | None]
    kept: list[int]
    refusal: str = ""


def lay_out(reading: Reading) -> Layout:
    """The canonical layout of the file that was read, for the release that reads it and all others that take it."""
    source = reading.source
    same: list[bytes | None] = list(source.lines)
    if b"\0" in source.data or source.data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Layout(source.data, same, [], "it holds NUL bytes or is UTF-16")
    if not knowable(reading):
        return Layout(
            source.data,
            same,
            [],
            f"CRIU {reading.release} leaves its memory while it reads the file",
        )
    work = _Work(reading)
    lines, kept = work.lines()
    data = b"".join(line + b"\n" for line in lines if line is not None)
    if source.data and not data:
        data, lines = b"\n", [b"", *lines[1:]]  # CRIU 3.11 crashes at a file without a line
    if data == source.data:
        return Layout(data, lines, kept)
    if not reads_the_same(source, Source(data), reading.release):
        return Layout(source.data, same, [], "CRIU would read it otherwise")
    return Layout(data, lines, kept)


class _Work:
    """The lines of one file on their way to the canonical layout."""

    def __init__(self, reading: Reading) -> None:
        self._source = reading.source
        self._release = reading.release
        self._scan = line_scanner(reading.release)
        self._options = _options_alone(reading)
        self._seen: dict[tuple[bytes, bytes, Option | None], tuple[bytes, bool]] = {}

    def lines(self) -> tuple[list[bytes | None], list[int]]:
        """What each line becomes, and the 1-based lines that stay though they should not."""
        done = [self._line(number, raw) for number, raw in enumerate(self._source.lines, 1)]
        if any(line.endswith(b"\r") for line, _ in done):
            # The file's line ends are a part of what CRIU reads; mixed ones would help nobody.
            done = [
                self._line(number, raw[:-1], b"\r")
                if raw.endswith(b"\r")
                else self._line(number, raw)
                for number, raw in enumerate(self._source.lines, 1)
            ]
        lines: list[bytes | None] = [line for line, _ in done]
        kept = [number for number, (_, fine) in enumerate(done, 1) if not fine]
        text_before = blank_before = False
        for index, line in enumerate(lines):
            blank = not (line or b"").strip()
            if blank and (blank_before or not text_before):
                lines[index] = None
            text_before, blank_before = text_before or not blank, blank
        for index in reversed(range(len(lines))):
            if (lines[index] or b"").strip():
                break
            lines[index] = None
        return lines, kept

    def _line(self, number: int, raw: bytes, end: bytes = b"") -> tuple[bytes, bool]:
        """A line without its LF in the canonical layout, and whether that is what was wanted."""
        option = self._options.get(number)
        known = self._seen.get((raw, end, option))
        if known is None:
            known = self._seen[raw, end, option] = self._laid_out(raw, option, end)
        return known

    def _laid_out(self, raw: bytes, option: Option | None, end: bytes) -> tuple[bytes, bool]:
        text = decode(raw)
        tree = parse_line(text)
        if text.lstrip(_BLANKS).startswith("\ufeff"):
            return (
                raw + end,
                True,
            )  # CRIU refuses it, and where the mark stands is for the rules to tell
        if tree.kind is LineKind.BLANK:
            return end, True
        if (
            tree.kind is LineKind.OPTION
            and not tree.dashes
            and not self._scan(raw + end, True).refused
        ):
            wanted = list(_spellings(tree, text, option))
        elif tree.kind is LineKind.COMMENT:
            wanted = [_comment(tree)]
        else:
            wanted = [text.strip(_BLANKS)]
        parts = _parts(tree)
        for new in wanted:
            if _parts(parse_line(new)) == parts and self._same(
                raw + end, encode(new) + end, option
            ):
                return encode(new) + end, True
        for new in (text.strip(_BLANKS), text.rstrip(_BLANKS), text.lstrip(_BLANKS)):
            if new != text and self._same(raw + end, encode(new) + end, option):
                return self._laid_out(encode(new), option, end)
        return raw + end, False

    def _same(self, before: bytes, after: bytes, option: Option | None) -> bool:
        return before == after or line_reads_the_same(
            before, after, self._release, alone=option is not None
        )


def _options_alone(reading: Reading) -> dict[int, Option]:
    """The option of each 1-based line that CRIU reads as this one long option, and perhaps words that it ignores."""
    parsed, word_lines = reading.parsed, reading.word_lines
    found: dict[int, Option] = {}
    crowded: set[int] = set()
    for event in parsed.results:
        line = word_lines[event.word]
        first = event.word == 0 or word_lines[event.word - 1] != line
        if (
            isinstance(event, ParseError)
            or event.short
            or not first
            or reading.takes_next_line(event)
        ):
            crowded.add(line)
        else:
            found[line] = event.option
    if parsed.terminator >= 0:
        crowded.add(word_lines[parsed.terminator])
    return {line: option for line, option in found.items() if line not in crowded}


def _parts(tree: LineTree) -> tuple[object, ...]:
    """What a line holds as written but its name, which may get longer: a layout parts and joins nothing."""
    extra = tree.extra.text.rstrip(_BLANKS) if tree.extra else None
    return tree.kind, tree.value and tree.value.text, extra, _comment(tree)


def _comment(tree: LineTree) -> str:
    return _TIGHT_COMMENT.sub("# ", tree.comment.text).rstrip(_BLANKS) if tree.comment else ""


def _spellings(tree: LineTree, text: str, option: Option | None) -> Iterator[str]:
    """All ways to lay out an option's line, the best first."""
    tail = f" {_comment(tree)}" if tree.comment else ""
    end = tree.comment.start if tree.comment else len(text)
    written = text[:end].strip(_BLANKS)
    name, value = tree.name, tree.value
    if name is None:
        yield written + tail
        return
    names = [name.text]
    if option and option.name.startswith(name.text):
        names = list(dict.fromkeys((option.name, name.text)))
    if value is None:
        behind = text[name.end : end].strip(_BLANKS)
        yield from (each + behind + tail for each in names)
        return
    rest = value.text
    if tree.extra:
        rest += " " + tree.extra.text.rstrip(_BLANKS)
    plain = text[name.end : value.start] == "=" or not text[name.end : value.start].strip(_BLANKS)
    for each in names:
        if not plain:
            yield each + text[name.end : end].rstrip(_BLANKS) + tail
            continue
        yield f"{each} {rest}{tail}"
        if tree.separator and tree.separator.kind == "EQUALS":
            yield f"{each}={rest}{tail}"
        elif value.kind == "QUOTED":
            # CRIU from 3.16 on looks for a second word from a place that depends on the column of the quote.
            last_blank = encode(value.text).rfind(b" ")
            for blanks in (last_blank - 2 - len(each), value.start - name.end):
                if blanks > 0:
                    yield f"{each}{' ' * blanks}{rest}{tail}"
