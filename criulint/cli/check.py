# SPDX-License-Identifier: MIT
"""``criulint check``: findings for files."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from criulint.cli import UsageError, add_group
from criulint.cli.check_run import CheckRun
from criulint.cli.inputs import (
    Location,
    add_search_arguments,
    find_inputs,
    input_name,
    report_no_files,
    require_standard_input,
    with_listed_paths,
)
from criulint.cli.limits import add_limit_argument
from criulint.cli.output import (
    add_baseline_arguments,
    add_output_arguments,
    add_threshold_arguments,
)
from criulint.cli.settings import add_settings_arguments
from criulint.configuration import ConfigurationError
from criulint.criu.paths import CONFIG_VARIABLE, is_read_by_name
from criulint.discovery import find_files
from criulint.named_tuple import NamedTuple
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from criulint.cli.console import Console
    from criulint.configuration.resolve import Resolver
    from criulint.host.local import Host, Root, Roots


class _Task(NamedTuple):
    """What to do: the arguments with all paths, a run over them, and the host that they are on."""

    args: argparse.Namespace
    check_run: CheckRun
    host: Host | Root | Roots | None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint check`` to its parser."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and directories; - is standard input (default: the files that CRIU reads on"
        " this host)",
    )
    add_settings_arguments(parser)
    _add_fix_arguments(parser)
    files = add_search_arguments(parser, "check")
    files.add_argument(
        "--root",
        action="append",
        metavar="DIR",
        help="use this directory as /, and also check the files in it that CRIU's options name;"
        " can be repeated without PATH",
    )
    files.add_argument(
        "--show-files",
        action="store_true",
        help="print the files that would be checked, and stop",
    )
    files.add_argument(
        "--show-settings",
        action="store_true",
        help="print the settings of each file and where each comes from, and stop",
    )
    add_limit_argument(files)
    counting = add_threshold_arguments(parser)
    add_baseline_arguments(counting, ".criulint-baseline.json")
    counting.add_argument(
        "--ignore-suppressions",
        action="store_true",
        help="also report what comments in the files suppress",
    )
    counting.add_argument(
        "--max-findings",
        type=_count,
        default=1000,
        metavar="N",
        help="report at most N findings per file, 0 for no limit (default: %(default)s)",
    )
    output = add_output_arguments(parser)
    output.add_argument(
        "--statistics",
        action="store_true",
        help="print counts per rule instead of the findings",
    )
    output.add_argument(
        "--watch",
        action="store_true",
        help="check again whenever a file changes, until Ctrl-C",
    )
    verbosity = output.add_mutually_exclusive_group()
    verbosity.add_argument(
        "-q", "--quiet", action="store_true", help="print only findings and errors"
    )
    verbosity.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="log each file, its settings and timing to stderr",
    )


def _add_fix_arguments(parser: argparse.ArgumentParser) -> None:
    group = add_group(parser, "fixes", "--diff --unsafe-fixes .")
    group.add_argument("--fix", action="store_true", help="apply the safe fixes")
    group.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix or --diff: apply the unsafe fixes too",
    )
    group.add_argument(
        "--diff", action="store_true", help="print what --fix would change, without changing it"
    )
    group.add_argument(
        "--add-ignore",
        action="store_true",
        help="suppress the remaining findings with comments where CRIU still reads the file"
        " as before",
    )
    group.add_argument(
        "--reason",
        default="",
        metavar="TEXT",
        help="with --add-ignore: the reason to write in the comments",
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 on")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Check, fix, report; return the exit status."""
    _refuse_combinations(args)
    if args.watch:
        return _watch(args)
    task = _prepare(args)
    writes = args.fix or args.add_ignore or args.output or args.write_baseline
    if not writes:
        return _run(task)
    from criulint.cli.signals import clean_exit

    with clean_exit():
        return _run(task)


def _prepare(args: argparse.Namespace) -> _Task:
    require_standard_input(args)
    args = with_listed_paths(args)
    if args.root and len(args.root) > 1 and (args.paths or args.files_from is not None):
        raise UsageError("several --root cannot be combined with paths: check one root at a time")
    host = _make_host(args)
    return _Task(args, CheckRun(args, host), host)


def _watch(args: argparse.Namespace) -> int:
    """Check again and again until the user ends it; return the last exit status."""
    from criulint.cli.console import SilentConsole
    from criulint.cli.settings import make_resolver
    from criulint.cli.watch import RunResult, Watch, given_files, sign

    openers: dict[str, Callable[[str, int], int]] = {}

    def check() -> RunResult:
        task = _prepare(args)
        status = _run(task)
        return RunResult(status, len(task.check_run.findings), task.check_run.paths)

    def find() -> Iterator[str]:
        yield from given_files(vars(args))
        now = with_listed_paths(args)
        yield from now.paths
        host = _make_host(now)
        try:
            for location in _find_files(now, make_resolver(now), SilentConsole(), host):
                if host and host.opener and location.within is not None:
                    openers[location.path] = host.opener
                yield location.path
        except ConfigurationError as error:
            raise UsageError(str(error)) from None

    _prepare(args)  # no change of a file can fix a wrong option
    return Watch(check, find, lambda path: sign(path, openers.get(path))).run(quiet=args.quiet)


