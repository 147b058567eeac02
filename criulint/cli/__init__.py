# SPDX-License-Identifier: GPL-2.0-only
"""The command line: arguments in, exit status out. A module for each command, imported only when it runs.

Exit status: 0 nothing at or above the threshold, 1 findings, 2 usage or unreadable input, 3 a bug in criulint.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from criulint import __version__

_COMMANDS = {
    "check": "check configuration files",
    "image": "check what is inside of container images",
    "format": "bring configuration files into the canonical layout",
    "read": "show what CRIU reads in configuration files",
    "effective": "show which value of each option wins, and from which file",
    "rule": "explain the rules",
    "schema": "list, show, compare, make and apply the schemas of CRIU's options",
    "lsp": "serve editors: the language server",
    "completion": "print what makes a shell complete criulint's arguments",
}


class UsageError(Exception):
    """Something the user has to mend, told in one line; the exit status is 2."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run criulint with `arguments` (default: the process's own); the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        # A daemon's child may have none of them.
        stream = getattr(sys, name) or open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115
        # A path or a value may hold bytes that the terminal's encoding has no character for.
        if name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
        setattr(sys, name, stream)
    try:
        args = _parse(words)
        status: int = import_module(f"criulint.cli.{args.command}").run(args)
        sys.stdout.flush()
    except UsageError as error:
        return _complain(f"error: {error}", 2)
    except BrokenPipeError:
        # The reader has what it wanted; Python would complain once more when it flushes at exit.
        _discard_output()
        return 1
    except OSError as error:
        _discard_output()
        return _complain(f"error: cannot write the report: {error.strerror or error}", 2)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("CRIULINT_TRACEBACK"):
            raise
        place = f"{type(error).__name__}: {error}".splitlines()[0]
        return _complain(
            f"internal error: {place} (please report it; CRIULINT_TRACEBACK=1 shows where it is)", 3
        )
    return status


def _complain(message: str, status: int) -> int:
    print(f"criulint: {message}", file=sys.stderr)
    return status


def _discard_output() -> None:
    """Make what is still to be written go nowhere."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _parse(words: list[str]) -> argparse.Namespace:
    wanted = next((word for word in words if not word.startswith("-")), None)
    return _parser(lambda name: name == wanted).parse_args(words)


def full_parser() -> argparse.ArgumentParser:
    """The parser with the arguments of all commands, of which completions and the manual page are made."""
    return _parser(lambda name: True)


def _parser(wants: Callable[[str], bool]) -> argparse.ArgumentParser:
    """The parser, with the arguments of the commands that are wanted: to get them, the command is imported."""
    parser = argparse.ArgumentParser(
        prog="criulint",
        description="A linter for CRIU configuration files that reads them as CRIU does.",
    )
    parser.add_argument("--version", action="version", version=f"criulint {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in _COMMANDS.items():
        command = commands.add_parser(
            name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
        )
        if wants(name):
            import_module(f"criulint.cli.{name}").configure(command)
    return parser
