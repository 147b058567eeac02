# SPDX-License-Identifier: GPL-2.0-only
"""``criulint effective``: which value of each option wins, and from which file.

The JSON report is one object: ``criu``, ``caller`` (or null), ``command``; ``files``, each with ``path``, ``role``,
``state`` (``read``, ``missing``, ``not-read``, ``refused``) and ``reason``; ``options``, each with ``option``, ``value``,
``list`` and ``steps`` (``from``, ``file``, ``line``, ``name``, ``value``, ``effect``, ``reason``); ``error``, null or the
first refusal with ``file``, ``line`` and ``message``.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from criulint.cli import UsageError
from criulint.cli.inputs import add_release_argument, read_input, unknown_word
from criulint.configuration import ConfigurationError
from criulint.configuration.release import chosen_release
from criulint.criu.context import COMMANDS, Context, Role
from criulint.criu.getopt import Error, Found, parse
from criulint.criu.options import option_table
from criulint.criu.precedence import (
    Effective,
    Layer,
    Value,
    command_line_layer,
    effective,
    file_layer,
)
from criulint.criu.reading import ReadError, Reading
from criulint.criu.runtimes import Runtime, engine_of, find_caller, runtimes_of
from criulint.criu.settings import Settings
from criulint.host.filesystem import look
from criulint.host.local import Directory
from criulint.source import Source, decode, encode
from criulint.text import escape, shorten

_DEFAULT_FILE = "/etc/criu/default.conf"


class _File(NamedTuple):
    """A file that CRIU may read. `state` is as in the JSON report; `reason` says why it is not read, or refused."""

    path: str
    role: Role
    state: str = "read"
    reason: str = ""
    error: ReadError | None = None
    settings: Settings | None = None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint effective`` to its parser."""
    add_release_argument(parser)
    parser.add_argument(
        "--runtime",
        metavar="NAME[@VERSION]",
        help="who calls CRIU: runc, crun, youki, lxc, or an engine such as podman (default: the command line)",
    )
    parser.add_argument(
        "--for",
        dest="command_",
        choices=COMMANDS,
        default="dump",
        help="the command of CRIU (default: dump)",
    )
    parser.add_argument("--root", metavar="DIR", help="take this directory for /")
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="the file that `criu --config` names; replaces the default files",
    )
    parser.add_argument(
        "--rpc",
        metavar="FILE",
        help="the file that an RPC client names, as by the annotation org.criu.config",
    )
    parser.add_argument(
        "--explain", metavar="OPTION", help="tell one option's story from first to last"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "words", nargs="*", metavar="-- OPTION", help="CRIU's own options on the command line"
    )


