# SPDX-License-Identifier: GPL-2.0-only
"""From bytes to findings: the one place for the order in which things happen.

A file is read once as CRIU does. Each of its lines is then looked at on its own, and equal lines only once; lines that
CRIU never takes for an option (behind a `--`, or swallowed as a value) are left out. At last come the rules that need the
whole file, and the suppressions, which hide findings and are looked at themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from criulint.criu.context import Context, inferred_role
from criulint.criu.reading import Reading
from criulint.criu.releases import find_release, latest_release
from criulint.criu.settings import Settings
from criulint.finding import Finding
from criulint.linter.causes import check_settings, drop_settled, misread_lines
from criulint.linter.findings import make_finding
from criulint.linter.lines import check_lines, line_checker
from criulint.rules import conflicts, misread, runtime
from criulint.rules.base import AnyRule, FileProblem, FileRule
from criulint.rules.runtime.repeated_across_files import find_repeats, repeated_across_files
from criulint.source import Source, is_utf16

if TYPE_CHECKING:
    from criulint.host.filesystem import FindHost, HostContext
    from criulint.suppressions.matching import Suppressions

# The options that the rules of family 5xx know without a machine around the file.
_NETWORK = ("page-server", "tls-no-cn-verify")
# Those that see all that a file sets.
_SETTINGS_RULES = (
    *misread.SETTINGS_RULES,
    *conflicts.SETTINGS_RULES,
    *runtime.SETTINGS_RULES,
)


class Linter:
    """Checks files for one CRIU release. `codes` are the rules to tell of; None for all that run by default.

    `locate` tells what is known of the machine around a file.
    """

    def __init__(
        self,
        criu: str | None = None,
        codes: frozenset[str] | None = None,
        context: Context | None = None,
        locate: FindHost | None = None,
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
    def enabled_codes(self) -> frozenset[str]:
        """The codes of the rules whose findings are wanted."""
        from criulint.rules.registry import RULES

        return frozenset(rule.code for rule in RULES if self._is_enabled(rule))

    def _is_enabled(self, rule: AnyRule) -> bool:
        return rule.default if self._codes is None else rule.code in self._codes

    def check(self, data: bytes, path: str | None = None) -> list[Finding]:
        """The findings of a file, sorted by their place in it."""
        source = Source(data, path)
        reading = Reading(source, self.release)
        found = [entry for entry in self._problems(reading) if self._is_enabled(entry[0])]
        self.hidden = []
        has_word = b"criulint" in data.lower()
        if not found and not has_word:
            return []
        findings = [make_finding(source, rule, problem) for rule, problem in found]
        if has_word:
            findings = self._suppressed(source, findings)
        return sorted(findings, key=lambda finding: (finding.span, finding.code))

    def check_together(self, first: Source, second: Source) -> list[Finding]:
        """What goes wrong between two files that CRIU reads one after the other; the findings are in `second`."""
        if not self._is_enabled(repeated_across_files):
            return []
        settings = [
            Settings(Reading(source, self.release), self.context) for source in (first, second)
        ]
        found = find_repeats(*settings)
        findings = [make_finding(second, repeated_across_files, problem) for problem in found]
        if b"criulint" in second.data.lower():
            findings = self._suppressions(second).filter(findings).kept
        return findings

    def _suppressed(self, source: Source, findings: list[Finding]) -> list[Finding]:
        """The findings that the file does not suppress, and those about the suppressions."""
        from criulint.rules import suppression

        suppressions = self._suppressions(source)
        kept, self.hidden = suppressions.filter(findings)
        for rule in suppression.SUPPRESSIONS_RULES:
            if self._is_enabled(rule):
                more = suppressions.filter(
                    make_finding(source, rule, problem) for problem in rule.check(suppressions)
                )
                kept += more.kept
                self.hidden += more.hidden
        return kept

    def _suppressions(self, source: Source) -> Suppressions:
        from criulint.rules.registry import RULE_INDEX
        from criulint.suppressions.comments import SuppressionParser
        from criulint.suppressions.matching import Suppressions

        parser = SuppressionParser(self.release, RULE_INDEX)
        return Suppressions(source, parser, self.enabled_codes)

    def _problems(self, reading: Reading) -> Iterator[tuple[AnyRule, FileProblem]]:
        if is_utf16(reading.source.data):
            from criulint.rules import refused

            yield from _run_file_rules(refused.ENCODING_RULES, reading)
            return
        by_line = check_lines(reading, self._lines)
        if not _is_read_to_end(reading):
            from criulint.rules import refused

            yield from _run_file_rules(refused.FILE_RULES, reading)
        yield from _run_file_rules(self._file_rules, reading)
        around = self._locate(reading.source.path) if self._locate and reading.source.path else None
        settings = Settings(reading, self._context_in(around, reading.source.path))
        misread = misread_lines(reading, by_line)
        if settings.all:
            rules = filter(self._is_enabled, self._settings_rules(settings))
            found = list(check_settings(rules, settings, misread))
            yield from found
            by_line = drop_settled(by_line, found)
        for number, line_problems in by_line.items():
            for rule, problem in line_problems:
                yield rule, FileProblem(number, problem)
        if around:
            from criulint.rules import environment

            for rule in environment.HOST_RULES:
                if self._is_enabled(rule):
                    for file_problem in rule.check(settings, around):
                        if file_problem.line not in misread:
                            yield rule, file_problem

    @cached_property
    def _file_rules(self) -> tuple[AnyRule, ...]:
        """Those that need the whole reading; the layout is looked at only if that is asked for."""
        if self._codes is None:
            return misread.FILE_RULES
        from criulint.rules import formatting

        return (
            *misread.FILE_RULES,
            *(rule for rule in formatting.FILE_RULES if self._is_enabled(rule)),
        )

    def _settings_rules(self, settings: Settings) -> tuple[AnyRule, ...]:
        if settings.by_name.keys().isdisjoint(_NETWORK):
            return _SETTINGS_RULES
        from criulint.rules import environment

        return (*_SETTINGS_RULES, *environment.SETTINGS_RULES)

    def _context_in(self, around: HostContext | None, path: str | None) -> Context:
        """The context of a file, whose own place tells its role better than the path that leads there from here."""
        role = inferred_role(around.path if around else None)
        if self.context.role or role is None or role is inferred_role(path):
            return self.context
        return self.context._replace(role=role)


def _is_read_to_end(reading: Reading) -> bool:
    """Return whether CRIU reads the file without an error or a crash: then no rule 1xx applies."""
    if reading.error or reading.scan.overflow_line:
        return False
    return reading.uses_scanner_3_16 or not reading.undefined


def _run_file_rules(
    rules: Iterable[FileRule], reading: Reading
) -> Iterator[tuple[AnyRule, FileProblem]]:
    for rule in rules:
        for problem in rule.check(reading):
            yield rule, problem


def check(data: bytes, *, path: str | None = None, criu: str | None = None) -> list[Finding]:
    """Check the bytes of a configuration file.

    `path` is only passed on to the findings; `criu` is the release that is to read the file (``"4.1.1"``), default the
    newest known. Findings are sorted by line and column (1-based, in code points). Raises
    `criulint.criu.releases.UnknownReleaseError`; never for what the file holds.
    """
    return Linter(criu).check(data, path)
