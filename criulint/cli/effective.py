# SPDX-License-Identifier: MIT
"""``criulint effective``: which value of each option wins, and from which file.

The JSON report is one object: ``criu``, ``caller`` (or null), ``command``; ``files``, each with
``path``, ``role``, ``state`` (``read``, ``missing``, ``not-read``, ``refused``, ``exits``,
``crashes``) and ``reason``;
``options``, each with ``option``, ``value``, ``list`` and ``steps`` (``from``, ``file``, ``line``,
``name``, ``value``, ``effect``, ``reason``); ``error``, null or what stops CRIU first (or crashes
the dump: ``page-server`` without ``address``), with ``file``, ``line`` (null if the caller refuses
the file, and not CRIU) and ``message``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from criulint.cli import UsageError, add_format_argument
from criulint.cli.console import Console
from criulint.cli.context import choose_release, given_caller, require_root
from criulint.cli.inputs import add_release_argument, read_input, unknown_word
from criulint.cli.streams import show
from criulint.criu.context import COMMANDS
from criulint.criu.getopt import ParsedOption, ParseError, parse_words
from criulint.criu.options import OptionTable, option_table
from criulint.criu.paths import MACHINE_HOME
from criulint.criu.precedence import (
    NO_ADDRESS,
    ConfigFile,
    Effective,
    GivenFlag,
    Invocation,
    Step,
    find_crash,
    find_effective,
    make_invocation,
    sharing_variable,
)
from criulint.host.config_files import ConfigFiles, first_stop
from criulint.report.effective import Winners, render_effective
from criulint.report.terminal import style_for
from criulint.source import decode, encode
from criulint.text import escape, shorten, to_json

if TYPE_CHECKING:
    import argparse

    from criulint.source import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint effective`` to its parser."""
    add_release_argument(parser)
    parser.add_argument(
        "--runtime",
        metavar="NAME[@VERSION]",
        help="who calls CRIU: runc, crun, youki, lxc, or an engine such as podman or"
        " podman@5.4.2+runc@1.1.15"
        " (default: the command line)",
    )
    parser.add_argument(
        "--for",
        dest="command_",
        choices=COMMANDS,
        default="dump",
        help="the command of CRIU (default: dump)",
    )
    parser.add_argument("--root", metavar="DIR", help="use this directory as /")
    parser.add_argument(
        "--from",
        dest="origins",
        action="append",
        default=[],
        metavar="PATH",
        help="use the files that this repository or script would leave on a machine; can be"
        " repeated",
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="the file that `criu --config` names; replaces the default files",
    )
    parser.add_argument(
        "--rpc",
        metavar="FILE",
        help="the file that an RPC client names, as with the annotation org.criu.config;"
        " empty for an empty annotation",
    )
    parser.add_argument(
        "--explain", metavar="OPTION", help="show where each value of one option comes from"
    )
    add_format_argument(parser)
    parser.add_argument(
        "words",
        nargs="*",
        metavar="-- OPTION",
        help="CRIU's own options on the command line, or those of the runtime or engine",
    )


def run(args: argparse.Namespace) -> int:
    """Print what is effective; return 1 if CRIU stops at a file, or crashes later."""
    release = choose_release(args.criu)
    table = option_table(release)
    invocation = _find_invocation(args)
    wanted = _explained_options(args.explain, table) if args.explain else None
    words, given = [], []
    if invocation.runtime:
        given = _parse_flags(args.words, invocation, table)
    elif invocation.rpc and args.words:
        raise UsageError("an RPC client gives CRIU no command line")
    else:
        words = _parse_command_line(args.words, table)

    machine = _collect(args)
    host = ConfigFiles(args.root, args.config, args.rpc, read_input, machine)
    files = host.read(invocation, release)
    options = find_effective(files, invocation, release, words, given)
    crash = find_crash(options, invocation.command)
    if wanted is not None:
        options = [option for option in options if option.option in wanted]
    if args.format == "json":
        print(to_json(_json(args, release, files, options, crash), indent=2))
    else:
        style = style_for(sys.stdout, "auto")
        found = Winners(release, invocation, files, options, crash)
        show("\n".join(render_effective(found, args.explain, table.options, style)), style)
    return int(crash is not None or first_stop(files) is not None)


