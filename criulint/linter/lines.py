# SPDX-License-Identifier: MIT
"""What the rules report about single lines: which rules run, in which order, on which text."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from criulint.criu.getopt import ParsedOption, ParseError
from criulint.criu.options import PATH_KINDS, Arity, OptionTable, option_table
from criulint.linter.findings import common_ends
from criulint.named_tuple import NamedTuple
from criulint.rules.families import MISREAD
from criulint.rules.line import Line
from criulint.rules.relations import EXPLAINED_BY
from criulint.source import WHITESPACE, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.criu.reading import Reading
    from criulint.criu.scanner import LineScan
    from criulint.rules.base import Problem, Rewrite, RuleProblem
    from criulint.rules.line import LineRule

# How often a line is fixed to check the result.
_MAX_FIXES = 5
# The most lines that a fix may turn one into; no more of them are checked in turn.
_MAX_NEW_LINES = 1000
_MAX_ATTEMPTS = 100
_MAX_CACHED_LINES = 10_000
_MAX_CACHED_LENGTH = 1000

# The plainest lines, for which no rule can report anything: a flag, or a value that no rule reads.
_SIMPLE = re.compile(rb"([a-z][a-z-]*)(?: ([A-Za-z0-9_./-]*[A-Za-z0-9_/-]))?")
_UNCHECKED_KINDS = PATH_KINDS | {"string", "host-or-socket"}
# A size that CRIU reads as it looks.
_PLAIN_SIZE = re.compile(rb"[1-9][0-9]{0,8}[KMG]?")
_WHITESPACE = WHITESPACE.encode()


def check_lines(reading: Reading, checker: LineChecker) -> dict[int, tuple[RuleProblem, ...]]:
    """Return what the rules report about single lines, by 1-based line, for lines with problems."""
    source = reading.source
    last = len(source.lines)
    words = _words_of_odd_lines(reading)
    # Up to 3.15 CRIU crashes there, so how it would read the line does not matter.
    overflow_line = 0 if reading.uses_scanner_3_16 else reading.scan.overflow_line
    by_line: dict[int, tuple[RuleProblem, ...]] = {}
    for number, (raw, scan) in enumerate(zip(source.lines, reading.scan.lines, strict=True), 1):
        if number == overflow_line:
            continue
        has_newline = number < last or source.ends_with_newline
        if number in words and not (scan.refused or (scan.unsafe and scan.undefined)):
            found = _check_words(reading, words[number]) if words[number] else ()
            if scan.unsafe and not found:
                found = checker.check_memory(raw, has_newline, scan)
        else:
            found = checker.check(raw, has_newline, scan)
        if found:
            by_line[number] = found
    if by_line and b"\\" in source.data:
        from criulint.rules.refused.continuation import join_continued_lines, keep_continuations

        join_continued_lines(source.lines, by_line)
        keep_continuations(source.lines, by_line)
    return by_line


class LineChecker:
    """Checks single lines for one CRIU release, and remembers them: files repeat lines."""

    def __init__(self, table: OptionTable) -> None:
        self._table = table
        self._seen: dict[tuple[bytes, bool], tuple[RuleProblem, ...]] = {}
        self._simple_flags = frozenset(
            name.encode()
            for name, option in table.options.items()
            if option.arity is not Arity.REQUIRED and not (option.exits or option.is_ignored)
        )
        self._sizes = {
            name.encode(): option
            for name, option in table.options.items()
            if option.kind == "size" and not option.is_ignored
        }
        self._unchecked_options = frozenset(
            name.encode()
            for name, option in table.options.items()
            if option.arity is Arity.REQUIRED
            and option.kind in _UNCHECKED_KINDS
            and not option.suggested
            and not option.is_ignored
        )

    def check(self, raw: bytes, has_newline: bool, scan: LineScan) -> tuple[RuleProblem, ...]:
        """Return what the rules report about a line (without its LF) as if alone in its file.

        `scan` is the scanner's result for the line.
        """
        simple = _SIMPLE.fullmatch(raw)
        if simple and self._is_clean(simple[1], simple[2]):
            return ()
        text = raw.lstrip(_WHITESPACE)
        if text.startswith(b"#") or (not text and has_newline):
            return ()
        key = raw, has_newline
        known = self._seen.get(key)
        if known is None:
            known = tuple(_check_line(Line(raw, has_newline, self._table, scan)))
            if len(raw) <= _MAX_CACHED_LENGTH:
                if len(self._seen) >= _MAX_CACHED_LINES:
                    self._seen.clear()
                self._seen[key] = known
        return known

    def check_memory(
        self, raw: bytes, has_newline: bool, scan: LineScan
    ) -> tuple[RuleProblem, ...]:
        """Return what the rules report about CRIU's use of memory for a line (without its LF)."""
        from criulint.rules import refused

        line = Line(raw, has_newline, self._table, scan)
        return tuple(_run_line_rules(refused.CRASH_RULES, line))

    def _is_clean(self, name: bytes, value: bytes | None) -> bool:
        """Return whether no rule reports anything about a simple line."""
        if value is None:
            return name in self._simple_flags
        if name in self._unchecked_options:
            return True
        size = self._sizes.get(name)
        return (
            size is not None
            and _PLAIN_SIZE.fullmatch(value) is not None
            and size.refusal(value) is None
        )


