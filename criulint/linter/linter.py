# SPDX-License-Identifier: MIT
"""From bytes to findings: the one place for the order in which things happen.

A file is read once, as CRIU reads it. Then each of its lines is checked on its own, and equal lines
only once; lines that CRIU never reads as options (after a `--`, or taken as a value) are left out.
Then come the rules that need the whole file, and last the suppressions, which hide findings and are
checked themselves.
"""

from __future__ import annotations

from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING

from criulint.criu.context import Context
from criulint.criu.getopt import ParsedOption
from criulint.criu.paths import inferred_role
from criulint.criu.reading import Reading
from criulint.criu.releases import find_release, latest_release
from criulint.criu.settings import Settings
from criulint.finding import CheckResult, Finding, Severity
from criulint.linter.causes import check_settings, drop_settled, misread_lines
from criulint.linter.findings import make_finding
from criulint.linter.lines import check_lines, line_checker
from criulint.rules.base import AnyRule, FileProblem, FileRule, RuleProblem
from criulint.rules.families import ENVIRONMENT, MISREAD
from criulint.source import Source, has_windows_line_ends, is_utf16

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from criulint.configuration.resolve import FileSettings
    from criulint.criu.context import Role
    from criulint.host.filesystem import FindHost, HostContext
    from criulint.rules.environment.named_file import NamedFile
    from criulint.rules.line_ends import WindowsRule
    from criulint.suppressions.matching import Suppressions


class TooManyFindingsError(Exception):
    """A file has more findings than are allowed."""


def take(findings: Iterable[Finding], most: int | None) -> list[Finding]:
    """Return the findings. TooManyFindingsError if there are more than `most`."""
    if most is None:
        return list(findings)
    taken = list(islice(findings, max(most, 0) + 1))
    if len(taken) > most:
        raise TooManyFindingsError
    return taken