def _run(task: _Task) -> int:
    """Show, or check and report; return the exit status."""
    args, check_run, host = task
    try:
        found = _find_files(args, check_run.resolver, check_run.console, host)
        if args.show_files or args.show_settings:
            with check_run.in_time():
                _show(args, found, check_run)
            return 2 if check_run.console.failed else 0
        _check_all(args, check_run, found)
        if args.write_baseline and not check_run.console.failed:
            check_run.write_baseline(args.write_baseline)
            return 0
        check_run.report()
        if check_run.console.failed:
            return 2
        if args.exit_zero:
            return 0
        return int(check_run.changed if args.diff else check_run.fails)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None


def _check_all(args: argparse.Namespace, check_run: CheckRun, found: Iterable[Location]) -> None:
    with check_run.in_time():
        if args.output:  # all files are known before the first one is checked
            found = list(found)
            check_run.refuse_overwriting(found)
        for location in found:
            check_run.check_file(location)
        check_run.check_copies()
        check_run.check_pairs()


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
    if args.watch and (args.fix or args.add_ignore or args.write_baseline):
        raise UsageError(
            "--watch changes nothing: it cannot be combined with --fix, --add-ignore or"
            " --write-baseline"
        )
    if args.watch and (args.show_files or args.show_settings):
        raise UsageError("--watch cannot be combined with --show-files or --show-settings")
    if args.watch and ("-" in args.paths or args.files_from == "-"):
        raise UsageError("--watch cannot be combined with standard input")
    if args.diff and (args.format or args.output):
        raise UsageError(
            "--diff prints what would change instead of a report: it cannot be"
            " combined with --format or --output"
        )
    if args.reason and not args.add_ignore:
        raise UsageError("--reason needs --add-ignore")
    if not args.reason.isprintable():
        raise UsageError("--reason takes one line of text")
    if args.write_baseline and (args.baseline or args.diff or args.add_ignore or args.output):
        raise UsageError(
            "--write-baseline cannot be combined with --baseline, --diff, --add-ignore or --output"
        )


def _show(args: argparse.Namespace, found: Iterable[Location], check_run: CheckRun) -> None:
    if args.show_files:
        for location in found:
            for line in check_run.describe(location):
                print(escape(line))
    else:
        from criulint.cli.show_settings import render_settings

        names = [input_name(location.path, args) for location in found]
        print(render_settings(names, check_run.settings), end="")


def _find_files(
    args: argparse.Namespace,
    resolver: Resolver,
    console: Console,
    host: Host | Root | Roots | None,
) -> Iterator[Location]:
    """Yield the files to check: those of the host if the command line names none."""
    if host and not args.paths and args.files_from is None:
        files = host.files()
        for path in host.hidden:
            console.error(f"{escape(path)}: cannot be accessed")
        if not args.root:
            _report_project(resolver, console, checks_nothing=not files)
        if not files and not host.hidden:
            message = f"no CRIU configuration file {escape(host.where)}"
            report_no_files(args, console, message)
        for file in files:
            yield Location(file, host.top(file))
    yield from find_inputs(args, resolver, console, host_files=True)


def _report_project(resolver: Resolver, console: Console, *, checks_nothing: bool) -> None:
    """Note that the working directory is not checked, if it is a project with CRIU's files.

    It is an error if the host has no files to check either.
    """
    if not os.path.exists(".git"):
        return
    with suppress(OSError):
        found = next(find_files(".", file_filter=resolver), None)
        if found:
            report = console.error if checks_nothing else console.warn
            report(
                f"{escape(os.path.normpath(found))} is not checked: without a path, the files that"
                " CRIU reads on this host are checked; run `criulint check .` to check this"
                " directory"
            )


def _may_be_of_host(paths: list[str]) -> bool:
    """Return whether files that CRIU reads on this host may be among these."""
    if not paths or CONFIG_VARIABLE in os.environ:
        return True
    return any(is_read_by_name(path) or os.path.isdir(path) for path in paths)


def _make_host(args: argparse.Namespace) -> Host | Root | Roots | None:
    if args.root is None:
        if not _may_be_of_host(args.paths):
            return None
        from criulint.host.local import Host

        return Host(os.environ)
    from criulint.host.local import Roots

    roots = [_make_root(directory) for directory in args.root]
    return roots[0] if len(roots) == 1 else Roots(roots)


def _make_root(directory: str) -> Root:
    from criulint.cli.context import require_root
    from criulint.host.local import Root

    require_root(directory)
    return Root(directory)