def _collect(args: argparse.Namespace) -> dict[str, Source] | None:
    """Return the files that `--from` names, by their paths on the machine."""
    if not args.origins:
        return None
    if args.root is not None:
        raise UsageError("--from cannot be combined with --root")
    from criulint.cli.machine import collect

    return collect(args.origins, MACHINE_HOME)


def _find_invocation(args: argparse.Namespace) -> Invocation:
    """Return who calls CRIU. Raises UsageError if the arguments contradict each other."""
    require_root(args.root)
    invocation = make_invocation(
        given_caller(args.runtime), args.command_, rpc=args.rpc is not None
    )
    if args.rpc is not None and invocation.runtime and not invocation.runtime.files:
        raise UsageError(f"--rpc: {invocation.title} passes no file to CRIU")
    if args.config and invocation.rpc:
        raise UsageError("--config: an RPC client gives CRIU no command line")
    return invocation


def _explained_options(explain: str, table: OptionTable) -> frozenset[str]:
    """Return the options that share a variable with it. Raises UsageError for an unknown option."""
    name = explain.removeprefix("--")
    option, candidates = table.resolve(encode(name))
    if candidates:
        raise UsageError(f"--explain: {name!r} is ambiguous: {', '.join(candidates)}")
    if option is None:
        raise unknown_word("option", name, table.options)
    return sharing_variable(table.options, option.name)


def _parse_command_line(words: list[str], table: OptionTable) -> list[ParsedOption]:
    """Return the options of CRIU's own command line. Raises UsageError if CRIU would refuse it."""
    options: list[ParsedOption] = []
    for result in parse_words([encode(word) for word in words], table).results:
        if isinstance(result, ParseError):
            raise UsageError(f"CRIU's command line: {shorten(decode(result.message))}")
        if result.refusal is not None:
            raise UsageError(f"CRIU's command line: {shorten(result.refusal)}")
        if result.option.name in ("config", "no-default-config"):
            raise UsageError(f"pass --{result.option.name} to criulint, before the `--`")
        options.append(result)
    return options


def _parse_flags(words: list[str], invocation: Invocation, table: OptionTable) -> list[GivenFlag]:
    """Return the flags of a caller's own command line; warn about those that change nothing."""
    from criulint.criu.flags import read_flags

    try:
        given = read_flags(words, invocation, table)
    except ValueError as error:
        raise UsageError(str(error)) from None
    title = invocation.engine.title if invocation.engine else invocation.title
    for flag in given:
        if not flag.is_known:
            Console().warn(
                f"as far as criulint knows, {escape(flag.flag)} changes nothing that {title} sends"
            )
    return given


def _json(
    args: argparse.Namespace,
    release: str,
    files: list[ConfigFile],
    options: list[Effective],
    crash: Step | None,
) -> dict[str, Any]:
    stopping = first_stop(files)
    error: dict[str, Any] | None = None
    if stopping:
        line = stopping.error.line if stopping.error else None
        error = {"file": stopping.path, "line": line, "message": stopping.reason}
    elif crash:
        error = {"file": crash.origin.path, "line": crash.origin.line, "message": NO_ADDRESS}
    return {
        "criu": release,
        "caller": args.runtime,
        "command": args.command_,
        "files": [
            {"path": file.path, "role": file.role.value, "state": file.state, "reason": file.reason}
            for file in files
        ],
        "options": [_json_option(option) for option in options],
        "error": error,
    }


def _json_option(option: Effective) -> dict[str, Any]:
    steps = [
        {
            "from": step.origin.what,
            "file": step.origin.path,
            "line": step.origin.line,
            "name": step.name,
            "value": step.value,
            "effect": step.effect,
            "reason": step.reason,
        }
        for step in option.steps
    ]
    return {
        "option": option.option,
        "value": option.value,
        "list": option.is_list,
        "steps": steps,
    }