class Linter:
    """Checks files as one CRIU release reads them.

    `criu` is the release, None for the newest known. `codes` are the rules to run; None for those
    that run by default. `severities` replace those of the rules, by code. `find_host` returns what
    is known about the host around a file. `suppress`: whether comments in a file hide findings.
    UnknownReleaseError if there is no such release.
    """

    def __init__(
        self,
        criu: str | None = None,
        codes: frozenset[str] | None = None,
        context: Context | None = None,
        find_host: FindHost | None = None,
        severities: Mapping[str, Severity] | None = None,
        *,
        suppress: bool = True,
    ) -> None:
        self._obeys_suppressions = suppress
        self.release = find_release(criu) if criu else latest_release()
        self.context = context or Context()
        if criu is None:
            self.context = self.context._replace(any_release=True)
        self._lines = line_checker(self.release)
        self._codes = codes
        self._find_host = find_host
        self._severities = severities or {}

    @cached_property
    def enabled_codes(self) -> frozenset[str]:
        """The codes of the rules that run."""
        from criulint.rules.registry import RULES

        return frozenset(rule.code for rule in RULES if self._is_enabled(rule))

    def _is_enabled(self, rule: AnyRule) -> bool:
        return rule.default if self._codes is None else rule.code in self._codes

    def check(
        self, source: Source, role: Role | None = None, most: int | None = None
    ) -> CheckResult:
        """Return what the rules find in a file, sorted by place.

        `role` is the file's role if something other than its path determines it.
        TooManyFindingsError if there are more than `most` findings.
        """
        reading = Reading(source, self.release)
        found = (
            self._make_finding(source, rule, problem)
            for rule, problem in self._problems(reading, role)
            if self._is_enabled(rule)
        )
        findings = take(found, most)
        hidden: list[Finding] = []
        if self._obeys_suppressions and _may_suppress(source):
            findings, hidden = self._suppress(source, findings, most)
        findings.sort(key=lambda finding: (finding.span, finding.code))
        return CheckResult(findings, hidden)

    def check_named(self, named: NamedFile) -> list[Finding]:
        """Return what is wrong with a file that an image names and does not have."""
        from criulint.rules import environment

        source = Source(b"", named.path)
        return [
            self._make_finding(source, rule, problem)
            for rule in filter(self._is_enabled, environment.NAMED_FILE_RULES)
            for problem in rule.check(named)
        ]

    def check_together(self, first: Source, second: Source) -> CheckResult:
        """Return what goes wrong between two files that CRIU reads one after the other.

        The findings are in `second`.
        """
        from criulint.rules.runtime.repeated_across_files import (
            find_repeats,
            repeated_across_files,
        )

        if not self._is_enabled(repeated_across_files):
            return CheckResult([], [])
        settings = [
            Settings(Reading(source, self.release), self.context) for source in (first, second)
        ]
        findings = [
            self._make_finding(second, repeated_across_files, problem)
            for problem in find_repeats(*settings)
        ]
        if not (self._obeys_suppressions and _may_suppress(second)):
            return CheckResult(findings, [])
        return CheckResult(*self._suppressions(second).filter(findings))

    def _make_finding(self, source: Source, rule: AnyRule, problem: FileProblem) -> Finding:
        return make_finding(source, rule, problem, self._severities.get(rule.code))

    def _suppressions(self, source: Source) -> Suppressions:
        from criulint.rules.registry import RULE_INDEX
        from criulint.suppressions.comments import SuppressionParser
        from criulint.suppressions.matching import Suppressions

        parser = SuppressionParser(self.release, RULE_INDEX)
        return Suppressions(source, parser, self.enabled_codes)

    def _suppress(
        self, source: Source, findings: list[Finding], most: int | None
    ) -> tuple[list[Finding], list[Finding]]:
        """Return the findings to report, with those about suppressions, and the hidden ones."""
        from criulint.rules import suppression

        suppressions = self._suppressions(source)
        kept, hidden = suppressions.filter(findings)
        for rule in filter(self._is_enabled, suppression.SUPPRESSIONS_RULES):
            found = (
                self._make_finding(source, rule, problem) for problem in rule.check(suppressions)
            )
            left = None if most is None else most - len(kept) - len(hidden)
            more = suppressions.filter(take(found, left))
            kept += more.kept
            hidden += more.hidden
        return kept, hidden

    def _problems(
        self, reading: Reading, role: Role | None
    ) -> Iterator[tuple[AnyRule, FileProblem]]:
        """Run the rules in order, each one only where it can find something."""
        for whole_file_rule in _whole_file_rules(reading):
            problem = next(whole_file_rule.check(reading), None)
            if problem:
                yield whole_file_rule, problem
                yield from self._reader_problems(reading, role)
                return
        if has_windows_line_ends(reading.source.data):
            windows_problems = list(self._windows_problems(reading, role))
            if windows_problems:
                yield from windows_problems
                return
        yield from self._file_problems(reading)
        by_line = check_lines(reading, self._lines)
        misread_numbers = misread_lines(reading, by_line)
        host = self._host(reading.source)
        settings = self._settings(reading, host, role)
        found = list(check_settings(self._settings_rules(settings), settings, misread_numbers))
        for rule, problem in found:
            yield rule, _add_help(settings, rule, problem)
        yield from _flatten(drop_settled(by_line, found))
        if host:
            lost = {problem.line for rule, problem in found if rule.family is MISREAD}
            yield from self._host_problems(settings, host, misread_numbers | lost)

    def _reader_problems(
        self, reading: Reading, role: Role | None
    ) -> Iterator[tuple[AnyRule, FileProblem]]:
        """Run the rules about who reads a file, which apply even if CRIU refuses all of it."""
        from criulint.rules import runtime

        settings = self._settings(reading, self._host(reading.source), role)
        for rule in filter(self._is_enabled, runtime.FILE_RULES):
            for problem in rule.check(settings):
                yield rule, _add_help(settings, rule, problem)

    def _file_problems(self, reading: Reading) -> Iterator[tuple[AnyRule, FileProblem]]:
        """Run the rules that need the whole reading."""
        if not _is_read_to_end(reading):
            from criulint.rules import refused

            yield from _run_file_rules(refused.FILE_RULES, reading)
        if _reads_words_elsewhere(reading):
            from criulint.rules import misread

            yield from _run_file_rules(misread.FILE_RULES, reading)
        yield from _run_file_rules(self._layout_rules, reading)

    def _host_problems(
        self, settings: Settings, host: HostContext, misread_numbers: Container[int]
    ) -> Iterator[tuple[AnyRule, FileProblem]]:
        """Run the rules about the host; they say nothing about values that CRIU misreads."""
        from criulint.rules import environment

        for rule in filter(self._is_enabled, environment.HOST_RULES):
            for problem in rule.check(settings, host):
                if problem.line not in misread_numbers:
                    yield rule, problem

    def _windows_problems(
        self, reading: Reading, role: Role | None
    ) -> Iterator[tuple[AnyRule, FileProblem]]:
        """Yield what is wrong with a file whose lines end with CR LF; nothing if they do no harm.

        That is the line endings, once, and everything that would still be wrong without them. The
        latter has no fix, because the line endings have to be fixed first.
        """
        from criulint.rules import misread, refused
        from criulint.rules.line_ends import WindowsFile

        file = WindowsFile(reading)
        rules: tuple[WindowsRule, ...] = (*refused.WINDOWS_RULES, *misread.WINDOWS_RULES)
        for rule in rules:
            found = next(rule.check(file), None)
            if found is None:
                continue
            yield rule, found
            # The settings of a file that CRIU refuses do not count.
            others: Iterable[tuple[AnyRule, FileProblem]]
            if reading.error:
                others = chain(
                    _flatten(check_lines(file.unix, self._lines)),
                    self._reader_problems(file.unix, role),
                )
            else:
                others = self._problems(file.unix, role)
            for left_rule, left in others:
                yield (
                    left_rule,
                    left._replace(problem=left.problem._replace(rewrite=None), fix=None),
                )
            return

    @cached_property
    def _layout_rules(self) -> tuple[AnyRule, ...]:
        """The rules about layout that are selected; none runs by default."""
        if self._codes is None:
            return ()
        from criulint.rules import formatting

        return tuple(filter(self._is_enabled, formatting.FILE_RULES))

    def _settings_rules(self, settings: Settings) -> Iterator[AnyRule]:
        """Return the enabled rules about what a file sets that can find something in it.

        If it sets nothing, these are the rules about the file itself.
        """
        if not settings.all:
            from criulint.rules import runtime

            return filter(self._is_enabled, runtime.FILE_RULES)
        from criulint.rules import conflicts, runtime

        rules: tuple[AnyRule, ...] = (*conflicts.SETTINGS_RULES, *runtime.SETTINGS_RULES)
        names = settings.by_name.keys()
        if not names.isdisjoint(MISREAD.options):
            from criulint.rules import misread

            rules += misread.SETTINGS_RULES
        if not names.isdisjoint(ENVIRONMENT.options):
            from criulint.rules import environment

            rules += environment.SETTINGS_RULES
        return (
            rule
            for rule in rules
            if (rule.options is None or not rule.options.isdisjoint(names))
            and self._is_enabled(rule)
        )

    def _host(self, source: Source) -> HostContext | None:
        """Return the host around a file; None if nothing is known about it."""
        return self._find_host(source.path) if self._find_host and source.path else None

    def _settings(self, reading: Reading, host: HostContext | None, given: Role | None) -> Settings:
        """Return what a file sets, and who reads it.

        Its path on the host says more about its role than the path here.
        """
        context = self.context
        role = given or inferred_role(host.path if host else None)
        if not context.role and role is not inferred_role(reading.source.path):
            context = context._replace(role=role)
        return Settings(reading, context)


