# SPDX-License-Identifier: MIT
"""The settings of a run: arguments for them, and how they combine with configuration files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.chosen_criu import chosen_release, given_release
from criulint.cli import UsageError, add_group
from criulint.cli.inputs import add_release_argument
from criulint.configuration import ConfigurationError
from criulint.configuration.resolve import Resolver, option
from criulint.configuration.search import Search
from criulint.criu.context import Role

if TYPE_CHECKING:
    import argparse


def add_settings_arguments(parser: argparse.ArgumentParser, target: str = ".") -> None:
    """Add the arguments that a configuration file can replace, and those that choose the file.

    `target` is what examples check.
    """
    group = add_group(parser, "what reads the files", f"--criu 3.17.1 --runtime runc {target}")
    add_release_argument(group)
    group.add_argument(
        "--runtime",
        metavar="NAME[@VERSION]",
        help="what calls CRIU, such as runc, crun@1.26 or podman+runc (default: anything)",
    )
    group.add_argument(
        "--role",
        choices=[role.value for role in Role],
        help="which of CRIU's configuration files they are (default: by their paths)",
    )
    group.add_argument(
        "--for",
        dest="commands",
        action="append",
        metavar="COMMANDS",
        help="the CRIU commands that read them: dump, pre-dump, restore; comma-separated"
        " (default: all)",
    )
    group = add_group(parser, "rules", f"--select CRIU1,CRIU201 {target}")
    for name, what in (
        ("--select", "report only these rules"),
        ("--extend-select", "report these rules too"),
        ("--ignore", "do not report these rules"),
    ):
        group.add_argument(
            name,
            action="append",
            metavar="RULES",
            help=f"{what}: codes, names or prefixes of codes, comma-separated",
        )
    group.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        help="the lowest severity that makes the exit status 1 (default: warning)",
    )
    _add_sources(parser, target)


def add_release_and_configuration_arguments(parser: argparse.ArgumentParser, target: str) -> None:
    """Add the arguments for a command that only needs the release of each file and exclusions.

    `target` is what an example is about.
    """
    add_release_argument(parser)
    _add_sources(parser, target)


def _add_sources(parser: argparse.ArgumentParser, target: str) -> None:
    group = add_group(parser, "configuration", f"--isolated {target}")
    sources = group.add_mutually_exclusive_group()
    sources.add_argument(
        "--config",
        metavar="FILE",
        help="use this criulint.toml for all files (default: the nearest one above each)",
    )
    sources.add_argument(
        "--isolated", action="store_true", help="ignore criulint's own configuration files"
    )


def make_resolver(args: argparse.Namespace) -> Resolver:
    """Return what finds the settings of each file.

    UsageError if the command line or the ``--config`` cannot be used.
    """
    given = {}
    for key in ("criu", "runtime", "role", "fail-on"):
        value = getattr(args, key.replace("-", "_"), None)
        if value is not None:
            given[key] = value
    for key in ("commands", "select", "extend-select", "ignore"):
        value = getattr(args, key.replace("-", "_"), None)
        if value is not None:
            parts = (part.strip() for words in value for part in words.split(","))
            given[key] = [part for part in parts if part]
    configuration = None
    try:
        if "criu" in given:
            given["criu"] = given_release(given["criu"])
        if args.config is not None:
            from criulint.configuration.load import load_configuration

            configuration = load_configuration(args.config)
        search = Search() if args.config is None and not args.isolated else None
        return Resolver(given, configuration, search, choose=chosen_release)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
    except ValueError as error:
        key, _, message = str(error).partition(": ")
        raise UsageError(f"{option(key)}: {message}") from None
