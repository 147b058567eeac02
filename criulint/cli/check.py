# SPDX-License-Identifier: GPL-2.0-only
"""``criulint check``: findings for files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from time import perf_counter
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.cli.inputs import (
    Listener,
    add_search_arguments,
    find_inputs,
    input_name,
    print_diff,
    read_input,
    require_standard_input,
)
from criulint.cli.output import Outputs, add_output_arguments
from criulint.cli.settings import add_settings_arguments, resolver
from criulint.cli.signals import clean_exit
from criulint.configuration import ConfigurationError
from criulint.configuration.resolve import FileSettings, Resolver
from criulint.criu.releases import Release
from criulint.discovery import holds_files, read_together
from criulint.finding import Finding
from criulint.report import Report, base_directory
from criulint.source import Source
from criulint.text import escape

if TYPE_CHECKING:
    from criulint.host.local import Host, Root
    from criulint.linter.baseline import Baseline


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint check`` to its parser."""
    add_settings_arguments(parser)
    parser.add_argument(
        "--root",
        metavar="DIR",
        help="take this directory for /, and look at the files that CRIU's options name in it too",
    )
    add_output_arguments(parser)
    parser.add_argument("--fix", action="store_true", help="apply the safe fixes")
    parser.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix or --diff: apply the unsafe ones too",
    )
    parser.add_argument(
        "--diff", action="store_true", help="show what --fix would change, and change nothing"
    )
    parser.add_argument(
        "--add-ignore",
        action="store_true",
        help="suppress each finding that is left, if CRIU then reads the file as before",
    )
    parser.add_argument(
        "--reason", default="", metavar="TEXT", help="with --add-ignore: the reason to write"
    )
    parser.add_argument(
        "--baseline", metavar="FILE", help="leave out the findings that this baseline knows"
    )
    parser.add_argument(
        "--write-baseline",
        nargs="?",
        const=".criulint-baseline.json",
        metavar="FILE",
        help="write a baseline of all findings (default: %(const)s)",
    )
    parser.add_argument("--stdin-filename", metavar="PATH", help="the path to report for -")
    add_search_arguments(parser, "check")
    parser.add_argument(
        "--show-files",
        action="store_true",
        help="print the files that would be checked, and do no more",
    )
    parser.add_argument(
        "--show-settings",
        action="store_true",
        help="print the settings of each file, with the place that each comes from, and do no more",
    )
    parser.add_argument(
        "--statistics",
        action="store_true",
        help="print how often each rule speaks instead of the findings",
    )
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument(
        "-q", "--quiet", action="store_true", help="print findings and errors, and nothing else"
    )
    loudness.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="tell on standard error of each file, its settings, and its time",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and directories; - is standard input (default: the files that CRIU reads on this host)",
    )


def run(args: argparse.Namespace) -> int:
    """Check, fix, report; the exit status."""
    if args.unsafe_fixes and not (args.fix or args.diff):
        raise UsageError("--unsafe-fixes needs --fix or --diff")
    if args.statistics and (
        args.diff or args.output or args.format not in (None, "full", "concise", "json")
    ):
        raise UsageError(
            "--statistics are printed as text or with --format json, without --output and --diff"
        )
    if args.diff and (args.format or args.output):
        raise UsageError("--diff prints what would change, and no report")
    require_standard_input(args)
    if args.reason and not (args.add_ignore and args.reason.isprintable()):
        raise UsageError(
            "--reason needs --add-ignore" if not args.add_ignore else "--reason is one line of text"
        )
    if args.write_baseline and (args.baseline or args.diff or args.add_ignore or args.output):
        raise UsageError(
            "--write-baseline does not go with --baseline, --diff, --add-ignore or --output"
        )
    machine = (
        _machine(args.root) if args.root is not None or _may_be_the_hosts(args.paths) else None
    )
    run_ = _Run(args, resolver(args, machine.locate if machine else None), machine)
    writes = args.fix or args.add_ignore or args.output or args.write_baseline
    with clean_exit() if writes else nullcontext():
        return _run(args, run_, machine)


def _run(args: argparse.Namespace, run_: _Run, machine: Host | Root | None) -> int:
    try:
        paths = _paths(args, run_, machine)
        if args.show_files or args.show_settings:
            return _show(args, paths, run_)
        if args.output:
            paths = run_.spared(list(paths))
        for path in paths:
            run_.file(path)
        run_.pairs()
        if args.write_baseline and not run_.failed:
            return run_.write_baseline(args.write_baseline)
        run_.report()
        if run_.failed:
            return 2
        if args.diff:
            return int(run_.changed)
        return int(run_.fails)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None


def _show(args: argparse.Namespace, paths: Iterator[str], run_: _Run) -> int:
    names = [input_name(path, args) for path in paths]
    if args.show_files:
        for name in names:
            print(escape(name))
    else:
        from criulint.cli.show_settings import render

        print(render(names, run_.resolver), end="")
    return 2 if run_.failed else 0


