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

import os
import sys
from typing import TYPE_CHECKING, Any

from criulint.cli import UsageError
from criulint.cli.console import Console
from criulint.cli.context import choose_release, find_caller
from criulint.cli.inputs import add_release_argument, read_input, unknown_word
from criulint.cli.streams import show
from criulint.criu.context import COMMANDS
from criulint.criu.getopt import ParsedOption, ParseError, parse
from criulint.criu.options import Option, OptionTable, option_table
from criulint.criu.precedence import (
    Caller,
    ConfigFile,
    Effective,
    Step,
    Value,
    effective,
    order_layers,
    sharing_variable,
)
from criulint.criu.runtimes import engine_of, runtimes_of
from criulint.host.config_files import ConfigFiles, first_stop
from criulint.report.terminal import (
    BOLD,
    CYAN,
    GREEN,
    RED,
    YELLOW,
    Cell,
    Style,
    lay_out_rows,
    lay_out_table,
    style_for,
)
from criulint.source import decode, encode
from criulint.text import escape, shorten, to_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from criulint.criu.flags import Given
    from criulint.source import Source

# The home directory on a machine that is not this one.
_HOME = "/root"
_NO_ADDRESS = "every dump with `page-server` needs an `address`, and nothing sets one"


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
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="the format (default: %(default)s)",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="-- OPTION",
        help="CRIU's own options on the command line, or those of the runtime or engine",
    )


def run(args: argparse.Namespace) -> int:
    """Print what is effective; return 1 if CRIU stops at one of them, or crashes after."""
    release = choose_release(args.criu)
    table = option_table(release)
    caller = _find_caller(args)
    wanted = _explained_options(args.explain, table) if args.explain else None
    words, given = [], []
    if caller.runtime:
        given = _parse_flags(args.words, caller, table)
    elif caller.rpc and args.words:
        raise UsageError("an RPC client gives CRIU no command line")
    else:
        words = _parse_command_line(args.words, table)

    machine = _collect(args)
    host = ConfigFiles(args.root, args.config, args.rpc, read_input, machine)
    files = host.read(caller, release)
    layers = order_layers(files, caller, words, release, given)
    options = effective(table, layers, caller.title, rpc=caller.rpc)
    crash = _crash_of_dump(options) if args.command_ in ("dump", "pre-dump") else None
    if wanted is not None:
        options = [option for option in options if option.option in wanted]
    if args.format == "json":
        print(to_json(_json(args, release, files, options, crash), indent=2))
    else:
        style = style_for(sys.stdout, "auto")
        report = _Text(style, caller, files)
        show("\n".join(report.lines(release, options, args.explain, table)), style)
        if crash and not first_stop(files):
            message = f"CRIU crashes because of {escape(str(crash.origin))}: {_NO_ADDRESS}"
            show("\n".join(["", *report.alarm(message)]), style)
    return int(crash is not None or first_stop(files) is not None)


def _collect(args: argparse.Namespace) -> dict[str, Source] | None:
    """Return the files that `--from` names, by their paths on a machine."""
    if not args.origins:
        return None
    if args.root is not None:
        raise UsageError("--from cannot be combined with --root")
    from criulint.cli.machine import collect

    return collect(args.origins, _HOME)


def _find_caller(args: argparse.Namespace) -> Caller:
    """Return who calls CRIU. Raises UsageError if the arguments contradict each other."""
    if args.root is not None and not os.path.isdir(args.root):
        raise UsageError(f"--root: {escape(args.root)}: not a directory")
    named = find_caller(args.runtime)
    runtime, version = runtimes_of(named)[0] if named else (None, None)
    rpc = args.rpc is not None or bool(runtime and runtime.rpc)
    if args.rpc is not None and runtime and not runtime.files:
        raise UsageError(f"--rpc: {runtime.title} passes no file to CRIU")
    if args.config and rpc:
        raise UsageError("--config: an RPC client gives CRIU no command line")
    engine = engine_of(named)
    engine_version = named.version if named and engine else None
    return Caller(runtime, version, engine, engine_version, args.command_, rpc)


def _explained_options(explain: str, table: OptionTable) -> frozenset[str]:
    """Return the options that set the same variable. Raises UsageError for an unknown option."""
    name = explain.removeprefix("--")
    option, candidates = table.resolve(encode(name))
    if candidates:
        raise UsageError(f"--explain: {name!r} is ambiguous: {', '.join(candidates)}")
    if option is None:
        raise unknown_word("option", name, table.options)
    return sharing_variable(table.options, option.name)


