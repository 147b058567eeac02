# SPDX-License-Identifier: MIT
"""Where reports go: one to standard output, others to files, and on GitHub the job summary."""

from __future__ import annotations

import os
import sys
from itertools import chain
from typing import TYPE_CHECKING, TextIO

from criulint.cli import UsageError, add_group
from criulint.cli.streams import write_safe
from criulint.report import FORMATS, Report, render_report
from criulint.report.terminal import Style, style_for
from criulint.text import did_you_mean, escape

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping

    from criulint.linter.baseline import Baseline


def open_baseline(name: str | None) -> Baseline | None:
    """Return the baseline in a file; None without a name. UsageError if it cannot be read."""
    if name is None:
        return None
    from criulint.linter.baseline import BaselineError, load_baseline

    try:
        return load_baseline(name)
    except BaselineError as error:
        raise UsageError(str(error)) from None


def add_output_arguments(
    parser: argparse.ArgumentParser,
    formats: Iterable[str] = tuple(FORMATS),
    target: str = ".",
    *,
    note: str = "",
) -> argparse._ArgumentGroup:
    """Add the arguments that choose formats and files, and return their group.

    `formats` are those of the command, `note` says more about them, and `target` is what an example
    checks.
    """
    group = add_group(parser, "output", f"--output sarif:criulint.sarif {target}")
    group.add_argument(
        "--format",
        choices=tuple(formats),
        help=f"the format on standard output (default: full; on GitHub Actions: github){note}",
    )
    group.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="FORMAT[:FILE]",
        help="write a report to a file (and create its directory), or to standard output; can be"
        " repeated",
    )
    group.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="whether to use colours (default: on a terminal, unless NO_COLOR is set)",
    )
    parser.set_defaults(formats=tuple(formats))
    return group


def add_threshold_arguments(
    parser: argparse.ArgumentParser, target: str = "."
) -> argparse._ArgumentGroup:
    """Add the arguments that say which findings are reported and which fail; return their group.

    `target` is what an example checks.
    """
    group = add_group(parser, "which findings count", f"--min-severity warning {target}")
    group.add_argument(
        "--exit-zero", action="store_true", help="exit with status 0 even if there are findings"
    )
    group.add_argument(
        "--min-severity",
        choices=("error", "warning", "info"),
        default="info",
        help="report only findings of this severity or above (default: %(default)s)",
    )
    return group


def add_baseline_arguments(group: argparse._ArgumentGroup, file: str) -> None:
    """Add the arguments for baselines; `file` is the name of one that is not given a name."""
    group.add_argument(
        "--baseline", metavar="FILE", help="report only findings that are not in this baseline"
    )
    group.add_argument(
        "--write-baseline",
        nargs="?",
        const=file,
        metavar="FILE",
        help="write all findings to a baseline (default: %(const)s)",
    )


