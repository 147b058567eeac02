# SPDX-License-Identifier: GPL-2.0-only
"""``criulint read``: what CRIU reads in a file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator

from criulint.cli import UsageError
from criulint.cli.console import Console
from criulint.cli.inputs import read_input
from criulint.cli.settings import add_release_and_configuration_arguments, make_resolver
from criulint.configuration import ConfigurationError
from criulint.criu.narration import effects_of
from criulint.criu.reading import Reading
from criulint.source import Source, decode
from criulint.text import escape, shorten


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint read`` to its parser."""
    add_release_and_configuration_arguments(parser)
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="json prints one object a line and file",
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a configuration file; - is standard input"
    )


def run(args: argparse.Namespace) -> int:
    """Print the reading of each file; 2 if one can't be read."""
    resolver = make_resolver(args)
    console = Console()
    status = 0
    for number, path in enumerate(args.files):
        try:
            settings = resolver.settings(path)
            if settings.note:
                console.warn(settings.note)
            reading = Reading(Source(read_input(path), path), settings.release)
        except ConfigurationError as error:
            raise UsageError(str(error)) from None
        except UsageError as error:
            print(f"criulint: error: {error}", file=sys.stderr)
            status = 2
            continue
        if args.format == "json":
            print(json.dumps(reading.to_json()))
        else:
            if number:
                print()
            print("\n".join(_text(reading)))
    return status


def _text(reading: Reading) -> Iterator[str]:
    yield f"{escape(reading.source.path or '')} as CRIU {reading.release} reads it:"
    lines = [shorten(decode(line)) for line in reading.source.lines]
    width = min(max((len(line) for line in lines), default=0), 50)
    effects: dict[int, list[str]] = {}
    for number, effect in effects_of(reading):
        effects.setdefault(number, []).append(effect)
    for number, line in enumerate(lines, 1):
        told = "; ".join(effects.get(number, ()))
        yield f"{number:>5}  {line:<{width}}  {told}".rstrip()
    if reading.undefined:
        yield (
            "CRIU's C code leaves its memory while reading this file: what it then reads can't be told"
            if not reading.uses_scanner_3_16
            else "CRIU's C code reads memory beside its buffers here; shown is what it reads if that is empty"
        )
    error = reading.error
    if error:
        yield f"CRIU stops at line {error.line}: {shorten(error.message)}"
    else:
        yield f"CRIU takes the file: {len(reading.options)} options set, {len(reading.dropped)} words ignored"