@cache
def line_checker(release: str) -> LineChecker:
    """Return the `LineChecker` of a known release."""
    return LineChecker(option_table(release))


class _Attempt(NamedTuple):
    """A line to check: the file's own, or the result of safe fixes.

    `texts` are the texts that the fixes changed, the file's own first. `reported` are the codes
    reported since CRIU accepts the line, or None as long as it refuses it.
    """

    line: Line
    texts: tuple[str, ...] = ()
    reported: set[str] | None = None


def _check_line(line: Line) -> Iterator[RuleProblem]:
    """Report what is wrong with a line, and what still is after its safe fixes.

    Only one reason why CRIU refuses a line is visible at a time: once it is fixed, CRIU stops at
    the next one. So fixed lines are checked in turn, and what is found there is reported in the
    columns of the file's own line. Two invariants:

    - The line of an attempt was fixed `len(texts)` times, at most `_MAX_FIXES`: the loop ends.
    - After CRIU accepts a line, a fix cannot show why CRIU refuses it. It can show that CRIU
      misreads the line in another way, which counts if that rule has not reported anything yet.
    """
    attempts = [_Attempt(line)]
    made = 0
    while attempts:
        line, texts, reported = attempts.pop()
        found, fixed_lines = _run_rules(line)
        if texts and line.unfinished_option:
            from criulint.rules import refused

            found += _run_line_rules(refused.FIXED_LINE_RULES, line)
        for rule, problem in found:
            if reported is not None:
                if rule.family is not MISREAD or rule.code in reported:
                    continue
                reported.add(rule.code)
            yield rule, _map_to_original(problem, line.text, texts)
        if len(texts) == _MAX_FIXES:
            continue
        if reported is None and not line.refused:
            reported = {rule.code for rule, _ in found}
        fixed_lines = fixed_lines[: _MAX_ATTEMPTS - made]
        made += len(fixed_lines)
        # Depth first: the last attempt comes next.
        attempts += [
            _Attempt(fixed, (*texts, line.text), reported) for fixed in reversed(fixed_lines)
        ]


def _run_rules(line: Line) -> tuple[list[RuleProblem], list[Line]]:
    """Return what the rules report about a line, and the lines that safe fixes turn it into."""
    if line.crashes:
        from criulint.rules import refused

        return list(_run_line_rules(refused.CRASH_RULES, line)), []
    if line.refused:
        from criulint.rules import refused

        # The first explanation is the most specific one. Its fix reveals further problems even if
        # it is not offered.
        rule, problem = next(_run_line_rules(refused.LINE_RULES, line))
        advised = refused.advise_removal(problem, line)
        if advised:
            return [(rule, advised)], []
        fixed_lines = _safely_fixed_lines(problem, line)
        return [(rule, _drop_unsafe_rewrite(problem, line))], fixed_lines
    from criulint.rules import misread

    rules: tuple[LineRule, ...] = misread.VALUE_RULES
    if not line.is_unambiguous:
        rules = (*misread.SHAPE_RULES, *rules)
    found = [
        (rule, _drop_unsafe_rewrite(problem, line))
        for rule, problem in _run_line_rules(rules, line)
    ]
    codes = {rule.code for rule, _ in found}
    found = [entry for entry in found if codes.isdisjoint(EXPLAINED_BY.get(entry[0].code, ()))]
    return found, [fixed for _, problem in found for fixed in _safely_fixed_lines(problem, line)]