def _parse_command_line(words: list[str], table: OptionTable) -> list[ParsedOption]:
    """Return the options in CRIU's own words. Raises UsageError for what CRIU would refuse."""
    options: list[ParsedOption] = []
    for result in parse([encode(word) for word in words], table).results:
        if isinstance(result, ParseError):
            raise UsageError(f"CRIU's command line: {shorten(decode(result.message))}")
        if result.refusal is not None:
            raise UsageError(f"CRIU's command line: {shorten(result.refusal)}")
        if result.option.name in ("config", "no-default-config"):
            raise UsageError(f"pass --{result.option.name} to criulint, before the `--`")
        options.append(result)
    return options


def _parse_flags(words: list[str], caller: Caller, table: OptionTable) -> list[Given]:
    """Return the flags of a caller's own command line; warn of those that change nothing."""
    from criulint.criu.flags import read_flags

    try:
        given = read_flags(words, caller, table)
    except ValueError as error:
        raise UsageError(str(error)) from None
    title = caller.engine.title if caller.engine else caller.title
    for flag in given:
        if not flag.is_known:
            Console().warn(
                f"{escape(flag.flag)} changes nothing that {title} sends, as far as known"
            )
    return given


def _crash_of_dump(options: list[Effective]) -> Step | None:
    """Return the step that makes each dump crash: ``page-server`` where nothing sets ``address``.

    Sources: criu/page-xfer.c, ``connect_to_page_server``; criu/util.c, ``setup_tcp_client``.
    """
    by_name = {option.option: option for option in options}
    server = by_name.get("page-server")
    if server is None or server.value is not True:
        return None
    if any(name in by_name and by_name[name].winners for name in ("address", "ps-socket")):
        return None
    return next((step for step in server.winners if step.origin.path), None)


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
        error = {"file": crash.origin.path, "line": crash.origin.line, "message": _NO_ADDRESS}
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


def _headline(release: str, caller: Caller) -> str:
    called = f", called by {caller.title}" if caller.runtime else ""
    under = f" under {caller.engine.title}" if caller.engine else ""
    return f"CRIU {release}{called}{under}, for {caller.command}"


