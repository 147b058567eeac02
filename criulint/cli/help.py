# SPDX-License-Identifier: MIT
"""``criulint help``: the help of criulint, or of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.cli import command_names, command_parser, full_parser
from criulint.cli.inputs import unknown_word

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint help`` to its parser."""
    parser.add_argument(
        "topic", nargs="?", metavar="COMMAND", help="the command (default: criulint itself)"
    )


def run(args: argparse.Namespace) -> int:
    """Print the help; return 0. UsageError if there is no such command."""
    parser = full_parser()
    if args.topic is None:
        parser.print_help()
        return 0
    known = command_names()
    if args.topic not in known:
        raise unknown_word("command", args.topic, known)
    command_parser(parser, args.topic).print_help()
    return 0
