# SPDX-License-Identifier: MIT
"""A run of ``criulint check``: it checks the files one by one, fixes them, and reports."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.cli.command import FileCommand
from criulint.cli.inputs import Input, Location, input_name, report_no_files
from criulint.cli.output import Outputs, base_directory, open_baseline
from criulint.cli.streams import write_safe
from criulint.criu.paths import inferred_role, is_read_by_name, read_together
from criulint.embedded.hosts import HostError, MissingExtraError, follow_host
from criulint.finding import CheckResult, Finding, Severity
from criulint.linter.linter import Linter, LinterCache, TooManyFindingsError
from criulint.report import Report
from criulint.report.terminal import style_for
from criulint.source import Source, decode
from criulint.text import escape, make_safe, plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from criulint.criu.releases import Release
    from criulint.embedded.model import FollowedHost
    from criulint.host.local import Host, Root, Roots
    from criulint.linter.baseline import Baseline

_Check = Callable[[Source], CheckResult]


class CheckRun(FileCommand):
    """What a run has found and done so far."""

    def __init__(self, args: argparse.Namespace, host: Host | Root | Roots | None) -> None:
        super().__init__(args, host.opener if host else None)
        self._outputs = Outputs(args)
        self._linters = LinterCache(
            host.locate if host else None, suppress=not args.ignore_suppressions
        )
        self._baseline = open_baseline(args.baseline)
        self.findings: list[Finding] = []
        #: Whether `--diff` has shown something.
        self.changed = False
        self._files: list[str] = []
        self._releases: set[Release] = set()
        self._all_rules = True
        self._fixed = 0
        self._left = 0  # for the findings that the run may have
        self._suppressed = 0
        self._hidden = 0  # by suppressions and the baseline
        self._codes: set[str] = set()  # of the rules that ran, for the baseline
        # What each file was last found to have, before the baseline is applied.
        self._before_baseline: dict[str, list[Finding]] = {}
        # The host files that were followed, with their kinds, and those that contain CRIU's files.
        self._host_files: dict[str, str] = {}
        self._holding: set[str] = set()
        # The files that CRIU may read together with another one.
        self._sources: dict[str, Source] = {}
        # The files that host files copy, with their destinations, and the directories to search.
        self._copies: dict[str, tuple[str, str]] = {}
        self._checked: set[str] = set()

    @property
    def _writes_back(self) -> bool:
        """Whether files are changed, and standard output gets the fixed standard input."""
        return (self._args.fix or self._args.add_ignore) and not self._args.diff

    @property
    def _release(self) -> str:
        """The release that reads the files, or several of them."""
        return " and ".join(sorted(self._releases))

    @property
    def paths(self) -> list[str]:
        """The files that were checked, including those that host files copy."""
        return [*self._files, *self._copies]

    @property
    def fails(self) -> bool:
        """Whether a finding makes the exit status 1."""
        paths = {finding.path for finding in self.findings}
        settings = {path: self.settings(path or "") for path in paths}
        return any(settings[finding.path].fails(finding) for finding in self.findings)

    def refuse_overwriting(self, locations: Sequence[Location]) -> None:
        """Raise UsageError if a report would replace a file, or what is read to check it."""
        paths = [location.path for location in locations]
        names = [input_name(path, self._args) for path in paths]
        used = (self.settings(name).configuration for name in names)
        for what, read in (
            ("a file to check", (*paths, *names)),
            ("a configuration", (configuration.path for configuration in used if configuration)),
            ("the baseline", filter(None, (self._args.baseline,))),
        ):
            path = self._outputs.overwrites(read)
            if path is not None:
                raise UsageError(f"--output: {escape(path)} is {what}")

    def check_file(self, location: Location) -> None:
        """Check one file, and fix it if that is asked for."""
        path = location.path
        file = self.read(location)
        if file is None:
            return
        if file.kind is None:
            self._checked.add(os.path.normpath(path))
        settings = self.settings(file.name)
        linter = self._linters.get(settings)
        self._releases.add(settings.release)
        self._all_rules &= settings.codes is None
        if self._baseline:
            self._codes |= linter.enabled_codes
        started = perf_counter()
        try:
            source, checked = self._process(file, linter)
        except (TooManyFindingsError, HostError) as error:
            self._report_failure(file, error)
            return
        if location.within is None or file.kind is None or file.name in self._holding:
            self._files.append(file.name)
        self._hidden += len(checked.hidden)
        if self._args.verbose:
            found = plural(len(checked.findings), "finding")
            elapsed = (perf_counter() - started) * 1000
            self.console.note(f"{escape(file.name)}: {settings}: {found} in {elapsed:.1f} ms")
        if is_read_by_name(path):
            self._sources[path] = source
        self.findings += self._at_least(checked.findings)

    def _report_failure(self, file: Input, error: TooManyFindingsError | HostError) -> None:
        """Report why a file is not checked; standard input is passed on unchanged."""
        if isinstance(error, HostError):
            self._skip(file, error)
        else:
            self._report_too_many(file)
        if file.location.path == "-" and self._writes_back:
            sys.stdout.buffer.write(file.source.data)

    def _at_least(self, findings: list[Finding]) -> list[Finding]:
        """Return the findings that are severe enough to be reported."""
        if self._args.min_severity == "info":
            return findings
        lowest = Severity[self._args.min_severity.upper()]
        return [finding for finding in findings if finding.severity >= lowest]

    def check_copies(self) -> None:
        """Check the files that host files in directories copy to where CRIU reads them."""
        for path, (target, within) in self._copies.items():
            file = self.read(Location(path, within)) if path not in self._checked else None
            if file is None:
                continue
            linter = self._linters.get(self.settings(file.name))
            check = partial(self._check_copy, linter, target)
            try:
                _, checked = self._process(file._replace(kind=None), linter, check)
            except TooManyFindingsError:
                self._report_too_many(file)
                continue
            self._files.append(file.name)
            self._hidden += len(checked.hidden)
            self.findings += self._at_least(checked.findings)

    def _report_too_many(self, file: Input) -> None:
        self.console.error(
            f"{escape(file.name)}: more findings than a run may have"
            " (--limit findings=N allows more)"
        )

    def _check_copy(self, linter: Linter, target: str, source: Source) -> CheckResult:
        """Return the findings in a file that is copied to a path of CRIU's, less the baseline's."""
        from criulint.embedded.model import HostedText, WrittenFile
        from criulint.linter.embedded_files import check_embedded_files

        def copy(source: Source) -> list[WrittenFile]:
            return [WrittenFile(target, HostedText.of(decode(source.data)), 0)]

        checked = check_embedded_files(source, copy(source), linter.check, copy, most=self._left)
        return self._hide_known(source, checked)

    def _note_copies(self, followed: FollowedHost, location: Location) -> None:
        if not followed.copies or location.within is None:
            return
        from criulint.embedded.copies import find_copied_files

        directories = (os.path.dirname(location.path), location.within)
        for path, target in find_copied_files(followed.copies, directories):
            self._copies.setdefault(path, (target, location.within))

    def check_pairs(self) -> None:
        """Check the files that CRIU reads together."""
        if self._args.diff:
            return
        for first, second in read_together(list(self._sources)):
            source = self._sources[second]
            path = source.path or ""
            linter = self._linters.get(self.settings(path))
            findings = linter.check_together(self._sources[first], source).findings
            if self._baseline:
                self._before_baseline[path] = [*self._before_baseline.get(path, ()), *findings]
                findings, known = self._baseline.filter_known(findings)
                self._hidden += len(known)
            self.findings += self._at_least(findings)

    def _process(
        self, file: Input, linter: Linter, check: _Check | None = None
    ) -> tuple[Source, CheckResult]:
        """Check, fix and suppress; return the file's new content, and what is left to report."""
        self._left = self.limits(file.name).findings - len(self.findings) - self._hidden
        check = check or partial(self._check, linter, file)
        if not (self._args.fix or self._args.diff or self._args.add_ignore):
            return file.source, check(file.source)
        from criulint.linter.fixing import fix

        fixed = suppressed = 0
        if self._args.fix or not self._args.add_ignore:
            source, checked, fixed = fix(file.source, check, unsafe=self._args.unsafe_fixes)
        else:
            source, checked = file.source, check(file.source)
        if self._args.add_ignore:
            source, checked, suppressed = self._add_suppressions(
                file, source, checked, check, linter
            )
        if self._args.diff:
            if source.data != file.source.data:
                self.changed = True
                self.show_difference(file, source.data)
            return source, CheckResult([], checked.hidden)
        if not self.write_back(file, source.data, "not changed"):
            return file.source, check(file.source)
        self._fixed += fixed
        self._suppressed += suppressed
        return source, checked

    def _check(self, linter: Linter, file: Input, source: Source) -> CheckResult:
        """Return the findings in a file, without those that the baseline hides."""
        return self._hide_known(source, self._check_all(linter, file, source))

    def _check_all(self, linter: Linter, file: Input, source: Source) -> CheckResult:
        if file.kind:
            return self._check_host(linter, file, source)
        return linter.check(source, most=self._left)

    def _hide_known(self, source: Source, checked: CheckResult) -> CheckResult:
        if self._baseline is None:
            return checked
        self._before_baseline[source.path or ""] = checked.findings
        findings, known = self._baseline.filter_known(checked.findings)
        return CheckResult(findings, [*checked.hidden, *known])

    def _check_host(self, linter: Linter, file: Input, source: Source) -> CheckResult:
        from criulint.linter.embedded_files import check_embedded_files

        kind = file.kind or ""
        followed = self.follow(source, kind)
        self._note_copies(followed, file.location)
        return check_embedded_files(
            source,
            followed.files,
            linter.check,
            lambda after: follow_host(after, kind).files,
            most=self._left,
        )

    def follow(self, source: Source, kind: str) -> FollowedHost:
        """Return the files that a host file writes, and report what is wrong with it.

        HostError if it cannot be followed.
        """
        from criulint.linter.embedded_files import HostFile

        name = source.path or ""
        followed = follow_host(source, kind)
        self._host_files[name] = kind
        host = HostFile(source)
        for offset, reason in followed.errors:
            self.console.error(f"{escape(name)}: line {host.place(offset)[0]}: {escape(reason)}")
        if self._args.verbose:
            for offset, problem in followed.problems:
                self.console.note(
                    f"{escape(name)}: line {host.place(offset)[0]}: not followed: {escape(problem)}"
                )
        if followed.files:
            self._holding.add(name)
        return followed

    def _skip(self, file: Input, error: HostError) -> None:
        """Report that a host file cannot be followed.

        That is an error if the command line names it, and what is missing here can be installed.
        In directories, many files are only templates of what they seem to be.
        """
        message = f"{escape(file.name)}: {error}"
        if isinstance(error, MissingExtraError):
            self.console.warn(message)
        elif file.location.within is None:
            self.console.error(message)
        elif self._args.verbose:
            self.console.note(message)

    def describe(self, location: Location) -> Iterator[str]:
        """Yield the name of a file, or of those that a host file writes, each with its line."""
        file = self.read(location)
        if file is None or file.kind is None:
            yield input_name(location.path, self._args)
            return
        from criulint.linter.embedded_files import HostFile

        try:
            files = self.follow(file.source, file.kind).files
        except HostError as error:
            self._skip(file, error)
            return
        host = HostFile(file.source)
        lines = []
        for written in files:
            role = written.role or inferred_role(written.path)
            place = f"{file.name}:{host.place(written.command)[0]}"
            shown = f" ({getattr(role, 'value', role)})" if role else ""
            lines.append(f"{place}: {written.shown_path}{shown}")
        if not lines and location.within is None:
            lines.append(file.name)
        yield from dict.fromkeys(lines)

    def _add_suppressions(
        self, file: Input, source: Source, checked: CheckResult, check: _Check, linter: Linter
    ) -> tuple[Source, CheckResult, int]:
        """Suppress what is left; return the new file, its findings, and how many are suppressed."""
        if file.kind:
            self.console.note(
                f"{escape(file.name)}: nothing suppressed: --add-ignore does not write into"
                " embedded files"
            )
            return source, checked, 0
        from criulint.criu.reading import Reading
        from criulint.filetype import foreign_type
        from criulint.rules.registry import RULE_INDEX
        from criulint.suppressions.comments import SuppressionParser
        from criulint.suppressions.editing import add_suppressions

        foreign = foreign_type(Reading(source, linter.release))
        if foreign:
            self.console.note(
                f"{escape(file.name)}: nothing suppressed: it is {foreign.name}, not a CRIU"
                " configuration file"
            )
            return source, checked, 0
        added = add_suppressions(
            source.data,
            lambda data: check(Source(data, source.path)).findings,
            SuppressionParser(linter.release, RULE_INDEX),
            reason=self._args.reason,
        )
        if added.left:
            self.console.note(f"{escape(file.name)}: {len(added.left)} not suppressed")
        if added.data != source.data:
            source = Source(added.data, source.path)
            checked = check(source)
        return source, checked, added.suppressed

    def write_baseline(self, name: str) -> None:
        """Write all findings to a baseline. UsageError if that fails."""
        from criulint.linter.baseline import BaselineError, write_baseline

        try:
            count = write_baseline(name, self.findings)
        except BaselineError as error:
            raise UsageError(str(error)) from None
        self.console.note(f"{plural(count, 'finding')} written to {escape(name)}")

    def report(self) -> None:
        """Print the findings: to standard error if standard output gets a fixed file."""
        args = self._args
        self._report_nothing()
        if self._baseline:
            self._note_resolved(self._baseline)
        if args.diff:
            return
        out = sys.stderr if self._writes_back and "-" in args.paths else sys.stdout
        if args.statistics:
            from criulint.report import statistics

            style = style_for(out, args.color)
            text = statistics.render(self.findings, as_json=args.format == "json", style=style)
            write_safe(out, make_safe(text, colours=style.colour))
        else:
            base = base_directory(os.environ)
            report = Report(self._limit_findings(), self._files, base, release=self._release)
            self._outputs.write(report, out)
        if self._outputs.for_people:
            self._summarize()

    @property
    def _read(self) -> list[str]:
        """The files that are CRIU's, or contain some."""
        return [
            name for name in self._files if name in self._holding or name not in self._host_files
        ]

    def _report_nothing(self) -> None:
        """Report that no file holds CRIU's configuration, if there are files."""
        if self._read or not self._host_files or self.console.failed:
            return
        message = f"no CRIU configuration found in {plural(len(self._host_files), 'file')}"
        if len(self._host_files) == 1:
            from criulint.embedded.hosts import TITLES

            ((name, kind),) = self._host_files.items()
            message = (
                f"no CRIU configuration found in {escape(name)}, {TITLES[kind]}; name the file that"
                " CRIU reads"
            )
        report_no_files(self._args, self.console, message)

    def _limit_findings(self) -> list[Finding]:
        """Return the findings to print, and note how many more a file has than the limit."""
        most = self._args.max_findings
        if not most or len(self.findings) <= most:
            return self.findings
        counts: dict[str | None, int] = {}
        shown = []
        for finding in self.findings:
            count = counts[finding.path] = counts.get(finding.path, 0) + 1
            if count <= most:
                shown.append(finding)
        for path, count in counts.items():
            if count > most:
                self.console.warn(
                    f"{escape(path or '')}: {plural(count - most, 'more finding')} not shown"
                    " (--max-findings)"
                )
        return shown

    def _note_resolved(self, baseline: Baseline) -> None:
        resolved = baseline.count_resolved(self._before_baseline, frozenset(self._codes))
        if resolved:
            self.console.note(
                f"{resolved} in the baseline no longer found; update it with --write-baseline"
            )

    def _summarize(self) -> None:
        if self._fixed:
            self.console.note(f"{self._fixed} fixed")
        if self._suppressed:
            self.console.note(f"{self._suppressed} suppressed")
        if self._read:
            from criulint.report.text import Summary

            self.console.note(
                str(
                    Summary(
                        self.findings,
                        len(self._read),
                        self._release,
                        everything=self._all_rules,
                        hidden=self._hidden,
                        empty=len(self._files) - len(self._read),
                        embedded=self._holding.issuperset(self._read),
                        lowest=Severity[self._args.min_severity.upper()],
                    )
                )
            )