class _Text:
    """What people read, in a `style`, of a `caller` and the `files` that it makes CRIU read."""

    def __init__(self, style: Style, caller: Caller, files: list[ConfigFile]) -> None:
        self._style = style
        self._caller = caller
        self._files = files

    def lines(
        self, release: str, options: list[Effective], explain: str | None, table: OptionTable
    ) -> Iterator[str]:
        """Yield the lines about `options`, or the story of the one to `explain`."""
        yield self._style.paint(_headline(release, self._caller), BOLD)
        for file in self._files:
            yield from self._file(file)
        yield ""
        stopping = first_stop(self._files)
        if stopping and stopping.error:
            yield from self._stop(stopping)
        elif stopping:
            title = self._caller.title
            yield from self.alarm(
                f"{title} does not call CRIU: every checkpoint and restore fails."
            )
        elif explain:
            yield from self._explain(explain.removeprefix("--"), options, table.options)
        elif not options:
            yield "Nothing is set."
        elif self._style.width is None:
            yield from self._table(options)
        else:
            yield from self._list(options)

    def alarm(self, message: str) -> list[str]:
        """Return the lines of a message about what goes wrong."""
        return [
            self._style.paint(line, f"{RED};{BOLD}") for line in self._style.wrap(message, 0, 0)
        ]

    def _file(self, file: ConfigFile) -> Iterator[str]:
        state = file.state.replace("-", " ")
        path = escape(file.path) or "empty annotation"
        reason = f" ({escape(file.reason)})" if file.reason else ""
        first, *others = self._style.wrap(f"{path}: {state}{reason}", 2, 6)
        if file.path and file.state not in ("missing", "not-read") and first.startswith(path):
            first = self._style.link_path(path, file.path) + first[len(path) :]
        colour = RED if file.state in ("refused", "exits", "crashes") else ""
        yield f"  {self._style.paint(first, colour)}"
        yield from (f"      {self._style.paint(line, colour)}" for line in others)

    def _stop(self, stopping: ConfigFile) -> Iterator[str]:
        assert stopping.error
        verb = {"exits": "exits at", "crashes": "crashes at"}.get(stopping.state, "refuses")
        place = f"{escape(stopping.path)}:{stopping.error.line}"
        message = shorten(stopping.error.message) or "without a message"
        yield from self.alarm(f"CRIU {verb} {place}: {message}")
        if stopping.foreign:
            yield f"This is {stopping.foreign}, not a CRIU configuration file."
        if stopping.state == "exits":
            yield "No command does its work until this is fixed."
        else:
            yield "Every command fails until this is fixed."

    def _table(self, options: list[Effective]) -> Iterator[str]:
        """Yield a table for what is no terminal: one line for each value, also those ignored."""
        rows = [
            row
            for option in options
            for row in (
                *((*values, note) for values, note in _winners(option)),
                *(
                    (Cell(option.option), *_value(step), f"ignored: {step.reason}")
                    for step in option.steps_with("ignored")
                ),
            )
        ]
        header = ("OPTION", "VALUE", "FROM", "NOTE" if any(row[3] for row in rows) else "")
        bold = [Cell(title, BOLD) for title in header]
        yield from lay_out_table([bold, *rows], self._style)

    def _list(self, options: list[Effective]) -> Iterator[str]:
        """Yield a table for a terminal: what loses stands below what wins."""
        rows: list[tuple[Cell, ...]] = [tuple(Cell(title, BOLD) for title in _TITLES)]
        notes: list[list[tuple[str, str]]] = [[]]
        for option in options:
            for values, _ in _winners(option):
                rows.append(values)
                notes.append([])
            notes[-1] += [
                (f"overrides {_place(step)}", "") for step in option.steps_with("overridden")
            ]
            notes[-1] += [
                (f"ignored: {_place(step)}: {step.reason}", YELLOW)
                for step in option.steps_with("ignored")
            ]
        for lines, below in zip(lay_out_rows(rows, self._style), notes, strict=True):
            yield from lines
            for note, colour in below:
                for number, line in enumerate(self._style.wrap(note, 4, 6)):
                    yield f"{'      ' if number else '    '}{self._style.paint(line, colour)}"

    def _explain(
        self, name: str, options: list[Effective], table: Mapping[str, Option]
    ) -> Iterator[str]:
        """Yield the story of one option, first to last."""
        default = table[name].default if name in table else None
        if default is not None:
            yield f"CRIU's default of {name} is {_describe(default)}."
        if not options:
            yield f"Nothing sets {name}."
        for option in options:
            for step in option.steps:
                effect = {
                    "wins": "this is what counts",
                    "adds": "added",
                    "overridden": f"overridden by {escape(step.reason)}",
                    "ignored": f"ignored: {step.reason}",
                }[step.effect]
                is_bare = step.value is None or step.name.startswith("no-")
                value = "" if is_bare else f" {_describe(step.value)}"
                line = f"{escape(str(step.origin))}: {step.name}{value}: {effect}"
                first, *others = self._style.wrap(line, 0, 4)
                colour = {"wins": GREEN, "adds": GREEN, "ignored": YELLOW}.get(step.effect, "")
                yield self._style.paint(first, colour)
                yield from (f"    {self._style.paint(line, colour)}" for line in others)


_TITLES = ("OPTION", "VALUE", "FROM")


def _winners(option: Effective) -> Iterator[tuple[tuple[Cell, Cell, Cell], str]]:
    """Yield the values of an option that count, each with what it overrides."""
    name = Cell(option.option, BOLD)
    if option.is_list:
        for step in option.winners:
            yield (name, *_value(step)), ""
        return
    winner = next(iter(option.winners), None)
    overridden = ", ".join(_place(step) for step in option.steps_with("overridden"))
    note = f"overrides {overridden}" if overridden else ""
    origin = Cell(escape(str(winner.origin)) if winner else "CRIU's default", CYAN)
    yield (name, Cell(_describe(option.value)), origin), note


def _value(step: Step) -> tuple[Cell, Cell]:
    return Cell(_describe(step.value)), Cell(escape(str(step.origin)), CYAN)


def _place(step: Step) -> str:
    return f"{escape(str(step.origin))} ({_describe(step.value)})"


def _describe(value: Value) -> str:
    """Return a value in words, also one that is not there, or empty."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "no value"
    return shorten(str(value)) if str(value).strip() else "empty"
