# SPDX-License-Identifier: GPL-2.0-only
"""``criulint check``: findings for files."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.cli.inputs import (
    Location,
    add_search_arguments,
    find_inputs,
    input_name,
    require_standard_input,
)
from criulint.cli.output import add_output_arguments
from criulint.cli.run import CheckRun
from criulint.cli.settings import add_settings_arguments
from criulint.cli.signals import clean_exit
from criulint.configuration import ConfigurationError
from criulint.criu.paths import is_read_by_name
from criulint.text import escape

if TYPE_CHECKING:
    from criulint.host.local import Host, Root


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint check`` to its parser."""
    add_settings_arguments(parser)
    parser.add_argument(
        "--root",
        metavar="DIR",
        help="take this directory as /, and also check the files that CRIU's options name in it",
    )
    add_output_arguments(parser)
    parser.add_argument("--fix", action="store_true", help="apply the safe fixes")
    parser.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix or --diff: apply the unsafe fixes too",
    )
    parser.add_argument(
        "--diff", action="store_true", help="print what --fix would change, and change nothing"
    )
    parser.add_argument(
        "--add-ignore",
        action="store_true",
        help="suppress remaining findings with comments, if CRIU then reads the file as before",
    )
    parser.add_argument(
        "--reason",
        default="",
        metavar="TEXT",
        help="with --add-ignore: the reason to write in the comments",
    )
    parser.add_argument(
        "--baseline", metavar="FILE", help="report only findings that are not in this baseline"
    )
    parser.add_argument(
        "--write-baseline",
        nargs="?",
        const=".criulint-baseline.json",
        metavar="FILE",
        help="write all findings to a baseline (default: %(const)s)",
    )
    parser.add_argument(
        "--stdin-filename", metavar="PATH", help="the path to report for standard input"
    )
    add_search_arguments(parser, "check")
    parser.add_argument(
        "--show-files",
        action="store_true",
        help="print the files that would be checked, and stop",
    )
    parser.add_argument(
        "--show-settings",
        action="store_true",
        help="print the settings of each file and where each comes from, and stop",
    )
    parser.add_argument(
        "--statistics",
        action="store_true",
        help="print counts per rule instead of the findings",
    )
    verbosity = parser.add_mutually_exclusive_group()
    verbosity.add_argument(
        "-q", "--quiet", action="store_true", help="print only findings and errors"
    )
    verbosity.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="log each file, its settings and timing to stderr",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and directories; - is standard input (default: the files that CRIU reads on"
        " this host)",
    )


def run(args: argparse.Namespace) -> int:
    """Check, fix, report; return the exit status."""
    _refuse_combinations(args)
    require_standard_input(args)
    look_at_host = args.root is not None or _may_be_of_host(args.paths)
    host = _make_host(args.root) if look_at_host else None
    session = CheckRun(args, host)
    writes = args.fix or args.add_ignore or args.output or args.write_baseline
    with clean_exit() if writes else nullcontext():
        return _run(args, session, host)


def _run(args: argparse.Namespace, session: CheckRun, host: Host | Root | None) -> int:
    try:
        found = _find_files(args, session, host)
        if args.show_files or args.show_settings:
            return _show(args, found, session)
        if args.output:  # all files are known before the first one is checked
            locations = list(found)
            session.refuse_overwriting(locations)
            found = iter(locations)
        for location in found:
            session.check_file(location)
        session.check_pairs()
        if args.write_baseline and not session.console.failed:
            session.write_baseline(args.write_baseline)
            return 0
        session.report()
        if session.console.failed:
            return 2
        return int(session.changed if args.diff else session.fails)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None


def _refuse_combinations(args: argparse.Namespace) -> None:
    """Raise UsageError for arguments that exclude or need each other."""
    if args.unsafe_fixes and not (args.fix or args.diff):
        raise UsageError("--unsafe-fixes needs --fix or --diff")
    if args.statistics and (
        args.diff or args.output or args.format not in (None, "full", "concise", "json")
    ):
        raise UsageError(
            "--statistics can be printed as text or with --format json, without --output and --diff"
        )
    if args.diff and (args.format or args.output):
        raise UsageError("--diff prints what would change, and no report")
    if args.reason and not args.add_ignore:
        raise UsageError("--reason needs --add-ignore")
    if not args.reason.isprintable():
        raise UsageError("--reason takes one line of text")
    if args.write_baseline and (args.baseline or args.diff or args.add_ignore or args.output):
        raise UsageError(
            "--write-baseline cannot be combined with --baseline, --diff, --add-ignore or --output"
        )


def _show(args: argparse.Namespace, found: Iterable[Location], session: CheckRun) -> int:
    names = [input_name(location.path, args) for location in found]
    if args.show_files:
        for name in names:
            print(escape(name))
    else:
        from criulint.cli.show_settings import render

        print(render(names, session.settings), end="")
    return 2 if session.console.failed else 0


def _find_files(
    args: argparse.Namespace, session: CheckRun, host: Host | Root | None
) -> Iterator[Location]:
    """Yield the files to check: those of the host if the command line names none."""
    if host and not args.paths:
        files = host.files()
        for path in host.hidden:
            session.console.error(f"{escape(path)}: cannot be examined")
        if not files and not host.hidden:
            session.console.note(f"no CRIU configuration file {escape(host.where)}")
        yield from (Location(file, args.root) for file in files)
    yield from find_inputs(args, session.resolver, session.console)


def _may_be_of_host(paths: list[str]) -> bool:
    """Return whether files that CRIU reads on this host may be among these."""
    if not paths or "CRIU_CONFIG_FILE" in os.environ:
        return True
    return any(is_read_by_name(path) or os.path.isdir(path) for path in paths)


def _make_host(root: str | None) -> Host | Root:
    from criulint.host.local import Host, Root

    if root is None:
        return Host(os.environ)
    try:
        return Root(root)
    except OSError as error:
        raise UsageError(f"--root {escape(root)}: {error.strerror or error}") from None
    except ValueError as error:  # a NUL in the path
        raise UsageError(f"--root {escape(root)}: {error}") from None
