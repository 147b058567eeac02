# SPDX-License-Identifier: GPL-2.0-only
"""``criulint check``: findings for files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.cli.inputs import add_release_argument, chosen_release, print_diff, read_input, unknown_word
from criulint.engine import Linter
from criulint.finding import Finding, Severity
from criulint.rules.words import shown
from criulint.source import Source, decode

if TYPE_CHECKING:
    from criulint.baseline import Baseline


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint check`` to its parser."""
    add_release_argument(parser)
    parser.add_argument(
        "--select", action="append", metavar="RULES", help="codes, names or beginnings of codes to report, with commas"
    )
    parser.add_argument(
        "--ignore", action="append", metavar="RULES", help="codes, names or beginnings of codes not to report"
    )
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        default="warning",
        help="the least severity that makes the exit status 1 (default: warning)",
    )
    parser.add_argument("--format", choices=("full", "concise", "json"), default="full")
    parser.add_argument("--fix", action="store_true", help="apply the safe fixes")
    parser.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: apply the unsafe ones too")
    parser.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")
    parser.add_argument(
        "--add-ignore", action="store_true", help="suppress each finding that is left, if CRIU then reads the file as before"
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="with --add-ignore: the reason to write")
    parser.add_argument("--baseline", metavar="FILE", help="leave out the findings that this baseline knows")
    parser.add_argument(
        "--write-baseline",
        nargs="?",
        const=".criulint-baseline.json",
        metavar="FILE",
        help="write a baseline of all findings (default: %(const)s)",
    )
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    parser.add_argument("--stdin-filename", metavar="PATH", help="the path to report for -")
    parser.add_argument(
        "--include",
        action="append",
        default=[],
        metavar="PATTERN",
        help="files in directories to check too, besides criu/*.conf and .criu/*.conf",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and directories; - is standard input (default: the files that CRIU reads on this host)",
    )


def run(args: argparse.Namespace) -> int:
    """Check, fix, report; the exit status."""
    linter = Linter(chosen_release(args.criu), _codes(args.select, args.ignore))
    if args.unsafe_fixes and not (args.fix or args.diff):
        raise UsageError("--unsafe-fixes needs --fix or --diff")
    if args.reason and not (args.add_ignore and args.reason.isprintable()):
        raise UsageError("--reason needs --add-ignore" if not args.add_ignore else "--reason is one line of text")
    if args.write_baseline and (args.baseline or args.diff or args.add_ignore):
        raise UsageError("--write-baseline does not go with --baseline, --diff or --add-ignore")
    run_ = _Run(args, linter)
    for path in _paths(args, run_):
        run_.file(path)
    if args.write_baseline and not run_.failed:
        return run_.write_baseline(args.write_baseline)
    run_.report()
    if run_.failed:
        return 2
    if args.diff:
        return int(run_.changed)
    if args.fail_on == "never":
        return 0
    threshold = Severity[args.fail_on.upper()]
    return int(any(finding.severity >= threshold for finding in run_.findings))


def _codes(select: list[str] | None, ignore: list[str] | None) -> frozenset[str] | None:
    if select is None and ignore is None:
        return None
    chosen = _default() if select is None else _matching(select)
    if not chosen:
        raise UsageError("--select names no rule")
    return chosen - (frozenset() if ignore is None else _matching(ignore))


def _default() -> frozenset[str]:
    from criulint.rules import RULES

    return frozenset(rule.code for rule in RULES if rule.default)


def _matching(options: list[str]) -> frozenset[str]:
    from criulint.rules import RULES

    found: set[str] = set()
    for word in (word.strip() for option in options for word in option.split(",") if word.strip()):
        prefix = word.upper()
        matches = {
            rule.code
            for rule in RULES
            if prefix == "ALL" or rule.name == word.lower() or (prefix != "C" and rule.code.startswith(prefix))
        }
        if not matches:
            raise unknown_word("rule", word, [name for rule in RULES for name in (rule.code, rule.name)])
        found |= matches
    return frozenset(found)


def _paths(args: argparse.Namespace, run_: _Run) -> Iterator[str]:
    from criulint import discovery

    if not args.paths:
        files = discovery.host_files(os.environ)
        if not files:
            print("criulint: CRIU finds no configuration file on this host", file=sys.stderr)
        yield from files
    seen: set[str] = set()
    for path in args.paths:
        if path != "-" and os.path.isdir(path):
            try:
                found = False
                for file in discovery.find_files(path, args.include):
                    found = True
                    if file not in seen:
                        seen.add(file)
                        yield file
                if not found:
                    print(f"criulint: no configuration file in {shown(path)}", file=sys.stderr)
            except OSError as error:
                run_.complain(f"{shown(path)}: {error.strerror}")
        elif path not in seen:
            seen.add(path)
            yield path


