# SPDX-License-Identifier: GPL-2.0-only
"""``criulint format``: files in the canonical layout."""

from __future__ import annotations

import argparse
import sys

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
from criulint.cli.settings import add_release_and_configuration_arguments, resolver
from criulint.cli.signals import clean_exit
from criulint.configuration import ConfigurationError
from criulint.criu.reading import Reading
from criulint.discovery import holds_files
from criulint.formatter import lay_out
from criulint.source import Source
from criulint.text import escape


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint format`` to its parser."""
    add_release_and_configuration_arguments(parser)
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing; the exit status is 1 if something would change",
    )
    parser.add_argument("--diff", action="store_true", help="the same, and show what would change")
    parser.add_argument("--stdin-filename", metavar="PATH", help="the path to report for -")
    add_search_arguments(parser, "format")
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="tell of errors, and of nothing else"
    )
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="files and directories; - is standard input, and goes to standard output",
    )


def run(args: argparse.Namespace) -> int:
    """Format, or tell what would change; the exit status."""
    require_standard_input(args)
    run_ = _Run(args)
    try:
        with clean_exit():
            for path in find_inputs(args, run_.resolver, run_):
                run_.file(path)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
    run_.report()
    if run_.failed:
        return 2
    return int(run_.changed > 0 and (args.check or args.diff))


class _Run(Listener):
    def __init__(self, args: argparse.Namespace) -> None:
        super().__init__(quiet=args.quiet)
        self._args = args
        self.resolver = resolver(args)
        self._files = 0
        self.changed = 0

    def file(self, path: str) -> None:
        """Format one file."""
        try:
            data = read_input(path)
        except UsageError as error:
            self.complain(str(error))
            return
        self._files += 1
        name = input_name(path, self._args)
        if holds_files(name):
            self.note(
                f"{escape(name)}: left as it is: it is none of CRIU's files, but may hold some"
            )
            if not (self._args.check or self._args.diff):
                self._write(path, data, data)
            return
        layout = lay_out(Reading(Source(data, name), self.resolver.settings(name).release))
        if layout.refusal:
            self.note(f"{escape(name)}: left as it is: {layout.refusal}")
        elif layout.kept:
            where = f"line{'' if len(layout.kept) == 1 else 's'} {', '.join(map(str, layout.kept[:10]))}"
            more = f" and {len(layout.kept) - 10} more" if len(layout.kept) > 10 else ""
            self.note(
                f"{escape(name)}: {where}{more} kept: CRIU would read another layout otherwise"
            )
        if self._args.diff:
            print_diff(name, data, layout.data)
        if not (self._args.check or self._args.diff):
            self._write(path, data, layout.data)
        elif layout.data != data:
            self.changed += 1
            if self._args.check and not self._args.diff:
                print(f"would format {escape(name)}")

    def _write(self, path: str, before: bytes, after: bytes) -> None:
        if path == "-":
            sys.stdout.buffer.write(after)
        if before == after:
            return
        if path != "-":
            from criulint import files

            try:
                files.replace(path, after, before, within=self.searched.get(path))
            except OSError as error:
                self.complain(f"{escape(path)}: not formatted: {error.strerror or error}")
                return
        self.changed += 1

    def report(self) -> None:
        """One line about the whole run."""
        files = self._files
        done = "would be formatted" if self._args.check or self._args.diff else "formatted"
        self.note(f"{self.changed} of {files} file{'' if files == 1 else 's'} {done}")
