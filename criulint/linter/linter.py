# SPDX-License-Identifier: GPL-2.0-only
"""From bytes to findings: the one place for the order in which things happen.

A file is read once as CRIU does. Each of its lines is then looked at on its own, and equal lines only once; lines that
CRIU never takes for an option (behind a `--`, or swallowed as a value) are left out. At last come the rules that need the
whole file, and the suppressions, which hide findings and are looked at themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING

from criulint.criu.context import Context, inferred_role
from criulint.criu.getopt import Error, ErrorKind, Found
from criulint.criu.options import PATH_KINDS, Arity, OptionTable, option_table
from criulint.criu.reading import Reading
from criulint.criu.releases import find_release, latest_release
from criulint.criu.settings import Settings
from criulint.finding import Edit, Finding, Fix, Span
from criulint.rules import conflicts, misread, refused, runtime
from criulint.rules.base import FileProblem, Line, Problem, Rewrite, Rule
from criulint.source import Source, code_points, decode, encode
from criulint.text import shorten

# A line with so many mistakes is mended one by one no further.
_MAX_MISTAKES = 6
_CACHED_LENGTH = 1000

# The plainest lines, which no rule has anything to say of: a flag, or a value that no rule looks into.
_SIMPLE = re.compile(rb"([a-z][a-z-]*)(?: ([A-Za-z0-9_./-]*[A-Za-z0-9_/-]))?")
_UNCHECKED_KINDS = PATH_KINDS | {"string", "host-or-socket"}

if TYPE_CHECKING:
    from criulint.host.filesystem import Locate, Surroundings

_Finding = tuple[Rule, Problem]

# The options that the rules of family 5xx know without a machine around the file.
_NETWORK = ("page-server", "tls-no-cn-verify")
# Those that see all that a file sets.
_SETTINGS_RULES = (
    *misread.SETTINGS_RULES,
    *conflicts.SETTINGS_RULES,
    *runtime.SETTINGS_RULES,
)


class LineChecker:
    """All that the rules say of single lines for one CRIU release; remembers lines, for files repeat them."""

    def __init__(self, table: OptionTable) -> None:
        self._table = table
        self._seen: dict[tuple[bytes, bool], tuple[_Finding, ...]] = {}
        self._flags = frozenset(
            name.encode()
            for name, option in table.options.items()
            if option.arity is not Arity.REQUIRED
            and option.facts.get("x-criu-in-file") not in ("exits", "ignored")
        )
        self._free = frozenset(
            name.encode()
            for name, option in table.options.items()
            if option.arity is Arity.REQUIRED
            and option.kind in _UNCHECKED_KINDS
            and "x-criu-suggested" not in option.value
            and option.facts.get("x-criu-in-file") != "ignored"
        )

    def check(self, raw: bytes, has_newline: bool) -> tuple[_Finding, ...]:
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
) -> Iterator[_Finding]:
    line = Line(raw, has_newline, table)
    unsafe = list(_ask((refused.UNSAFE,), line))
    yield from unsafe
    if unsafe:
        return
    if not line.refused:
        rules = misread.VALUE_RULES if line.plain else (*misread.SHAPE_RULES, *misread.VALUE_RULES)
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
        waits = any(part.waiting for part in parts)
        ends = any(part.parsed.terminator >= 0 for part in parts)
    same = ends == (line.parsed.terminator >= 0) and waits == (line.waiting is not None)
    return problem if same else problem._replace(rewrite=None)


def _further(problem: Problem, line: Line, mistakes: int) -> Iterator[_Finding]:
    """What else is wrong with a line, if it is beyond doubt how to mend a problem of it."""
    rewrite = problem.rewrite
    if rewrite and rewrite.safe and rewrite.text is not None and mistakes > 1:
        for part in rewrite.text.split("\n"):
            for rule, found in _check_mended(part, line.has_newline, line.table, mistakes - 1):
                yield rule, _moved(found, part, line.text)


def _check_mended(
    text: str, has_newline: bool, table: OptionTable, mistakes: int
) -> Iterator[_Finding]:
    """What else is wrong with a line when its first mistake is mended."""
    raw = encode(text)
    yield from _check_line(raw, has_newline, table, mistakes)
    line = Line(raw, has_newline, table)
    if line.waiting and not line.refused:
        start, end = line.word_span(line.waiting.word)
        name = decode(line.waiting.name)
        yield (
            refused.missing_value,
            Problem(start, end, f"`{name}` needs a value", f"write `{name} VALUE`"),
        )


def _ask(rules: tuple[Rule, ...], line: Line) -> Iterator[_Finding]:
    for rule in rules:
        if rule.check_line:
            for problem in rule.check_line(line):
                yield rule, problem


def _moved(problem: Problem, mended: str, text: str) -> Problem:
    """A problem of a mended line, on the columns of the line as it is; its fix has to wait for the first one's."""
    prefix, suffix = _common_ends(text, mended)

    def move(column: int) -> int:
        if column >= len(mended) - suffix and not (column == prefix == len(mended)):
            return column + len(text) - len(mended)
        return column if column <= prefix else min(column, len(text) - suffix)

    start = move(problem.start)
    return problem._replace(start=start, end=max(move(problem.end), start), rewrite=None)


