# SPDX-License-Identifier: MIT
"""One mistake, one finding: which problems are only consequences of others.

If CRIU misreads a line, rules about what the line sets would judge something that its author never
meant. Their findings on it count only if they also hold without such lines. Findings on other,
correct lines stay, but without advice, because the misread line has to be corrected first. If a
line should be removed whatever its value, problems with the value do not matter. Neither does what
CRIU would do with the lines of a file that nothing reads. And of two rules that say that a line has
no effect, one is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ParsedOption
from criulint.criu.reading import Reading
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Scope
from criulint.rules.families import MISREAD
from criulint.rules.relations import ABOUT_WHAT_COUNTS, OF_A_READ_LINE, OVERRIDDEN, SAY_ENOUGH
from criulint.source import Source, encode

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from criulint.criu.settings import Settings
    from criulint.rules.base import AnyRule, Problem, RelatedPlace, RuleProblem

LineProblems = dict[int, tuple["RuleProblem", ...]]


def misread_lines(reading: Reading, by_line: Mapping[int, Iterable[RuleProblem]]) -> frozenset[int]:
    """Return the lines (1-based) that CRIU does not read as their author meant them.

    Those are all lines with a problem, unless its safe fix only spells what CRIU already reads.
    """
    return frozenset(
        number
        for number, found in by_line.items()
        if not all(_reads_as_meant(reading, number, problem) for _, problem in found)
    )


def _reads_as_meant(reading: Reading, number: int, problem: Problem) -> bool:
    rewrite = problem.rewrite
    if rewrite is None or rewrite.text is None or not rewrite.safe:
        return False
    line = reading.source.lines[number - 1]
    return _options(reading, line) == _options(reading, encode(rewrite.text))


def _options(reading: Reading, line: bytes) -> list[tuple[str, bytes | None]]:
    parsed = Reading(Source(line + b"\n"), reading.release).parsed
    return [
        (result.option.name, result.value)
        for result in parsed.results
        if isinstance(result, ParsedOption)
    ]


def check_settings(
    rules: Iterable[AnyRule], settings: Settings, misread: frozenset[int]
) -> Iterator[tuple[AnyRule, FileProblem]]:
    """Yield what rules report about settings, except what depends on the `misread` lines there.

    On other lines, problems that depend on them have neither help nor fix. Of several problems with
    one cause, only the cause is reported.
    """
    found = list(_check_settings(rules, settings, misread))
    if any(problem.problem.scope is Scope.UNREAD for _, problem in found):
        found = [pair for pair in found if not _is_of_a_read_line(*pair)]
    yield from _drop_answered(found)


def _is_of_a_read_line(rule: AnyRule, problem: FileProblem) -> bool:
    return rule.code in OF_A_READ_LINE or problem.problem.unwanted


def _check_settings(
    rules: Iterable[AnyRule], settings: Settings, misread: frozenset[int]
) -> Iterator[tuple[AnyRule, FileProblem]]:
    understood = settings.without(misread)
    for rule in rules:
        problems: list[FileProblem] = list(rule.check(settings))
        if not misread or not problems or rule.family is MISREAD:
            yield from ((rule, problem) for problem in problems)
            continue
        sound = {_key(problem) for problem in rule.check(understood)} if understood.all else ()
        for problem in problems:
            if _key(problem) in sound or not _depends_on_value(rule, problem):
                yield rule, problem
            elif problem.line not in misread:
                yield rule, _without_advice(problem)


def _without_advice(problem: FileProblem) -> FileProblem:
    bare = problem.problem._replace(help="", rewrite=None, move=None)
    return problem._replace(problem=bare, fix=None)


def _drop_answered(
    found: list[tuple[AnyRule, FileProblem]],
) -> Iterator[tuple[AnyRule, FileProblem]]:
    """Yield the problems, without those that add nothing to another one about the same line."""
    enough = _worst_by_line(found, SAY_ENOUGH)
    overridden = _worst_by_line(found, OVERRIDDEN)
    for rule, problem in found:
        severity = _severity(rule, problem)
        if rule.code in OVERRIDDEN:
            is_answered = enough.get(problem.line, -1) >= severity
        else:
            is_counted = rule.code in ABOUT_WHAT_COUNTS
            is_answered = is_counted and overridden.get(problem.line, -1) > severity
        if not is_answered:
            yield rule, problem


def _worst_by_line(
    found: list[tuple[AnyRule, FileProblem]], codes: Container[str]
) -> dict[int, Severity]:
    """Return the highest severity, by line, of the problems that rules with these codes report."""
    worst: dict[int, Severity] = {}
    for rule, problem in found:
        if rule.code in codes:
            severity = _severity(rule, problem)
            worst[problem.line] = max(severity, worst.get(problem.line, severity))
    return worst


def _severity(rule: AnyRule, problem: FileProblem) -> Severity:
    return problem.problem.severity or rule.severity


def _depends_on_value(rule: AnyRule, problem: FileProblem) -> bool:
    """Return whether a problem is about the value, and not only that the line is redundant."""
    scope = problem.problem.scope
    return scope is Scope.VALUE or (scope is Scope.LINE and not _settles(rule, problem))


def _settles(rule: AnyRule, problem: FileProblem) -> bool:
    """Return whether the problem means that the line should be removed, whatever its value."""
    is_line = problem.problem.scope is Scope.LINE
    return is_line and _severity(rule, problem) >= Severity.WARNING


def _key(problem: FileProblem) -> tuple[int, str, tuple[RelatedPlace, ...]]:
    return problem.line, problem.problem.message, problem.related


def drop_settled(
    by_line: LineProblems, problems: Iterable[tuple[AnyRule, FileProblem]]
) -> LineProblems:
    """Return the problems of single lines, without those of values in lines to be removed."""
    settled = {problem.line for rule, problem in problems if _settles(rule, problem)}
    return {
        number: tuple(
            (rule, problem)
            for rule, problem in found
            if number not in settled or rule.family is not MISREAD
        )
        for number, found in by_line.items()
    }
