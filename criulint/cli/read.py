# SPDX-License-Identifier: MIT
"""``criulint read``: what CRIU reads in a file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from criulint.cli import UsageError, add_format_argument
from criulint.cli.console import Console
from criulint.cli.inputs import read_input
from criulint.cli.settings import add_release_and_configuration_arguments, make_resolver
from criulint.cli.streams import show
from criulint.configuration import ConfigurationError
from criulint.criu.context import Role
from criulint.criu.outcome import Outcome
from criulint.criu.paths import RUNTIME_FILES, inferred_role
from criulint.criu.reading import Reading
from criulint.embedded.hosts import HEAD, HostError, follow_host, kind_of
from criulint.report.reading import render_reading
from criulint.report.terminal import style_for
from criulint.source import Source
from criulint.text import escape, to_json

if TYPE_CHECKING:
    import argparse

    from criulint.configuration.resolve import Resolver


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint read`` to its parser."""
    add_release_and_configuration_arguments(parser, RUNTIME_FILES[0])
    parser.add_argument(
        "--role",
        choices=[role.value for role in Role],
        help="which of CRIU's configuration files they are (default: by their paths)",
    )
    add_format_argument(parser, description="json prints one object per line and file")
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
            outcomes = _read_file(path, resolver, console)
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
                show("\n".join([*lines, *render_reading(outcome, style)]), style)
            is_first = False
    return status


def _read_file(path: str, resolver: Resolver, console: Console) -> list[Outcome]:
    """Return what CRIU reads in a file, or in each file that a host file writes.

    UsageError if it cannot be read.
    """
    settings = resolver.settings(path)
    if settings.note:
        console.warn(settings.note)
    return [
        Outcome(
            Reading(source, settings.release),
            settings.context.role or role or inferred_role(source.path),
        )
        for source, role in _sources(path, console)
    ]


def _sources(path: str, console: Console) -> list[tuple[Source, Role | None]]:
    """Return a file, or those that a host file writes, with the roles that it gives them."""
    data = read_input(path)
    kind = kind_of(path, data[:HEAD])
    if kind is None:
        return [(Source(data, path), None)]
    from criulint.embedded.model import UNKNOWN
    from criulint.linter.embedded_files import HostFile

    try:
        files = follow_host(Source(data, path), kind).files
    except HostError as error:
        raise UsageError(f"{escape(path)}: {error}") from None
    host = HostFile(Source(data, path))
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