class LinterCache:
    """The linters of a run, one for each `FileSettings`; `suppress` is as for `Linter`."""

    def __init__(self, find_host: FindHost | None = None, *, suppress: bool = True) -> None:
        self._find_host = find_host
        self._obeys_suppressions = suppress
        self._linters: dict[FileSettings, Linter] = {}

    def get(self, settings: FileSettings) -> Linter:
        """Return the linter for files with these settings."""
        linter = self._linters.get(settings)
        if linter is None:
            linter = self._linters[settings] = Linter(
                settings.release,
                settings.codes_to_run,
                settings.context,
                self._find_host,
                settings.severities,
                suppress=self._obeys_suppressions,
            )
        return linter


def _whole_file_rules(reading: Reading) -> tuple[FileRule, ...]:
    """Return the rules that may explain every line of a file that is probably not CRIU's."""
    if reading.error or is_utf16(reading.source.data):
        from criulint.rules import refused

        return refused.WHOLE_FILE_RULES
    if not reading.words and reading.source.data.startswith(b"\0"):
        from criulint.rules import misread

        return misread.WHOLE_FILE_RULES
    return ()


def _add_help(settings: Settings, rule: AnyRule, problem: FileProblem) -> FileProblem:
    if problem.problem.move is None:
        return problem
    from criulint.rules.placement import add_help

    return add_help(settings, rule, problem)


def _is_read_to_end(reading: Reading) -> bool:
    """Return whether CRIU reads the file without an error or a crash: then no rule 1xx applies."""
    return not (reading.error or reading.undefined)


def _run_file_rules(
    rules: Iterable[FileRule], reading: Reading
) -> Iterator[tuple[AnyRule, FileProblem]]:
    for rule in rules:
        for problem in rule.check(reading):
            yield rule, problem


def _may_suppress(source: Source) -> bool:
    """Return whether a file may contain suppressions; a run without them need not import them."""
    return b"criulint" in source.data.lower()


def check(data: bytes, *, path: str | None = None, criu: str | None = None) -> list[Finding]:
    """Return the findings for the bytes of a configuration file, sorted by line and column.

    `path` names the file in the findings and determines its role; the file system is not read.
    `criu` is the release that reads the file (``"4.1.1"``), by default the newest known. Lines and
    columns are 1-based, columns count code points. Raises
    `criulint.criu.releases.UnknownReleaseError`; never because of the file's content.
    """
    return Linter(criu).check(Source(data, path)).findings


def _reads_words_elsewhere(reading: Reading) -> bool:
    """Return whether CRIU reads a line as a value, or ignores the lines after a ``--``."""
    return reading.parsed.terminator is not None or any(
        isinstance(result, ParsedOption) and reading.takes_next_line(result)
        for result in reading.parsed.results
    )


def _flatten(
    by_line: Mapping[int, Iterable[RuleProblem]],
) -> Iterator[tuple[AnyRule, FileProblem]]:
    """Yield the problems of lines, by 1-based line, as those of the file."""
    for number, found in by_line.items():
        for rule, problem in found:
            yield rule, FileProblem(number, problem)