def _paths(args: argparse.Namespace, run_: _Run, machine: Host | Root | None) -> Iterator[str]:
    if machine and not args.paths:
        files = machine.files()
        for path in machine.hidden:
            run_.complain(f"{escape(path)}: can't be looked at")
        if not files and not machine.hidden:
            run_.note(f"CRIU finds no configuration file {escape(machine.where)}")
        if args.root is not None:
            run_.searched.update(dict.fromkeys(files, args.root))
        yield from files
    yield from find_inputs(args, run_.resolver, run_)


class _Run(Listener):
    """What a run has found so far."""

    def __init__(
        self, args: argparse.Namespace, resolver: Resolver, machine: Host | Root | None
    ) -> None:
        super().__init__(quiet=args.quiet)
        self._args = args
        self.resolver = resolver
        self._opener = machine.opener if machine else None
        self._outputs = Outputs(args)
        self._files: list[str] = []
        self._empty: set[str] = set()  # those in which none of CRIU's is
        self._releases: set[Release] = set()
        self._everything = True  # whether no rule was left out
        self._fixes = 0
        self._suppressed = 0
        self._hidden = self._hidden_here = (
            0  # by suppressions and the baseline, in all files and in this one
        )
        self._baseline = _baseline(args.baseline)
        self._told: set[str] = set()  # the codes of the rules that were told of
        self._lines: list[str] = []  # the text of each finding's line
        self._sources: dict[str, Source] = {}  # what CRIU may read together with another file
        self.findings: list[Finding] = []
        self.changed = False

    @property
    def _writes_back(self) -> bool:
        """Whether files are changed, and standard output gets what standard input becomes."""
        return (self._args.fix or self._args.add_ignore) and not self._args.diff

    @property
    def fails(self) -> bool:
        """Whether a finding makes the exit status 1."""
        settings = {
            path: self.resolver.settings(path or "")
            for path in {finding.path for finding in self.findings}
        }
        return any(settings[finding.path].fails(finding) for finding in self.findings)

    def spared(self, paths: list[str]) -> Iterator[str]:
        """The same paths. UsageError if a report would replace one of them, or what is read for them."""
        names = [input_name(path, self._args) for path in paths]
        used = (self.resolver.settings(name).configuration for name in names)
        for what, read in (
            ("a file to check", (*paths, *names)),
            ("a configuration", (configuration.path for configuration in used if configuration)),
            ("the baseline", filter(None, (self._args.baseline,))),
        ):
            if (path := self._outputs.overwrites(read)) is not None:
                raise UsageError(f"--output: {escape(path)} is {what}")
        return iter(paths)

    def file(self, path: str) -> None:
        """Check one file, and fix it if that is asked for."""
        try:
            data = read_input(path, self._opener)
        except UsageError as error:
            self.complain(str(error))
            return
        name = input_name(path, self._args)
        settings = self.resolver.settings(name)
        self._releases.add(Release(settings.release))
        self._everything &= settings.codes is None
        if self._baseline:
            self._told |= settings.enabled_codes
        started = perf_counter()
        try:
            if self._args.fix or self._args.diff or self._args.add_ignore:
                data, findings = self._changed(path, name, data, settings)
            else:
                findings = self._check(data, name, settings)
        except UsageError as error:
            self.complain(str(error))
            if path == "-" and self._writes_back:
                sys.stdout.buffer.write(data)
            return
        self._files.append(name)
        self._hidden += self._hidden_here
        if self._args.verbose:
            told = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
            self.note(
                f"{escape(name)}: {settings}: {told} in {(perf_counter() - started) * 1000:.1f} ms"
            )
        source = Source(data, name)
        if os.path.basename(path) in ("default.conf", "runc.conf", "crun.conf"):
            self._sources[path] = source
        self._add(findings, source)

    def pairs(self) -> None:
        """Check the files that CRIU reads together."""
        if len(self._sources) > 1 and not self._args.diff:
            for first, second in read_together(list(self._sources)):
                source = self._sources[second]
                settings = self.resolver.settings(source.path or "")
                findings = settings.check_together(self._sources[first], source)
                if self._baseline:
                    known = len(findings)
                    findings = self._baseline.new(
                        findings, _lines(findings, source), source.path or "", more=True
                    )
                    self._hidden += known - len(findings)
                self._add(findings, source)

    def _add(self, findings: list[Finding], source: Source) -> None:
        self.findings += findings
        self._lines += _lines(findings, source)

    def _check(self, data: bytes, name: str, settings: FileSettings) -> list[Finding]:
        if holds_files(name):
            findings = self._check_embedded(data, name, settings)
        else:
            findings = settings.check(data, name)
            self._hidden_here = len(settings.hidden)
        self._hidden_here += len(findings)
        if self._baseline:
            findings = self._baseline.new(findings, _lines(findings, Source(data)), name)
        self._hidden_here -= len(findings)
        return findings

    def _check_embedded(self, data: bytes, name: str, settings: FileSettings) -> list[Finding]:
        from criulint import embedded

        self._hidden_here = 0
        self._empty.add(name)

        def check(data: bytes, path: str) -> list[Finding]:
            self._empty.discard(name)
            findings = settings.check(data, path)
            self._hidden_here += len(settings.hidden)
            return findings

        try:
            return embedded.check(
                data, name, check, lambda message: self.complain(f"{escape(name)}: {message}")
            )
        except embedded.EmbeddedError as error:
            raise UsageError(f"{escape(name)}: {error}") from None

    def _changed(
        self, path: str, name: str, data: bytes, settings: FileSettings
    ) -> tuple[bytes, list[Finding]]:
        from criulint import files
        from criulint.linter import fixing

        def check(data: bytes) -> list[Finding]:
            return self._check(data, name, settings)

        mended, made, suppressed = data, 0, 0
        if self._args.fix or not self._args.add_ignore:
            mended, findings, made = fixing.fix(data, check, unsafe=self._args.unsafe_fixes)
        if self._args.add_ignore and holds_files(name):
            self.note(
                f"{escape(name)}: nothing suppressed: write the comments into the files that it holds"
            )
        elif self._args.add_ignore:
            from criulint.rules.registry import RULE_INDEX
            from criulint.suppressions.comments import SuppressionParser
            from criulint.suppressions.editing import add_suppressions

            parser = SuppressionParser(settings.release, RULE_INDEX)
            added = add_suppressions(mended, check, parser, reason=self._args.reason)
            mended, suppressed, findings = added.data, added.suppressed, added.left
            if added.left:
                self.note(f"{escape(name)}: {len(added.left)} not suppressed")
        if self._args.diff:
            if mended != data:
                self.changed = True
                print_diff(name, data, mended)
            return mended, []
        if path == "-":
            sys.stdout.buffer.write(mended)
        elif mended != data:
            try:
                files.replace(path, mended, data, within=self.searched.get(path))
            except OSError as error:
                self.complain(f"{escape(path)}: not changed: {error.strerror or error}")
                return data, check(data)
        self._fixes += made
        self._suppressed += suppressed
        return mended, findings

    def write_baseline(self, name: str) -> int:
        """Write all findings into a baseline instead of telling of them; the exit status."""
        from criulint.linter.baseline import BaselineError, write

        try:
            count = write(name, zip(self.findings, self._lines, strict=True))
        except BaselineError as error:
            raise UsageError(str(error)) from None
        self.note(f"{count} finding{'' if count == 1 else 's'} written to {escape(name)}")
        return 0

    def report(self) -> None:
        """Print the findings: to standard error if standard output gets a fixed file."""
        args = self._args
        out = sys.stderr if self._writes_back and "-" in args.paths else sys.stdout
        if self._baseline and (gone := self._baseline.gone(frozenset(self._told))):
            self.note(f"{gone} in the baseline no longer found; --write-baseline makes it anew")
        if args.diff:
            return
        if args.statistics:
            from criulint.report import statistics

            print(statistics.render(self.findings, as_json=args.format == "json"), end="", file=out)
        else:
            base = base_directory(os.environ, os.getcwd())
            self._outputs.write(Report(self.findings, self._lines, self._files, base), out)
        if self._outputs.for_people:
            self._summarize()

    def _summarize(self) -> None:
        if self._fixes:
            self.note(f"{self._fixes} fixed")
        if self._suppressed:
            self.note(f"{self._suppressed} suppressed")
        if self._files:
            from criulint.report import text

            release = " and ".join(sorted(self._releases))
            everything, hidden, empty = (
                self._everything,
                self._hidden,
                len(self._empty.intersection(self._files)),
            )
            self.note(
                text.summary(
                    self.findings,
                    len(self._files),
                    release,
                    everything=everything,
                    hidden=hidden,
                    empty=empty,
                )
            )


def _lines(findings: list[Finding], source: Source) -> list[str]:
    """The text of the line that each finding begins on."""
    return [source.text(finding.span.line) for finding in findings]


def _baseline(name: str | None) -> Baseline | None:
    if name is None:
        return None
    from criulint.linter.baseline import BaselineError, load

    try:
        return load(name)
    except BaselineError as error:
        raise UsageError(str(error)) from None


def _may_be_the_hosts(paths: list[str]) -> bool:
    """Whether files that CRIU reads on this host may be among these."""
    if not paths or "CRIU_CONFIG_FILE" in os.environ:
        return True
    return any(
        path.endswith(("default.conf", "runc.conf", "crun.conf")) or os.path.isdir(path)
        for path in paths
    )


def _machine(root: str | None) -> Host | Root:
    from criulint.host.local import Host, Root

    if root is None:
        return Host(os.environ)
    try:
        return Root(root)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--root {escape(root)}: {getattr(error, 'strerror', None) or error}"
        ) from None
