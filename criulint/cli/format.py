# SPDX-License-Identifier: MIT
"""``criulint format``: bring files into the canonical layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.cli.command import FileCommand
from criulint.cli.inputs import (
    Input,
    Location,
    add_search_arguments,
    find_inputs,
    require_standard_input,
    with_listed_paths,
)
from criulint.cli.limits import add_limit_argument
from criulint.cli.settings import add_release_and_configuration_arguments
from criulint.cli.signals import clean_exit
from criulint.configuration import ConfigurationError
from criulint.criu.reading import Reading
from criulint.formatter import lay_out
from criulint.text import escape, plural

if TYPE_CHECKING:
    import argparse

# Line numbers in one note.
_MAX_LINES = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint format`` to its parser."""
    add_release_and_configuration_arguments(parser, ".")
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing; exit with status 1 if something would change",
    )
    parser.add_argument(
        "--diff", action="store_true", help="like --check, and print what would change"
    )
    add_search_arguments(parser, "format")
    add_limit_argument(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="print only errors")
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and directories; - formats standard input to standard output",
    )


def run(args: argparse.Namespace) -> int:
    """Format, or say what would change; return the exit status."""
    require_standard_input(args)
    args = with_listed_paths(args)
    if not args.paths and args.files_from is None:
        raise UsageError("name the files or directories to format, such as `criulint format .`")
    session = _FormatRun(args)
    try:
        with clean_exit(), session.in_time():
            for location in find_inputs(args, session.resolver, session.console):
                session.format_file(location)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
    session.report()
    if session.console.failed:
        return 2
    return int(session.changed > 0 and session.is_dry)


class _FormatRun(FileCommand):
    """A run of ``criulint format``, and what it has formatted so far."""

    def __init__(self, args: argparse.Namespace) -> None:
        super().__init__(args)
        #: Whether files are left unchanged.
        self.is_dry = args.check or args.diff
        #: How many files were changed, or would be.
        self.changed = 0
        self._files = 0

    def format_file(self, location: Location) -> None:
        """Format one file."""
        file = self.read(location)
        if file is None:
            return
        self._files += 1
        before = file.source.data
        after = before if file.kind else self._lay_out(file)
        if file.kind:
            self.console.note(
                f"{escape(file.name)}: skipped: not a CRIU file (embedded files are not formatted)"
            )
        if self._args.diff:
            self.show_difference(file, after)
        if self.is_dry:
            self.changed += after != before
            if after != before and not self._args.diff:
                with self.console.progress.aside():
                    print(f"would format {escape(file.name)}", flush=True)
        elif self.write_back(file, after, "not formatted"):
            self.changed += after != before

    def _lay_out(self, file: Input) -> bytes:
        """Return the new content of the file, and note what is left unchanged."""
        layout = lay_out(Reading(file.source, self.settings(file.name).release))
        if layout.refusal:
            self.console.note(f"{escape(file.name)}: not formatted: {layout.refusal}")
        elif layout.kept:
            noun = "line" if len(layout.kept) == 1 else "lines"
            numbers = ", ".join(map(str, layout.kept[:_MAX_LINES]))
            hidden = len(layout.kept) - _MAX_LINES
            more = f" and {hidden} more" if hidden > 0 else ""
            self.console.note(
                f"{escape(file.name)}: {noun} {numbers}{more} not formatted:"
                " CRIU would read the formatted text differently"
            )
        return layout.data

    def report(self) -> None:
        """Note how many files were changed."""
        done = "would be formatted" if self.is_dry else "formatted"
        self.console.note(f"{self.changed} of {plural(self._files, 'file')} {done}")