def run(args: argparse.Namespace) -> int:
    """Print what is effective; 1 if CRIU refuses one of the files."""
    try:
        release = chosen_release(args.criu)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
    table = option_table(release)
    try:
        caller = find_caller(args.runtime) if args.runtime else None
    except ValueError as error:
        raise UsageError(f"--runtime: {error}") from None
    if args.root is not None and not os.path.isdir(args.root):
        raise UsageError(f"--root: {escape(args.root)}: not a directory")
    runtime, version = runtimes_of(caller)[0] if caller else (None, None)
    rpc = bool(args.rpc) or bool(runtime and runtime.rpc)
    if args.rpc and runtime and not runtime.files:
        raise UsageError(f"--rpc: {runtime.title} names no file to CRIU")
    if args.config and rpc:
        raise UsageError(
            "--config: a program that speaks to CRIU over RPC gives it no command line"
        )
    words = _command_line(args.words, release)

    files = [
        _read(file, args.root, release, args.command_)
        for file in _files(args, runtime, version, release)
    ]
    layers = [
        file_layer(file.role, file.settings, file.path)
        for file in files
        if file.settings and file.role is not Role.RPC
    ]
    title = runtime.title if runtime else ""
    engine = engine_of(caller)
    if runtime:
        sent = {each.option: each for each in runtime.all_sent(args.command_, version)}
        sent |= {each.option: each for each in (engine.all_sent(args.command_) if engine else ())}
        layers.append(Layer(None, (), tuple(sent.values())))
    layers.append(command_line_layer(words))
    layers += [
        file_layer(file.role, file.settings, file.path)
        for file in files
        if file.settings and file.role is Role.RPC
    ]
    options = effective(table, layers, title, rpc=rpc)
    refused = next((file for file in files if file.error), None)

    if args.explain:
        name = args.explain.removeprefix("--")
        option, candidates = table.resolve(encode(name))
        if candidates:
            raise UsageError(f"--explain: {name!r} may be {', '.join(candidates)}")
        if option is None:
            raise unknown_word("option", name, table.options)
        positive = option.facts.get("x-criu-negates", option.name)
        wanted = {
            positive,
            *({"daemon", "restore-detached"} if positive in ("daemon", "restore-detached") else ()),
        }
        wanted |= {"leave-running", "leave-stopped"} if positive.startswith("leave-") else set()
        options = [each for each in options if each.option in wanted]
    if args.format == "json":
        print(json.dumps(_json(args, release, files, options), indent=2))
    else:
        above = f" under {engine.title}" if engine else ""
        about = (
            f"CRIU {release}"
            + (f", called by {title}{above}" if title else "")
            + f", for {args.command_}"
        )
        print("\n".join(_text(about, files, options, args.explain, table.options)))
    return int(refused is not None)


def _command_line(words: list[str], release: str) -> list[Found]:
    """The options among CRIU's own words. UsageError for what CRIU would refuse."""
    parsed = parse([encode(word) for word in words], option_table(release))
    for event in parsed.events:
        if isinstance(event, Error):
            raise UsageError(f"CRIU's command line: {shorten(decode(event.message))}")
        if event.refusal is not None:
            raise UsageError(f"CRIU's command line: {shorten(event.refusal)}")
        if event.option.name in ("config", "no-default-config"):
            raise UsageError(f"give --{event.option.name} to criulint, in front of the `--`")
    return [event for event in parsed.events if isinstance(event, Found)]


def _files(
    args: argparse.Namespace, runtime: Runtime | None, version: str | None, release: str
) -> Iterator[_File]:
    """The files in CRIU's order, those too that it does not read."""
    engine = engine_of(find_caller(args.runtime)) if args.runtime else None
    inside = args.root is not None
    home = "/root" if inside else os.environ.get("HOME", "")
    variable = "" if inside else os.environ.get("CRIU_CONFIG_FILE", "")
    replaced = f"--config {args.config} replaces it" if args.config else ""

    def stripped(name: str) -> str:
        if engine and engine.strips(name, args.command_):
            return f"{engine.title} starts the runtime without {name}"
        return ""

    yield _File(_DEFAULT_FILE, Role.DEFAULT, "not-read" if replaced else "read", replaced)
    if home:
        reason = replaced or stripped("HOME")
        yield _File(
            os.path.join(home, ".criu/default.conf"),
            Role.USER,
            "not-read" if reason else "read",
            reason,
        )
    if variable:
        reason = stripped("CRIU_CONFIG_FILE")
        yield _File(variable, Role.ENV, "not-read" if reason else "read", reason)
    if args.config:
        yield _File(args.config, Role.CLI)
    if args.rpc:
        yield _File(args.rpc, Role.RPC)
    elif runtime:
        for file in runtime.files:
            if not runtime.reads(file.path, version, release):
                needs = f"{runtime.title} {file.since}" + (
                    f" and CRIU {file.criu}" if file.criu else ""
                )
                yield _File(file.path, Role.RPC, "not-read", f"that takes {needs} or later")
            elif file.only_without and os.path.isfile(_place(file.only_without, args.root)[1]):
                yield _File(
                    file.path,
                    Role.RPC,
                    "not-read",
                    f"{runtime.title} takes {file.only_without} instead",
                )
            else:
                yield _File(file.path, Role.RPC)


