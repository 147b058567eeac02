# SPDX-License-Identifier: GPL-2.0-only
"""``criulint check``: findings for files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from criulint.cli import UsageError
from criulint.cli.inputs import add_release_argument, chosen_release, read_input, unknown_word
from criulint.engine import Linter
from criulint.finding import Finding, Severity
from criulint.machine import Host, Root
from criulint.rules.words import shown
from criulint.source import Source


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
        "--root",
        metavar="DIR",
        help="a directory to take for the machine's /, as an unpacked image: its files are checked if no PATH is given, and"
        " what a file names is looked up there",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and directories; - is standard input (default: the files that CRIU reads on this host)",
    )


def run(args: argparse.Namespace) -> int:
    """Check, fix, report; the exit status."""
    machine = _machine(args.root)
    release = chosen_release(args.criu) if args.criu else None
    linter = Linter(release, _codes(args.select, args.ignore), locate=machine.locate)
    if args.unsafe_fixes and not (args.fix or args.diff):
        raise UsageError("--unsafe-fixes needs --fix or --diff")
    run_ = _Run(args, linter)
    for path in _paths(args, run_, machine):
        run_.file(path)
    run_.pairs()
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
    chosen = _matching(["ALL"] if select is None else select)
    if not chosen:
        raise UsageError("--select names no rule")
    return chosen - (frozenset() if ignore is None else _matching(ignore))


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


def _machine(root: str | None) -> Host | Root:
    if root is None:
        return Host(os.environ)
    try:
        return Root(root)
    except (OSError, ValueError) as error:
        raise UsageError(f"--root {shown(root)}: {getattr(error, 'strerror', None) or error}") from None


def _paths(args: argparse.Namespace, run_: _Run, machine: Host | Root) -> Iterator[str]:
    from criulint import discovery

    if not args.paths:
        files = machine.files()
        for path in machine.hidden:
            run_.complain(f"{shown(path)}: can't be looked at")
        if not files and not machine.hidden:
            print(f"criulint: CRIU finds no configuration file {shown(machine.where)}", file=sys.stderr)
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
        self._lines: list[str] = []  # the line of each finding, for its excerpt
        self._sources: dict[str, Source] = {}  # what CRIU may read together with another file
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
        if self._args.fix or self._args.diff:
            data, findings = self._fixed(path, name, data)
        else:
            findings = self._linter.check(data, name)
        source = Source(data, name)
        if os.path.basename(path) in ("default.conf", "runc.conf", "crun.conf"):
            self._sources[path] = source
        self._add(findings, source)

    def pairs(self) -> None:
        """Check the files that CRIU reads together."""
        from criulint.discovery import read_together

        if len(self._sources) > 1 and not self._args.diff:
            for first, second in read_together(list(self._sources)):
                source = self._sources[second]
                self._add(self._linter.check_together(self._sources[first], source), source)

    def _add(self, findings: list[Finding], source: Source) -> None:
        self.findings += findings
        if findings and self._args.format == "full":
            self._lines += [source.text(finding.span.line) for finding in findings]

    def _fixed(self, path: str, name: str, data: bytes) -> tuple[bytes, list[Finding]]:
        from criulint import fix

        mended, findings, made = fix.fix(data, lambda data: self._linter.check(data, name), unsafe=self._args.unsafe_fixes)
        if self._args.diff:
            if mended != data:
                self.changed = True
                _print_diff(name, data, mended)
            return mended, []
        if path == "-":
            sys.stdout.buffer.write(mended)
        elif mended != data:
            try:
                fix.write_atomically(path, mended, data)
            except OSError as error:
                self.complain(f"{shown(path)}: not fixed: {error.strerror or error}")
                return data, self._linter.check(data, name)
        self._fixes += made
        return mended, findings

    def report(self) -> None:
        """Print the findings: to standard error if standard output gets a fixed file."""
        args = self._args
        out = sys.stderr if args.fix and not args.diff and "-" in args.paths else sys.stdout
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
        if self._files:
            everything = self._args.select is None and self._args.ignore is None
            told = text.summary(self.findings, self._files, self._linter.release, everything=everything)
            print(f"criulint: {told}", file=sys.stderr)


def _print_diff(path: str, before: bytes, after: bytes) -> None:
    import difflib
    import re

    name = os.fsencode(shown(path))
    old, new = (re.findall(rb"[^\n]*\n|[^\n]+", data) for data in (before, after))
    for line in difflib.diff_bytes(difflib.unified_diff, old, new, name, name):
        sys.stdout.buffer.write(line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n")


def _colour(wanted: str, is_terminal: bool) -> bool:
    """Whether to use colours. Sources: no-color.org, bixense.com/clicolors."""
    if wanted != "auto":
        return wanted == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE"):
        return True
    return is_terminal and os.environ.get("TERM") != "dumb"
