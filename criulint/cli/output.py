# SPDX-License-Identifier: GPL-2.0-only
"""Where reports go: a format on standard output, others into files, and on GitHub the step's summary."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TextIO

from criulint.cli import UsageError
from criulint.report import FORMATS, Report, render
from criulint.text import did_you_mean, escape


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what chooses the formats and their files."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--format",
        choices=tuple(FORMATS),
        help="the format on standard output (default: full; on GitHub Actions: github)",
    )
    group.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="FORMAT[:FILE]",
        help="write a report into a file (and make its directory), or on standard output; may be given several times",
    )
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto")


class Outputs:
    """The reports that are wanted. UsageError if they can't be, or not together."""

    def __init__(
        self, args: argparse.Namespace, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._colour: str = args.color
        self._environment = environment
        self._files: dict[str, str] = {}  # by name: the format
        shown = [args.format] if args.format else []
        for output in args.output:
            name, separator, file = output.partition(":")
            file = os.path.expanduser(file)  # behind the colon the shell leaves it
            if name not in FORMATS:
                raise UsageError(f"--output: no format {name!r}{did_you_mean(name, FORMATS)}")
            if not separator or file in ("-", "/dev/stdout"):
                shown.append(name)
            elif not file:
                raise UsageError(
                    f"--output {escape(output)}: the name of a file is missing behind the colon"
                )
            elif _identity(file) in map(_identity, self._files):
                raise UsageError(f"--output: two reports can't go into {escape(file)}")
            elif (
                os.path.isdir(file)
                or not os.path.basename(file)
                or not _may_be_directory(os.path.dirname(file))
            ):
                raise UsageError(f"--output: {escape(file)} is no file that can be written")
            else:
                self._files[file] = name
        if len(shown) > 1:
            raise UsageError(f"standard output takes one format, not {' and '.join(shown)}")
        #: Whether somebody chose the format on standard output.
        self.chosen = bool(shown)
        usual = "github" if environment.get("GITHUB_ACTIONS") == "true" else "full"
        #: The format on standard output.
        self.format: str = shown[0] if shown else usual

    @property
    def for_people(self) -> bool:
        """Whether a person reads standard output, who wants to know how the run went."""
        return self.format in ("full", "github")

    def overwrites(self, paths: Iterable[str], directories: Iterable[str] = ()) -> str | None:
        """The file among `paths` (``-`` is standard input), or in one of the directories, that a report would replace."""
        if not self._files:
            return None
        targets = {_identity(file) for file in self._files}
        inside = [os.path.join(os.path.realpath(directory), "") for directory in directories]
        replaced = (path for path in paths if _identity(path) in targets)
        written = (file for file in self._files if os.path.realpath(file).startswith(tuple(inside)))
        return next(chain(replaced, written), None)

    def write(self, report: Report, stream: TextIO) -> None:
        """Write all reports, the one for standard output to `stream`. UsageError if a file can't be written."""
        from criulint import files

        failed = []
        for file, name in self._files.items():  # first: who reads standard output may go away
            text = render(name, report, colour=self._colour == "always")
            try:
                files.write(file, text.encode("utf-8", "backslashreplace"), parents=True)
            except OSError as error:
                failed.append(f"--output: {escape(file)}: {error.strerror or error}")
        stream.write(render(self.format, report, colour=self._colours(stream)))
        summary = self._environment.get("GITHUB_STEP_SUMMARY")
        if summary and "github" in (self.format, *self._files.values()):
            self._summarize(report, summary)
        if failed:
            raise UsageError("; ".join(failed))

    def _summarize(self, report: Report, file: str) -> None:
        from criulint.report.github import summary

        try:
            with open(
                file, "a", encoding="utf-8", errors="backslashreplace", newline="\n"
            ) as output:
                output.write(summary(report))
        except OSError as error:
            print(
                f"criulint: no summary of the step: {escape(file)}: {error.strerror or error}",
                file=sys.stderr,
            )

    def _colours(self, stream: TextIO) -> bool:
        """Whether to use colours on a stream. Sources: no-color.org, bixense.com/clicolors."""
        if self._colour != "auto":
            return self._colour == "always"
        if self._environment.get("NO_COLOR"):
            return False
        if self._environment.get("FORCE_COLOR") or self._environment.get("CLICOLOR_FORCE"):
            return True
        return stream.isatty() and self._environment.get("TERM") != "dumb"


def _identity(file: str) -> object:
    """What two names of one file share."""
    try:
        status = os.fstat(sys.stdin.fileno()) if file == "-" else os.stat(file)
    except (OSError, ValueError):
        return os.path.realpath(file)
    return (status.st_dev, status.st_ino)


def _may_be_directory(path: str) -> bool:
    """Whether a path is a directory's, or can become one's."""
    while path and not os.path.lexists(path):
        parent = os.path.dirname(path)
        if parent == path:  # a drive that is not there
            return False
        path = parent
    return os.path.isdir(path or ".")