class _Run:
    """What a run has found so far."""

    def __init__(self, args: argparse.Namespace, linter: Linter) -> None:
        self._args = args
        self._linter = linter
        self._files = 0
        self._fixes = 0
        self._suppressed = 0
        self._hidden = self._hidden_here = 0  # by suppressions and the baseline, in all files and in this one
        self._baseline = _baseline(args.baseline)
        self._lines: list[str] = []  # the line of each finding, for its excerpt
        self.findings: list[Finding] = []
        self.changed = False
        self.failed = False

    def complain(self, message: str) -> None:
        """Tell of a file that can't be read or written; the run goes on, and ends with status 2."""
        print(f"criulint: error: {message}", file=sys.stderr)
        self.failed = True

    def file(self, path: str) -> None:
        """Check one file, and fix it if that is asked for."""
        try:
            data = read_input(path)
        except UsageError as error:
            self.complain(str(error))
            return
        self._files += 1
        name = (self._args.stdin_filename or "<stdin>") if path == "-" else path
        if self._args.fix or self._args.diff or self._args.add_ignore:
            data, findings = self._changed(path, name, data)
        else:
            findings = self._check(data, name)
        self.findings += findings
        self._hidden += self._hidden_here
        if findings and (self._args.format == "full" or self._args.write_baseline):
            self._lines += _lines(findings, data)

    def _check(self, data: bytes, name: str) -> list[Finding]:
        findings = self._linter.check(data, name)
        self._hidden_here = len(self._linter.hidden) + len(findings)
        if self._baseline:
            findings = self._baseline.new(findings, _lines(findings, data), name)
        self._hidden_here -= len(findings)
        return findings

    def _changed(self, path: str, name: str, data: bytes) -> tuple[bytes, list[Finding]]:
        from criulint import fix

        def check(data: bytes) -> list[Finding]:
            return self._check(data, name)

        mended, made, suppressed = data, 0, 0
        if self._args.fix or not self._args.add_ignore:
            mended, findings, made = fix.fix(data, check, unsafe=self._args.unsafe_fixes)
        if self._args.add_ignore:
            from criulint import suppressions

            added = suppressions.add(mended, check, self._linter.release, self._args.reason)
            mended, suppressed, findings = added.data, added.suppressed, added.left
            if added.left:
                print(f"criulint: {shown(name)}: {len(added.left)} not suppressed", file=sys.stderr)
        if self._args.diff:
            if mended != data:
                self.changed = True
                print_diff(name, data, mended)
            return mended, []
        if path == "-":
            sys.stdout.buffer.write(mended)
        elif mended != data:
            try:
                fix.write_atomically(path, mended, data)
            except OSError as error:
                self.complain(f"{shown(path)}: not changed: {error.strerror or error}")
                return data, check(data)
        self._fixes += made
        self._suppressed += suppressed
        return mended, findings

    def write_baseline(self, name: str) -> int:
        """Write all findings into a baseline instead of telling of them; the exit status."""
        from criulint.baseline import BaselineError, write

        try:
            count = write(name, zip(self.findings, self._lines, strict=True))
        except BaselineError as error:
            raise UsageError(str(error)) from None
        print(f"criulint: {count} finding{'' if count == 1 else 's'} written to {shown(name)}", file=sys.stderr)
        return 0

    def report(self) -> None:
        """Print the findings: to standard error if standard output gets a fixed file."""
        args = self._args
        changed = (args.fix or args.add_ignore) and not args.diff
        out = sys.stderr if changed and "-" in args.paths else sys.stdout
        if self._baseline and (gone := self._baseline.gone(self._linter.codes)):
            print(f"criulint: {gone} in the baseline no longer found; --write-baseline makes it anew", file=sys.stderr)
        if args.diff:
            return
        if args.format == "json":
            from criulint.report import json

            print(json.render(self.findings), file=out)
            return
        from criulint.report import text

        style = text.Style(_colour(args.color, out.isatty()))
        if args.format == "concise":
            for finding in self.findings:
                print(text.concise(finding, style), file=out)
            return
        for finding, line in zip(self.findings, self._lines, strict=True):
            print(text.full(finding, line, style), end="\n\n", file=out)
        if self._fixes:
            print(f"criulint: {self._fixes} fixed", file=sys.stderr)
        if self._suppressed:
            print(f"criulint: {self._suppressed} suppressed", file=sys.stderr)
        if self._files:
            everything = self._args.select is None and self._args.ignore is None
            told = text.summary(self.findings, self._files, self._linter.release, everything=everything, hidden=self._hidden)
            print(f"criulint: {told}", file=sys.stderr)


def _lines(findings: list[Finding], data: bytes) -> list[str]:
    """The text of the line that each finding begins on."""
    lines = Source(data).lines if findings else []
    return [decode(lines[finding.span.line - 1]) for finding in findings]


def _baseline(name: str | None) -> Baseline | None:
    if name is None:
        return None
    from criulint.baseline import BaselineError, load

    try:
        return load(name)
    except BaselineError as error:
        raise UsageError(str(error)) from None


def _colour(wanted: str, is_terminal: bool) -> bool:
    """Whether to use colours. Sources: no-color.org, bixense.com/clicolors."""
    if wanted != "auto":
        return wanted == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE"):
        return True
    return is_terminal and os.environ.get("TERM") != "dumb"