def _place(path: str, root: str | None) -> tuple[str, str]:
    """What to call a file, and where it is; links in a root lead to places in it."""
    if root is None:
        return path, path
    machine = Directory(root)
    seen = look(machine, path)
    name = os.path.join(root, path.lstrip("/"))
    return name, os.fsdecode(machine.real(seen.path)) if seen and not seen.missing else os.devnull


def _read(file: _File, root: str | None, release: str, command: str) -> _File:
    given = file.role is Role.CLI or not os.path.isabs(file.path)
    path, real = (file.path, file.path) if given else _place(file.path, root)
    file = file._replace(path=path)
    if file.state != "read":
        return file
    if not os.path.isfile(real):
        return file._replace(state="missing")
    opener = None if given or root is None else Directory(root).opener
    reading = Reading(Source(read_input(real, opener), path), release)
    if reading.error:
        return file._replace(state="refused", reason=reading.error.message, error=reading.error)
    return file._replace(settings=Settings(reading, Context(file.role, commands=(command,))))


def _json(
    args: argparse.Namespace, release: str, files: list[_File], options: list[Effective]
) -> dict[str, Any]:
    refused = next((file for file in files if file.error), None)
    return {
        "criu": release,
        "caller": args.runtime,
        "command": args.command_,
        "files": [
            {"path": file.path, "role": file.role.value, "state": file.state, "reason": file.reason}
            for file in files
        ],
        "options": [
            {
                "option": option.option,
                "value": option.value,
                "list": option.is_list,
                "steps": [
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
                ],
            }
            for option in options
        ],
        "error": refused
        and refused.error
        and {"file": refused.path, "line": refused.error.line, "message": refused.error.message},
    }


def _text(
    about: str,
    files: list[_File],
    options: list[Effective],
    explain: str | None,
    table: dict[str, Any],
) -> Iterator[str]:
    yield about
    for file in files:
        state = file.state if file.state != "not-read" else "not read"
        yield f"  {escape(file.path)}: {state}" + (
            f" ({escape(file.reason)})" if file.reason else ""
        )
    refused = next((file for file in files if file.error), None)
    if refused and refused.error:
        yield ""
        yield f"CRIU refuses {escape(refused.path)}:{refused.error.line}: {shorten(refused.error.message)}"
        yield "Every command fails until that is mended."
        return
    yield ""
    if explain:
        yield from _story(explain, options, table)
        return
    if not options:
        yield "Nothing is set."
        return
    rows = [("OPTION", "VALUE", "FROM", "")]
    for option in options:
        told = [step for step in option.steps if step.effect in ("wins", "adds")]
        if option.is_list:
            rows += [
                (option.option, _shown(step.value), escape(str(step.origin)), "") for step in told
            ]
        else:
            winner = told[-1] if told else None
            dead = [
                f"{escape(str(step.origin))} ({_shown(step.value)})"
                for step in option.steps
                if step.effect == "overridden"
            ]
            note = f"overrides {', '.join(dead)}" if dead else ""
            rows.append(
                (
                    option.option,
                    _shown(option.value),
                    escape(str(winner.origin)) if winner else "CRIU's default",
                    note,
                )
            )
        rows += [
            ("", _shown(step.value), escape(str(step.origin)), f"ignored: {step.reason}")
            for step in option.steps
            if step.effect == "ignored"
        ]
    widths = [min(max(len(row[column]) for row in rows), 60) for column in range(3)]
    for row in rows:
        cells = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))
        yield f"{cells}  {row[3]}".rstrip()


def _story(explain: str, options: list[Effective], table: dict[str, Any]) -> Iterator[str]:
    name = explain.removeprefix("--")
    default = table[name].facts.get("x-criu-default") if name in table else None
    if default is not None:
        yield f"CRIU's default of {name} is {_shown(default)}."
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
            value = "" if step.name.startswith("no-") else f" {_shown(step.value)}"
            yield f"{escape(str(step.origin))}: {step.name}{value}: {effect}"


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else shorten(str(value))
