# SPDX-License-Identifier: GPL-2.0-only
"""What the rules report of single lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from criulint.criu.getopt import ErrorKind, ParsedOption, ParseError
from criulint.criu.options import PATH_KINDS, Arity, OptionTable, option_table
from criulint.criu.reading import Reading
from criulint.linter.findings import common_ends
from criulint.rules import misread, refused
from criulint.rules.base import AnyRule, Problem
from criulint.rules.line import Line
from criulint.source import code_points, decode, encode
from criulint.text import shorten

LineFinding = tuple["AnyRule", Problem]

# A line with so many mistakes is mended one by one no further.
_MAX_MISTAKES = 6
_CACHED_LENGTH = 1000

# The plainest lines, which no rule has anything to say of: a flag, or a value that no rule looks into.
_SIMPLE = re.compile(rb"([a-z][a-z-]*)(?: ([A-Za-z0-9_./-]*[A-Za-z0-9_/-]))?")
_UNCHECKED_KINDS = PATH_KINDS | {"string", "host-or-socket"}


class LineChecker:
    """All that the rules say of single lines for one CRIU release; remembers lines, for files repeat them."""

    def __init__(self, table: OptionTable) -> None:
        self._table = table
        self._seen: dict[tuple[bytes, bool], tuple[LineFinding, ...]] = {}
        self._flags = frozenset(
            name.encode()
            for name, option in table.options.items()
            if option.arity is not Arity.REQUIRED and not (option.exits or option.is_ignored)
        )
        self._free = frozenset(
            name.encode()
            for name, option in table.options.items()
            if option.arity is Arity.REQUIRED
            and option.kind in _UNCHECKED_KINDS
            and not option.suggested
            and not option.is_ignored
        )

    def check(self, raw: bytes, has_newline: bool) -> tuple[LineFinding, ...]:
        """What the rules find in a line (without its LF) that stands alone."""
        simple = _SIMPLE.fullmatch(raw)
        if simple and simple[1] in (self._free if simple[2] else self._flags):
            return ()
        text = raw.lstrip(b" \t\v\f\r")
        if text.startswith(b"#") or (not text and has_newline):
            return ()
        key = raw, has_newline
        known = self._seen.get(key)
        if known is None:
            known = tuple(_check_line(raw, has_newline, self._table, _MAX_MISTAKES))
            if len(raw) <= _CACHED_LENGTH:
                self._seen[key] = known
        return known


@cache
def line_checker(release: str) -> LineChecker:
    """The `LineChecker` of a known release."""
    return LineChecker(option_table(release))


def _check_line(
    raw: bytes, has_newline: bool, table: OptionTable, mistakes: int
) -> Iterator[LineFinding]:
    line = Line(raw, has_newline, table)
    unsafe = list(_ask((refused.UNSAFE,), line))
    yield from unsafe
    if unsafe:
        return
    if not line.refused:
        rules = (
            misread.VALUE_RULES
            if line.is_unambiguous
            else (*misread.SHAPE_RULES, *misread.VALUE_RULES)
        )
        told = [(rule, _confined(problem, line)) for rule, problem in _ask(rules, line)]
        yield from told
        known = {rule.code for rule, _ in told}
        for _, problem in told:
            for rule, found in _further(problem, line, mistakes):
                if rule.code not in known and rule.code.startswith(
                    "CRIU2"
                ):  # CRIU takes the line as it is
                    known.add(rule.code)
                    yield rule, found
        return
    for rule, problem in _ask(refused.LINE_RULES, line):
        yield rule, _confined(problem, line)
        yield from _further(problem, line, mistakes)
        return
    yield _unexplained(line)


def _confined(problem: Problem, line: Line) -> Problem:
    """The problem without its fix if the mended line would take the next one for its value, or if CRIU would begin or end
    to read the rest of the file.
    """
    rewrite = problem.rewrite
    if not rewrite:
        return problem
    waits = ends = False
    if rewrite.text is not None:
        parts = [
            Line(encode(part), line.has_newline, line.table) for part in rewrite.text.split("\n")
        ]
        waits = any(part.unfinished_option for part in parts)
        ends = any(part.parsed.terminator >= 0 for part in parts)
    same = ends == (line.parsed.terminator >= 0) and waits == (line.unfinished_option is not None)
    return problem if same else problem._replace(rewrite=None)


def _further(problem: Problem, line: Line, mistakes: int) -> Iterator[LineFinding]:
    """What else is wrong with a line, if it is beyond doubt how to mend a problem of it."""
    rewrite = problem.rewrite
    if rewrite and rewrite.safe and rewrite.text is not None and mistakes > 1:
        for part in rewrite.text.split("\n"):
            for rule, found in _check_mended(part, line.has_newline, line.table, mistakes - 1):
                yield rule, _moved(found, part, line.text)


def _check_mended(
    text: str, has_newline: bool, table: OptionTable, mistakes: int
) -> Iterator[LineFinding]:
    """What else is wrong with a line when its first mistake is mended."""
    raw = encode(text)
    yield from _check_line(raw, has_newline, table, mistakes)
    line = Line(raw, has_newline, table)
    if line.unfinished_option and not line.refused:
        start, end = line.word_span(line.unfinished_option.word)
        name = decode(line.unfinished_option.name)
        yield (
            refused.missing_value,
            Problem(start, end, f"`{name}` needs a value", f"write `{name} VALUE`"),
        )


def _ask(rules: tuple[AnyRule, ...], line: Line) -> Iterator[LineFinding]:
    for rule in rules:
        for problem in rule.check(line):
            yield rule, problem


def _moved(problem: Problem, mended: str, text: str) -> Problem:
    """A problem of a mended line, on the columns of the line as it is; its fix has to wait for the first one's."""
    prefix, suffix = common_ends(text, mended)

    def move(column: int) -> int:
        if column >= len(mended) - suffix and not (column == prefix == len(mended)):
            return column + len(text) - len(mended)
        return column if column <= prefix else min(column, len(text) - suffix)

    start = move(problem.start)
    return problem._replace(start=start, end=max(move(problem.end), start), rewrite=None)


