# SPDX-License-Identifier: GPL-2.0-only
"""The settings of a run: the arguments for them, and what they make together with configuration files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.cli.inputs import add_release_argument
from criulint.configuration import ConfigurationError, Search
from criulint.configuration.resolve import Resolver, option
from criulint.criu.context import Role

if TYPE_CHECKING:
    from criulint.host.filesystem import FindHost


def add_settings_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what also a configuration file can say, and which file that is."""
    group = parser.add_argument_group("who reads the files")
    add_release_argument(group)
    group.add_argument(
        "--runtime",
        metavar="NAME[@VERSION]",
        help="who calls CRIU, as runc or crun@1.26 (default: it may be anybody)",
    )
    group.add_argument(
        "--role",
        choices=[role.value for role in Role],
        help="which of CRIU's files they are (default: what their paths say)",
    )
    group.add_argument(
        "--for",
        dest="commands",
        action="append",
        metavar="COMMANDS",
        help="the commands of CRIU they are for: dump, pre-dump, restore, with commas (default: all)",
    )
    group = parser.add_argument_group("rules")
    for name, what in (
        ("--select", "to report"),
        ("--extend-select", "to report too, besides the usual or selected ones"),
        ("--ignore", "not to report"),
    ):
        group.add_argument(
            name,
            action="append",
            metavar="RULES",
            help=f"codes, names or beginnings of codes {what}, with commas",
        )
    group.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        help="the least severity that makes the exit status 1 (default: warning)",
    )
    _add_sources(parser)


def add_release_and_configuration_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a command needs that asks for nothing but the release of each file, and which files are excluded."""
    add_release_argument(parser)
    _add_sources(parser)


def _add_sources(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("configuration")
    sources = group.add_mutually_exclusive_group()
    sources.add_argument(
        "--config",
        metavar="FILE",
        help="the configuration for all files (default: the closest one above each)",
    )
    sources.add_argument("--isolated", action="store_true", help="use no configuration file")


def resolver(args: argparse.Namespace, locate: FindHost | None = None) -> Resolver:
    """What finds the settings of each file. UsageError if the command line or the ``--config`` can't be used."""
    given = {}
    for key in ("criu", "runtime", "role", "fail-on"):
        value = getattr(args, key.replace("-", "_"), None)
        if value is not None:
            given[key] = value
    for key in ("commands", "select", "extend-select", "ignore"):
        value = getattr(args, key.replace("-", "_"), None)
        if value is not None:
            given[key] = [
                word for words in value for part in words.split(",") if (word := part.strip())
            ]
    configuration = None
    try:
        if args.config is not None:
            from criulint.configuration.load import load

            configuration = load(args.config)
        search = Search() if args.config is None and not args.isolated else None
        return Resolver(given, configuration, search, locate)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
    except ValueError as error:
        key, _, message = str(error).partition(": ")
        raise UsageError(f"{option(key)}: {message}") from None
