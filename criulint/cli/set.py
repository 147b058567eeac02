# SPDX-License-Identifier: MIT
"""``criulint set``: give options their values in the file where they take effect."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from criulint.assign import AssignError, assign_options, parse_assignment, spell
from criulint.cli import UsageError, add_format_argument
from criulint.cli.assigning import choose_file, new_findings, open_target, write_target
from criulint.cli.context import choose_release, given_caller, require_root
from criulint.cli.diff import print_diff
from criulint.cli.inputs import add_release_argument
from criulint.criu.context import COMMANDS
from criulint.criu.options import option_table
from criulint.named_tuple import NamedTuple
from criulint.text import escape, to_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from criulint.cli.assigning import TargetFile
    from criulint.criu.options import OptionTable
    from criulint.finding import Finding
    from criulint.source import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint set`` to its parser."""
    parser.add_argument(
        "--append",
        action="store_true",
        help="add to the existing values; the default for options that collect values",
    )
    parser.add_argument(
        "--replace", action="store_true", help="replace all values of an option that collects them"
    )
    add_common_arguments(parser, "OPTION[=VALUE]")


def add_common_arguments(parser: argparse.ArgumentParser, metavar: str) -> None:
    """Add the arguments that ``set`` and ``unset`` share."""
    add_release_argument(parser)
    parser.add_argument(
        "--runtime",
        metavar="NAME[@VERSION]",
        help="who calls CRIU: runc, crun, youki, lxc, or an engine such as podman"
        " (default: the command line); it decides in which file options take effect",
    )
    parser.add_argument(
        "--for",
        dest="commands",
        action="append",
        choices=COMMANDS,
        help="the CRIU command that the options are for; can be repeated (default: all)",
    )
    parser.add_argument("--root", metavar="DIR", help="use this directory as /")
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing; exit with status 1 if something would change",
    )
    parser.add_argument("--diff", action="store_true", help="show what changes")
    parser.add_argument(
        "--force", action="store_true", help="write the options even if criulint would report them"
    )
    add_format_argument(parser)
    parser.add_argument(
        "words",
        nargs="+",
        metavar=metavar,
        help="the options, then optionally the file to change, whose name must contain a `/` or a"
        " `.` (default: the file where the options take effect)",
    )


def run(args: argparse.Namespace) -> int:
    """Set the options; return 1 if ``--check`` finds something to change."""
    if args.append and args.replace:
        raise UsageError("--append cannot be combined with --replace")
    return change(args, _set)


def _set(args: argparse.Namespace, words: Sequence[str], table: OptionTable) -> Change:
    assignments = [parse_assignment(word, table) for word in words]
    for assignment in assignments:
        if args.append and not assignment.option.accumulates:
            name = assignment.option.name
            raise UsageError(f"--append: `{name}` has only one value")
    lines = [spell(assignment, table.release) for assignment in assignments]
    return Change(
        lines,
        lambda source: assign_options(source, table.release, assignments, replace=args.replace),
    )


class Change(NamedTuple):
    """What to do with a file: the lines that are to count there, and the function that does it."""

    lines: list[str]
    apply: Callable[[Source], Source]


def change(
    args: argparse.Namespace,
    plan: Callable[[argparse.Namespace, Sequence[str], OptionTable], Change],
) -> int:
    """Change the file of the command line, or the one that has an effect; return the status."""
    require_root(args.root)
    release, caller = choose_release(args.criu), given_caller(args.runtime)
    words, path = _split_words(args.words)
    table = option_table(release)
    commands = args.commands or COMMANDS
    try:
        planned = plan(args, words, table)
        path = path or choose_file(planned.lines, caller, release, table, commands, args.root)
        target = open_target(path, args.root)
        after = planned.apply(target.source)
    except AssignError as error:
        name = f"{escape(path)}: " if path else ""
        raise UsageError(f"{name}{error}") from None
    is_changed = after.data != target.source.data
    if is_changed:
        if not args.force:
            found = new_findings(target, after, caller, release, commands)
            refuse(found, target, hint=" (--force writes it)")
        if args.diff:
            stream = sys.stderr if args.format == "json" else None
            print_diff(target.name, target.source.data, after.data, stream=stream)
        if not args.check:
            write_target(target, after)
    _report(args, target, planned.lines, is_changed=is_changed)
    return int(args.check and is_changed)


def _split_words(words: list[str]) -> tuple[list[str], str | None]:
    """Return the options, and the file if the last word is one."""
    *options, last = words
    name = last.partition("=")[0]
    if "/" in name or "." in name:
        if not options:
            raise UsageError("name the options before the file")
        return options, last
    return words, None


def refuse(findings: list[Finding], target: TargetFile, hint: str = "") -> None:
    """Raise UsageError for the first finding that a change would bring; a `hint` may follow."""
    for finding in findings:
        message = f"{finding.code} {finding.name}: {finding.full_message}{hint}"
        raise UsageError(f"{escape(target.name)}: not changed: {message}")


def _report(
    args: argparse.Namespace, target: TargetFile, lines: list[str], *, is_changed: bool
) -> None:
    if args.format == "json":
        report = {"changed": is_changed, "path": target.name, "options": lines}
        print(to_json(report))
    else:
        print(f"{'changed' if is_changed else 'ok'} {escape(target.name)}")