def _run_line_rules(rules: Sequence[LineRule], line: Line) -> Iterator[RuleProblem]:
    for rule in rules:
        for problem in rule.check(line):
            yield rule, problem


def _rewritten_lines(rewrite: Rewrite, line: Line) -> list[Line]:
    """Return the lines that a fix turns `line` into; none if it removes the line."""
    if rewrite.text is None:
        return []
    return [Line(encode(text), line.has_newline, line.table) for text in rewrite.text.split("\n")]


def _safely_fixed_lines(problem: Problem, line: Line) -> list[Line]:
    rewrite = problem.rewrite
    return _rewritten_lines(rewrite, line)[:_MAX_ATTEMPTS] if rewrite and rewrite.safe else []


def _drop_unsafe_rewrite(problem: Problem, line: Line) -> Problem:
    """Return the problem without its fix if that would change how CRIU reads other lines.

    That is the case if the line would begin or cease to take its value from the next line, or to
    end the options with ``--``. Nor is there a fix for a line that does not belong in a file at
    all, or one that makes it seem to continue on the next line.
    """
    rewrite = problem.rewrite
    if not rewrite:
        return problem
    if rewrite.text and rewrite.text.count("\n") >= _MAX_NEW_LINES:
        return problem._replace(rewrite=None)
    fixed_lines = _rewritten_lines(rewrite, line)
    if line.refused:
        from criulint.rules import refused

        if any(refused.sets_for_one_run(each) or refused.goes_on(each) for each in fixed_lines):
            return problem._replace(rewrite=None)
    takes_next_line = any(fixed.unfinished_option for fixed in fixed_lines)
    ends_options = any(fixed.parsed.terminator is not None for fixed in fixed_lines)
    was_unfinished = line.unfinished_option is not None
    if (takes_next_line, ends_options) == (was_unfinished, line.parsed.terminator is not None):
        return problem
    return problem._replace(rewrite=None)


def _map_to_original(problem: Problem, fixed: str, texts: Sequence[str]) -> Problem:
    """Return a problem of a `fixed` line with the columns of the first of the earlier `texts`.

    It then has no fix of its own: the first problem has to be fixed first.
    """
    for text in reversed(texts):
        problem = _map_columns(problem, fixed, text)._replace(rewrite=None)
        fixed = text
    return problem


def _map_columns(problem: Problem, fixed: str, text: str) -> Problem:
    """Return a problem of `fixed` with the columns of the `text` that it was made from."""
    prefix, suffix = common_ends(text, fixed)
    is_appended = prefix == len(fixed)

    def move(column: int, inside: int) -> int:
        if column >= len(fixed) - suffix and not (is_appended and column == prefix):
            return column + len(text) - len(fixed)
        return column if column <= prefix else inside

    start = move(problem.start, prefix)
    return problem._replace(start=start, end=max(move(problem.end, len(text) - suffix), start))


def _words_of_odd_lines(reading: Reading) -> dict[int, list[ParsedOption | ParseError]]:
    """Return how ``getopt_long`` reads the words of lines that do not begin with an option.

    Their first word is the value of an option on an earlier line, or they follow a ``--``. By
    1-based line; a line may have none.
    """
    parsed = reading.parsed
    words: dict[int, list[ParsedOption | ParseError]] = {
        reading.word_lines[result.value_word]: []
        for result in parsed.results
        if isinstance(result, ParsedOption) and reading.takes_next_line(result)
    }
    if parsed.terminator is not None:
        first = reading.word_lines[parsed.terminator] + 1
        words.update((number, []) for number in range(first, len(reading.source.lines) + 1))
    if words:
        for result in parsed.results:
            line_words = words.get(reading.word_lines[result.word])
            if line_words is not None:
                line_words.append(result)
    return words


def _check_words(
    reading: Reading, words: Sequence[ParsedOption | ParseError]
) -> tuple[RuleProblem, ...]:
    """Return what the first rule reports about each word that CRIU refuses."""
    from criulint.rules import refused

    found: list[RuleProblem] = []
    for word in words:
        if isinstance(word, ParsedOption) and reading.takes_next_line(word):
            continue  # rules for files report these: CRIU104, CRIU213
        problems = (
            (rule, problem) for rule in refused.WORD_RULES for problem in rule.check(reading, word)
        )
        found += islice(problems, 1)
    return tuple(found)