def _unexplained(line: Line) -> LineFinding:
    """A refused line that no rule explains is still told of, in CRIU's words."""
    start, end = line.visible_span
    message = shorten(decode(line.error.message)) if line.error else "CRIU refuses the line"
    return refused.unsupported_line, Problem(start, end, message)


def check_lines(reading: Reading, checker: LineChecker) -> dict[int, tuple[LineFinding, ...]]:
    """For each 1-based line with findings of its own, these."""
    lines = reading.source.lines
    check = checker.check
    entangled = _entangled_lines(reading)
    events = _events_by_line(reading, entangled)
    overflow = (
        0 if reading.uses_scanner_3_16 else reading.scan.overflow_line
    )  # CRIU115 tells of the whole line
    by_line: dict[int, tuple[LineFinding, ...]] = {}
    for number, raw in enumerate(lines, 1):
        scan = reading.scan.lines[number - 1]
        if number in entangled and not (scan.refused or scan.unsafe):
            found = tuple(_errors_of_words(reading, number, events.get(number, ())))
        else:
            found = check(raw, number < len(lines) or reading.source.ends_with_newline)
        if found and number != overflow:
            by_line[number] = found
    return by_line


def join_continued_lines(lines: list[bytes], by_line: dict[int, tuple[LineFinding, ...]]) -> None:
    """Make one finding of a line that ends with a backslash and of the next one, which was meant to be a part of it."""
    for number in list(by_line):
        if number == 1 or not any(rule is refused.unknown_option for rule, _ in by_line[number]):
            continue
        if any(rule is refused.UNSAFE for rule, _ in by_line.get(number - 1, ())):
            continue
        before = lines[number - 2].rstrip(b" \t\r")
        if before.endswith(b"\\") and not before.lstrip().startswith(b"#"):
            end = code_points(before, len(before))
            problem = Problem(
                end - 1,
                end,
                "CRIU takes the backslash for a word or a part of one: a line can't go on, and the next one is refused",
                "write the option and its value on one line",
            )
            by_line[number - 1] = ((refused.foreign_syntax, problem),)
            del by_line[number]


def _entangled_lines(reading: Reading) -> frozenset[int]:
    """The 1-based lines whose first word is not read as an option: another option's value, or behind a `--`."""
    parsed = reading.parsed
    lines = set()
    for event in parsed.results:
        if isinstance(event, ParsedOption) and reading.takes_next_line(event):
            lines.add(reading.word_lines[event.value_word])
    if parsed.terminator >= 0:
        first = reading.word_lines[parsed.terminator] + 1
        lines.update(range(first, len(reading.source.lines) + 1))
    return frozenset(lines)


def _events_by_line(
    reading: Reading, lines: frozenset[int]
) -> dict[int, list[ParsedOption | ParseError]]:
    """What ``getopt_long`` says of the words of some lines."""
    by_line: dict[int, list[ParsedOption | ParseError]] = {}
    if lines:
        for event in reading.parsed.results:
            number = reading.word_lines[event.word]
            if number in lines:
                by_line.setdefault(number, []).append(event)
    return by_line


def _errors_of_words(
    reading: Reading, number: int, events: Sequence[ParsedOption | ParseError]
) -> Iterator[LineFinding]:
    """What CRIU refuses on a line that it does not read from its first word on."""
    raw = reading.source.lines[number - 1]
    for event in events:
        start, end = (code_points(raw, offset) for offset in reading.word_span(event.word))
        if isinstance(event, ParseError):
            if event.kind is not ErrorKind.MISSING_VALUE:
                yield refused.unknown_option, Problem(start, end, shorten(decode(event.message)))
            continue
        if reading.takes_next_line(event):
            continue  # CRIU104 or CRIU213
        refusal = event.refusal
        if refusal is not None:
            yield refused.invalid_value, Problem(start, end, shorten(refusal))
        elif event.option.exits:
            yield refused.stops_criu, Problem(start, end, f"CRIU ends at `{event.option.name}`")
