# SPDX-License-Identifier: MIT
"""One mistake, one finding: which problems are only consequences of others.

If CRIU misreads a line, rules that judge what the line sets would judge what nobody wrote. What
they report on it counts only if it holds without such lines, too. On another line it is what CRIU
makes of a line that is written right, but the misread line has to be corrected first, so that there
is no other advice. If a line is to go whatever its value, what is wrong with its value does not
matter. Nor does what CRIU would do with the lines of a file that nothing reads. And of two rules
that say that a line does nothing, one is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.getopt import ParsedOption
from criulint.criu.reading import Reading
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Scope
from criulint.rules.families import MISREAD
from criulint.source import Source, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from criulint.criu.settings import Settings
    from criulint.rules.base import AnyRule, Problem, RelatedPlace, RuleProblem

# What CRIU would do with a line that it reads.
_OF_A_READ_LINE = frozenset(
    f"CRIU{number}" for number in (305, 306, 309, 310, 311, 401, 404, 405, 406, 407)
)
# That a caller overrides a line is not worth a word where another rule says at least as much.
_OVERRIDDEN = "CRIU401"
_SAY_ENOUGH = frozenset(("CRIU305", "CRIU306", "CRIU310", "CRIU311", "CRIU404", "CRIU407"))
# And these are not worth one if that is what is wrong, and not only a note.
_ABOUT_WHAT_COUNTS = frozenset(("CRIU310", "CRIU406"))

LineProblems = dict[int, tuple["RuleProblem", ...]]


def misread_lines(reading: Reading, by_line: Mapping[int, Iterable[RuleProblem]]) -> frozenset[int]:
    """Return the lines (1-based) from which CRIU does not take what their author meant.

    That is all with a problem, unless its safe fix only writes what CRIU reads anyway.
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
    """Yield what rules report of settings, except on the `misread` lines what depends on them.

    What depends on them on other lines has neither help nor fix. Of several problems with one
    cause, only that is reported.
    """
    found = list(_check_settings(rules, settings, misread))
    is_unread = any(problem.problem.scope is Scope.UNREAD for _, problem in found)
    if is_unread:
        found = [pair for pair in found if pair[0].code not in _OF_A_READ_LINE]
    yield from _drop_answered(found)


def _check_settings(
    rules: Iterable[AnyRule], settings: Settings, misread: frozenset[int]
) -> Iterator[tuple[AnyRule, FileProblem]]:
    understood = settings.without(misread)
    for rule in rules:
        problems: list[FileProblem] = list(rule.check(settings))
        if misread and problems and rule.family is not MISREAD:
            sound = {_key(problem) for problem in rule.check(understood)} if understood.all else ()
            problems = [
                problem
                if _key(problem) in sound or not _depends_on_value(rule, problem)
                else _without_advice(problem)
                for problem in problems
                if _key(problem) in sound
                or not _depends_on_value(rule, problem)
                or problem.line not in misread
            ]
        for problem in problems:
            yield rule, problem


def _without_advice(problem: FileProblem) -> FileProblem:
    bare = problem.problem._replace(help="", rewrite=None)
    return problem._replace(problem=bare, fix=None)


def _drop_answered(
    found: list[tuple[AnyRule, FileProblem]],
) -> Iterator[tuple[AnyRule, FileProblem]]:
    """Yield the problems without those of two about one line that say no more than the other."""
    enough: dict[int, Severity] = {}
    overridden: dict[int, Severity] = {}
    for rule, problem in found:
        if rule.code in _SAY_ENOUGH or rule.code == _OVERRIDDEN:
            by_line = overridden if rule.code == _OVERRIDDEN else enough
            severity = _severity(rule, problem)
            by_line[problem.line] = max(severity, by_line.get(problem.line, severity))
    for rule, problem in found:
        severity = _severity(rule, problem)
        if rule.code == _OVERRIDDEN:
            is_answered = enough.get(problem.line, -1) >= severity
        else:
            is_answered = (
                rule.code in _ABOUT_WHAT_COUNTS and overridden.get(problem.line, -1) > severity
            )
        if not is_answered:
            yield rule, problem


def _severity(rule: AnyRule, problem: FileProblem) -> Severity:
    return problem.problem.severity or rule.severity


def _depends_on_value(rule: AnyRule, problem: FileProblem) -> bool:
    """Return whether a problem is about the value; a note that the line may go is not enough."""
    scope = problem.problem.scope
    return scope is Scope.VALUE or (scope is Scope.LINE and not _settles(rule, problem))


def _settles(rule: AnyRule, problem: FileProblem) -> bool:
    """Return whether a line is to go, whatever its value."""
    is_line = problem.problem.scope is Scope.LINE
    return is_line and _severity(rule, problem) >= Severity.WARNING


def _key(problem: FileProblem) -> tuple[int, int, str, tuple[RelatedPlace, ...]]:
    return problem.line, problem.problem.start, problem.problem.message, problem.related


def drop_settled(
    by_line: LineProblems, problems: Iterable[tuple[AnyRule, FileProblem]]
) -> LineProblems:
    """Return the problems of single lines without those of the values of lines that are to go."""
    settled = {problem.line for rule, problem in problems if _settles(rule, problem)}
    return {
        number: tuple(
            (rule, problem)
            for rule, problem in found
            if number not in settled or rule.family is not MISREAD
        )
        for number, found in by_line.items()
    }