class Outputs:
    """The reports to write.

    UsageError if one cannot be written, or not together with another.
    """

    def __init__(
        self, args: argparse.Namespace, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._colour: str = args.color
        self._environment = environment
        self._files: dict[str, str] = {}  # by name: the format
        shown = [args.format] if args.format else []
        for output in args.output:
            name, separator, file = output.partition(":")
            file = os.path.expanduser(file)  # the shell does not expand it after a colon
            if name not in args.formats:
                hint = _suggest_format(output, args) or did_you_mean(name, args.formats)
                raise UsageError(f"--output: no format {name!r}{hint}")
            if not separator or file in ("-", "/dev/stdout"):
                shown.append(name)
            elif not file:
                raise UsageError(
                    f"--output {escape(output)}: the file name after the colon is missing"
                )
            elif _identity(file) in map(_identity, self._files):
                raise UsageError(f"--output: {escape(file)} can take only one report")
            elif (
                os.path.isdir(file)
                or not os.path.basename(file)
                or not _may_be_directory(os.path.dirname(file))
            ):
                raise UsageError(f"--output: {escape(file)} is not a file that can be written")
            else:
                self._files[file] = name
        if len(shown) > 1:
            raise UsageError(f"standard output takes one format, not {' and '.join(shown)}")
        #: Whether the user chose the format on standard output.
        self.chosen = bool(shown)
        usual = "github" if environment.get("GITHUB_ACTIONS") == "true" else "full"
        #: The format on standard output.
        self.format: str = shown[0] if shown else usual

    @property
    def for_people(self) -> bool:
        """Whether standard output is for people, who want to know how the run is going."""
        return self.format in ("full", "github")

    def overwrites(self, paths: Iterable[str], directories: Iterable[str] = ()) -> str | None:
        """Return a file that a report would replace, if there is one.

        That is one of `paths` (``-`` is standard input), or a file in one of the directories.
        """
        if not self._files:
            return None
        targets = {_identity(file) for file in self._files}
        inside = [os.path.join(os.path.realpath(directory), "") for directory in directories]
        replaced = (path for path in paths if _identity(path) in targets)
        written = (file for file in self._files if os.path.realpath(file).startswith(tuple(inside)))
        return next(chain(replaced, written), None)

    def write(self, report: Report, stream: TextIO) -> None:
        """Write all reports, the one for standard output to `stream`.

        UsageError if a file cannot be written.
        """
        # Files come first, because the reader of standard output may go away.
        failed = self._write_files(report) if self._files else []
        write_safe(
            stream,
            render_report(
                self.format, report, style=style_for(stream, self._colour, self._environment)
            ),
        )
        summary = self._environment.get("GITHUB_STEP_SUMMARY")
        if summary and "github" in (self.format, *self._files.values()):
            self._summarize(report, summary)
        if failed:
            raise UsageError("; ".join(failed))

    def _write_files(self, report: Report) -> list[str]:
        """Write the reports that go to files; return a message for each one that failed."""
        from criulint import files

        failed = []
        for file, name in self._files.items():
            text = render_report(name, report, style=Style(self._colour == "always"))
            try:
                files.write(file, text.encode("utf-8", "backslashreplace"), parents=True)
            except OSError as error:
                failed.append(f"--output: {escape(file)}: {error.strerror or error}")
        return failed

    def _summarize(self, report: Report, file: str) -> None:
        from criulint.report.github import summary

        try:
            with open(
                file, "a", encoding="utf-8", errors="backslashreplace", newline="\n"
            ) as output:
                output.write(summary(report._replace(source=_source(self._environment))))
        except OSError as error:
            reason = error.strerror or error
            print(
                f"criulint: cannot write the job summary: {escape(file)}: {reason}", file=sys.stderr
            )


def _source(environment: Mapping[str, str]) -> str:
    """Return the beginning of the URLs of files on GitHub; empty if it is not known."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")
    server, repository, commit = (environment.get(name, "") for name in names)
    if not (server and repository and commit):
        return ""
    return f"{server}/{repository}/blob/{commit}/"


def _suggest_format(output: str, args: argparse.Namespace) -> str:
    """Return ``; did you mean 'json:x.json'?`` for a file without a format, or nothing."""
    suffix = os.path.splitext(output)[1].removeprefix(".")
    if ":" in output or not (suffix or os.sep in output):
        return ""
    format_ = args.format or (suffix if suffix in args.formats else "FORMAT")
    return f"; did you mean {f'{format_}:{output}'!r}?"


def _identity(file: str) -> object:
    """Return a value that is equal for two names of the same file."""
    try:
        status = os.fstat(sys.stdin.fileno()) if file == "-" else os.stat(file)
    except (OSError, ValueError):
        return os.path.realpath(file)
    return (status.st_dev, status.st_ino)


def _may_be_directory(path: str) -> bool:
    """Return whether a path is a directory, or can become one."""
    while path and not os.path.lexists(path):
        parent = os.path.dirname(path)
        if parent == path:  # a missing drive
            return False
        path = parent
    return os.path.isdir(path or ".")


def base_directory(environment: Mapping[str, str]) -> str:
    """Return the directory that paths in reports are relative to.

    It is the workspace of the CI system if that names one, else the top of the repository, else
    the working directory.
    """
    try:
        directory = os.getcwd()
    except OSError:  # it was deleted
        return os.curdir
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY"):
        workspace = environment.get(name)
        if workspace and _is_below(directory, workspace):
            return workspace
    above = directory
    while True:
        if os.path.exists(os.path.join(above, ".git")):
            return above
        parent = os.path.dirname(above)
        if parent == above:
            return directory
        above = parent


def _is_below(directory: str, above: str) -> bool:
    inner, outer = os.path.realpath(directory), os.path.realpath(above)
    return inner == outer or inner.startswith(outer.rstrip(os.sep) + os.sep)