def _common_ends(first: str, second: str) -> tuple[int, int]:
    """The lengths of the beginning and of the end that two texts share."""
    limit = min(len(first), len(second))
    prefix = 0
    while prefix < limit and first[prefix] == second[prefix]:
        prefix += 1
    suffix = 0
    while suffix < limit - prefix and first[-1 - suffix] == second[-1 - suffix]:
        suffix += 1
    return prefix, suffix


def _unexplained(line: Line) -> _Finding:
    """A refused line that no rule explains is still told of, in CRIU's words."""
    start, end = line.visible_span
    message = shorten(decode(line.error.message)) if line.error else "CRIU refuses the line"
    return refused.unsupported_line, Problem(start, end, message)


class Linter:
    """Checks files for one CRIU release. `codes` are the rules to tell of; None for all that run by default.

    `locate` tells what is known of the machine around a file.
    """

    def __init__(
        self,
        criu: str | None = None,
        codes: frozenset[str] | None = None,
        context: Context | None = None,
        locate: Locate | None = None,
    ) -> None:
        self.release = find_release(criu) if criu else latest_release()
        self.context = context or Context()
        if criu is None:
            self.context = self.context._replace(any_release=True)
        self._lines = line_checker(self.release)
        self._codes = codes
        self._locate = locate
        #: What suppressions hid in the file that was checked last.
        self.hidden: list[Finding] = []

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of the rules that are told of."""
        from criulint.rules.registry import RULES

        return frozenset(rule.code for rule in RULES if self._tells(rule))

    def _tells(self, rule: Rule) -> bool:
        return rule.default if self._codes is None else rule.code in self._codes

    def check(self, data: bytes, path: str | None = None) -> list[Finding]:
        """The findings of a file, sorted by their place in it."""
        source = Source(data, path)
        reading = Reading(source, self.release)
        found = [entry for entry in self._problems(reading) if self._tells(entry[0])]
        self.hidden = []
        has_word = b"criulint" in data.lower()
        if not found and not has_word:
            return []
        findings = [_finding(source, rule, problem) for rule, problem in found]
        if has_word:
            findings = self._suppressed(source, findings)
        return sorted(findings, key=lambda finding: (finding.span, finding.code))

    def check_together(self, first: Source, second: Source) -> list[Finding]:
        """What goes wrong between two files that CRIU reads one after the other; the findings are in `second`."""
        if not self._tells(runtime.repeated_across_files):
            return []
        settings = [
            Settings(Reading(source, self.release), self.context) for source in (first, second)
        ]
        found = runtime.repeated_in_both(*settings)
        findings = [_finding(second, runtime.repeated_across_files, problem) for problem in found]
        if b"criulint" in second.data.lower():
            from criulint.suppressions import Suppressions

            findings = Suppressions(second, self.release, self.codes).left(findings)
        return findings

    def _suppressed(self, source: Source, findings: list[Finding]) -> list[Finding]:
        """The findings that the file does not suppress, and those about the suppressions."""
        from criulint.rules import suppression
        from criulint.suppressions import Suppressions

        suppressions = Suppressions(source, self.release, self.codes)
        findings = suppressions.left(findings)
        for rule in suppression.SUPPRESSIONS_RULES:
            if rule.check_suppressions and self._tells(rule):
                problems = rule.check_suppressions(suppressions)
                findings += suppressions.left(
                    _finding(source, rule, problem) for problem in problems
                )
        self.hidden = suppressions.hidden
        return findings

    def _problems(self, reading: Reading) -> Iterator[tuple[Rule, FileProblem]]:
        if refused.is_utf16(reading.source.data):
            # Every line of such a file is wrong, and for one reason.
            yield refused.nul_byte, refused.utf16_problem(reading.source)
            return
        by_line = self._line_findings(reading)
        _join_continued_lines(reading.source.lines, by_line)
        for number, found in by_line.items():
            for rule, problem in found:
                yield rule, FileProblem(number, problem)
        for rule in self._file_rules:
            if rule.check_file:
                for file_problem in rule.check_file(reading):
                    yield rule, file_problem
        around = self._locate(reading.source.path) if self._locate and reading.source.path else None
        settings = Settings(reading, self._context_in(around, reading.source.path))
        if settings.all:
            for rule in self._settings_rules(settings):
                if rule.check_settings and self._tells(rule):
                    for file_problem in rule.check_settings(settings):
                        yield rule, file_problem
        if around:
            from criulint.rules import environment

            for rule in environment.SURROUNDINGS_RULES:
                if rule.check_surroundings and self._tells(rule):
                    for file_problem in rule.check_surroundings(settings, around):
                        yield rule, file_problem

    @cached_property
    def _file_rules(self) -> tuple[Rule, ...]:
        """Those that need the whole reading; the layout is looked at only if that is asked for."""
        rules = (*refused.FILE_RULES, *misread.FILE_RULES)
        if self._codes is None:
            return rules
        from criulint.rules import formatting

        return (*rules, *(rule for rule in formatting.FILE_RULES if self._tells(rule)))

    def _settings_rules(self, settings: Settings) -> tuple[Rule, ...]:
        if settings.by_name.keys().isdisjoint(_NETWORK):
            return _SETTINGS_RULES
        from criulint.rules import environment

        return (*_SETTINGS_RULES, *environment.SETTINGS_RULES)

    def _context_in(self, around: Surroundings | None, path: str | None) -> Context:
        """The context of a file, whose own place tells its role better than the path that leads there from here."""
        role = inferred_role(around.place if around else None)
        if self.context.role or role is None or role is inferred_role(path):
            return self.context
        return self.context._replace(role=role)

    def _line_findings(self, reading: Reading) -> dict[int, tuple[_Finding, ...]]:
        """For each 1-based line with findings of its own, these."""
        lines = reading.source.lines
        check = self._lines.check
        entangled = _entangled_lines(reading)
        events = _events_by_line(reading, entangled)
        overflow = (
            0 if reading.second_generation else reading.scan.overflow_line
        )  # CRIU115 tells of the whole line
        by_line: dict[int, tuple[_Finding, ...]] = {}
        for number, raw in enumerate(lines, 1):
            scan = reading.scan.lines[number - 1]
            if number in entangled and not (scan.refused or scan.unsafe):
                found = tuple(_errors_of_words(reading, number, events.get(number, ())))
            else:
                found = check(raw, number < len(lines) or reading.source.ends_with_newline)
            if found and number != overflow:
                by_line[number] = found
        return by_line


def _join_continued_lines(lines: list[bytes], by_line: dict[int, tuple[_Finding, ...]]) -> None:
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
    for event in parsed.events:
        if isinstance(event, Found) and reading.takes_next_line(event):
            lines.add(reading.word_lines[event.value_word])
    if parsed.terminator >= 0:
        first = reading.word_lines[parsed.terminator] + 1
        lines.update(range(first, len(reading.source.lines) + 1))
    return frozenset(lines)


def _events_by_line(reading: Reading, lines: frozenset[int]) -> dict[int, list[Found | Error]]:
    """What ``getopt_long`` says of the words of some lines."""
    by_line: dict[int, list[Found | Error]] = {}
    if lines:
        for event in reading.parsed.events:
            number = reading.word_lines[event.word]
            if number in lines:
                by_line.setdefault(number, []).append(event)
    return by_line


def _errors_of_words(
    reading: Reading, number: int, events: Sequence[Found | Error]
) -> Iterator[_Finding]:
    """What CRIU refuses on a line that it does not read from its first word on."""
    raw = reading.source.lines[number - 1]
    for event in events:
        start, end = (code_points(raw, offset) for offset in reading.word_span(event.word))
        if isinstance(event, Error):
            if event.kind is not ErrorKind.MISSING_VALUE:
                yield refused.unknown_option, Problem(start, end, shorten(decode(event.message)))
            continue
        if reading.takes_next_line(event):
            continue  # CRIU104 or CRIU213
        refusal = event.refusal
        if refusal is not None:
            yield refused.invalid_value, Problem(start, end, shorten(refusal))
        elif event.option.facts.get("x-criu-in-file") == "exits":
            yield refused.stops_criu, Problem(start, end, f"CRIU ends at `{event.option.name}`")


def _finding(source: Source, rule: Rule, found: FileProblem) -> Finding:
    number, problem, fix = found
    text = source.text(number)
    span = Span(number, problem.start + 1, number, max(problem.end, problem.start) + 1)
    if problem.rewrite:
        fix = _fix(source, number, text, problem.rewrite)
    severity = problem.severity or rule.severity
    return Finding(
        rule.code,
        rule.name,
        severity,
        problem.message,
        problem.help,
        source.path,
        span,
        fix,
        rule.url,
    )


def _fix(source: Source, number: int, text: str, rewrite: Rewrite) -> Fix | None:
    """The smallest edit that turns the line into what the rule wants."""
    if rewrite.text is None:
        if number < len(source.lines) or source.ends_with_newline:
            span = Span(number, 1, number + 1, 1)
        else:
            span = Span(number, 1, number, len(text) + 1)
        return Fix(rewrite.title, (Edit(span, ""),), rewrite.safe)
    if rewrite.text == text:
        return None
    prefix, suffix = _common_ends(text, rewrite.text)
    # Whole words read better than the letters that differ.
    while prefix and (text[prefix - 1].isalnum() or text[prefix - 1] in "-_"):
        prefix -= 1
    while suffix and (text[-suffix].isalnum() or text[-suffix] in "-_"):
        suffix -= 1
    span = Span(number, prefix + 1, number, len(text) - suffix + 1)
    return Fix(
        rewrite.title,
        (Edit(span, rewrite.text[prefix : len(rewrite.text) - suffix]),),
        rewrite.safe,
    )


def check(data: bytes, *, path: str | None = None, criu: str | None = None) -> list[Finding]:
    """Check the bytes of a configuration file.

    `path` is only passed on to the findings; `criu` is the release that is to read the file (``"4.1.1"``), default the
    newest known. Findings are sorted by line and column (1-based, in code points). Raises
    `criulint.criu.releases.UnknownReleaseError`; never for what the file holds.
    """
    return Linter(criu).check(data, path)
