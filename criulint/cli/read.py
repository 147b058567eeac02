# SPDX-License-Identifier: MIT
"""``criulint read``: what CRIU reads in a file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.cli.console import Console
from criulint.cli.inputs import read_input
from criulint.cli.settings import add_release_and_configuration_arguments, make_resolver
from criulint.cli.streams import show
from criulint.configuration import ConfigurationError
from criulint.criu.context import Role
from criulint.criu.getopt import ErrorKind
from criulint.criu.narration import narrate
from criulint.criu.outcome import Outcome
from criulint.criu.paths import inferred_role
from criulint.criu.reading import Reading
from criulint.embedded.hosts import HEAD, HostError, follow, kind_of
from criulint.report.terminal import BOLD, CYAN, RED, YELLOW, Cell, Style, lay_out_table, style_for
from criulint.source import Source, decode
from criulint.text import escape, plural, shorten, to_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_VERBS = {ErrorKind.EXIT: "exits", ErrorKind.CRASH: "crashes"}


# Columns of a line's text, where a table may be of any width.
_MAX_WIDTH = 50


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint read`` to its parser."""
    add_release_and_configuration_arguments(parser, "/etc/criu/runc.conf")
    parser.add_argument(
        "--role",
        choices=[role.value for role in Role],
        help="which of CRIU's configuration files they are (default: by their paths)",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="json prints one object per line and file",
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a configuration file, or one that writes some; - is standard input",
    )


def run(args: argparse.Namespace) -> int:
    """Print the reading of each file; return 2 if a file cannot be read."""
    resolver = make_resolver(args)
    console = Console()
    style = style_for(sys.stdout, "auto")
    status = 0
    is_first = True
    for path in args.files:
        try:
            settings = resolver.settings(path)
            if settings.note:
                console.warn(settings.note)
            outcomes = [
                Outcome(
                    Reading(source, settings.release),
                    settings.context.role or role or inferred_role(source.path),
                )
                for source, role in _sources(path, console)
            ]
        except ConfigurationError as error:
            raise UsageError(str(error)) from None
        except UsageError as error:
            print(f"criulint: error: {error}", file=sys.stderr)
            status = 2
            continue
        for outcome in outcomes:
            if args.format == "json":
                print(to_json(outcome.to_json()))
            else:
                lines = [] if is_first else [""]
                show("\n".join([*lines, *_text(outcome, style)]), style)
            is_first = False
    return status


def _sources(path: str, console: Console) -> list[tuple[Source, Role | None]]:
    """Return a file, or the files that it writes, with the roles that it gives them."""
    data = read_input(path)
    kind = kind_of(path, data[:HEAD])
    if kind is None:
        return [(Source(data, path), None)]
    from criulint.embedded.hosted import UNKNOWN
    from criulint.linter.hosts import Host

    try:
        files = follow(Source(data, path), kind).files
    except HostError as error:
        raise UsageError(f"{escape(path)}: {error}") from None
    host = Host(Source(data, path))
    if not files:
        console.note(f"{escape(path)}: no CRIU configuration found in it")
    return [
        (
            Source(
                file.data.replace(UNKNOWN.encode(), "…".encode()),
                f"{path}:{host.place(file.command)[0]}:{file.shown_path}",
            ),
            Role(file.role) if file.role else None,
        )
        for file in files
    ]


def _text(outcome: Outcome, style: Style) -> Iterator[str]:
    reading = outcome.reading
    path = reading.source.path or ""
    name = style.paint(style.link_path(escape(path), path), BOLD)
    yield f"{name} as CRIU {reading.release} reads it:"
    rows = list(_rows(outcome))
    if rows:
        yield from lay_out_table(rows, style, _MAX_WIDTH)
    if reading.undefined:
        yield from style.wrap(_undefined_note(reading), 0, 0)
    stop = outcome.stop
    if stop:
        from criulint.filetype import foreign_type

        message = shorten(stop.message) or "without a message"
        verb = _VERBS.get(stop.kind, "stops")
        lines = style.wrap(f"CRIU {reading.release} {verb} at line {stop.line}: {message}", 0, 0)
        yield from (style.paint(line, f"{RED};{BOLD}") for line in lines)
        foreign = foreign_type(reading)
        if foreign:
            yield f"This is {foreign.name}, not a CRIU configuration file"
    else:
        options = plural(len(outcome.options), "option")
        words = plural(len(outcome.dropped), "word")
        yield f"CRIU accepts the file: {options} set, {words} ignored"


def _rows(outcome: Outcome) -> Iterator[tuple[Cell, str, Cell]]:
    """Yield a row for each line: its number, its text, and what CRIU does with it."""
    reading, stop = outcome.reading, outcome.stop
    effects: dict[int, list[str]] = {}
    for number, effect in narrate(reading, outcome):
        effects.setdefault(number, []).append(effect)
    used = set(reading.word_lines)
    for number, line in enumerate(reading.source.lines, 1):
        told = effects.get(number, [])
        if stop and number > stop.line and number in used:
            told = ["not reached"]
        elif stop and number < stop.line and number in used and not (told and outcome.options):
            told = ["not set"]  # CRIU refuses the file before it sets anything
        elif not told and number not in used and line.strip():
            told = ["comment" if line.lstrip().startswith(b"#") else "nothing"]
        effect = "; ".join(told)
        yield Cell(f"{number:>5}", CYAN), shorten(decode(line)), Cell(effect, _colour(effect))


def _colour(effect: str) -> str:
    if "refused" in effect or effect.startswith(("exits", "crashes")):
        return RED
    return YELLOW if effect.startswith("not ") or "ignores" in effect else ""


def _undefined_note(reading: Reading) -> str:
    if reading.uses_scanner_3_16:
        return (
            "CRIU reads beyond its buffers in this file; this is what it reads if the memory there"
            " is empty"
        )
    return "CRIU reads beyond its buffers in this file: what it sets is unpredictable"
