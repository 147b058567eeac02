# SPDX-License-Identifier: MIT
"""The command line: a module for each command, imported only when it runs.

Exit status: 0 no findings at or above the threshold, 1 findings, 2 wrong usage or unreadable input,
3 a bug in criulint.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from criulint import __version__
from criulint.cli.streams import discard, safe_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

_COMMANDS = {
    "check": "check configuration files",
    "image": "check the configuration files inside container images",
    "format": "format configuration files",
    "read": "show how CRIU reads configuration files",
    "effective": "show which value of each option takes effect, and from which file",
    "advise": "read CRIU's log and say which option helps, and where to write it",
    "set": "set options in the file that works",
    "unset": "remove options from the file that works",
    "init": "write a first criulint.toml",
    "rule": "explain the rules",
    "schema": "list, show, compare, generate and apply schemas of CRIU's options",
    "lsp": "run the language server for editors",
    "completion": "print a shell completion script",
    "help": "print the help of criulint, or of a command",
}
# They read files of others; `check`, `format` and `image` have limits that can be set.
_IN_USUAL_TIME = frozenset(("read", "effective", "advise", "set", "unset", "init"))


class UsageError(Exception):
    """Something the user has to fix, in one line; the exit status is 2."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run criulint with `arguments` (default: those of the process); return the exit status."""
    if arguments is not None:
        return _run_streams(list(arguments))
    # Collecting garbage, now and when Python exits, would take a tenth of the time that a small
    # check takes, and find next to nothing.
    gc.set_threshold(50_000)
    status = _run_streams(sys.argv[1:])
    gc.freeze()
    return status


def _run_streams(words: list[str]) -> int:
    with safe_streams():
        return _run_safely(words)


def _run(words: list[str]) -> int:
    try:
        if not words:
            _make_parser(_COMMANDS, imported=()).print_help(sys.stderr)
            return 2
        args = _parse(words)
        run: Callable[[argparse.Namespace], int]
        run = import_module(f"criulint.cli.{args.command}").run
        if args.command not in _IN_USUAL_TIME:
            return run(args)
        with import_module("criulint.cli.limits").in_usual_time():
            return run(args)
    finally:
        sys.stdout.flush()  # here, and not when Python exits: it may fail


def _run_safely(words: list[str]) -> int:
    try:
        return _run(words)
    except UsageError as error:
        return _complain(f"error: {error}", 2)
    except BrokenPipeError:
        discard(sys.stdout)  # the reader has gone
        return 1
    except OSError as error:
        discard(sys.stdout)
        return _complain(f"error: cannot write the report: {error.strerror or error}", 2)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("CRIULINT_TRACEBACK"):
            raise
        return _complain(describe_bug(error), 3)


def describe_bug(error: Exception) -> str:
    """Return one line about an exception that nothing expected."""
    from criulint.text import shorten

    first = f"{type(error).__name__}: {error}".splitlines()[0]
    return (
        f"internal error: {shorten(first)} (please report it, with the traceback that"
        " CRIULINT_TRACEBACK=1 shows)"
    )


def _complain(message: str, status: int) -> int:
    print(f"criulint: {message}", file=sys.stderr)
    return status


def _parse(words: list[str]) -> argparse.Namespace:
    command = next((word for word in words if not word.startswith("-")), "")
    if command and command not in _COMMANDS:
        from criulint.text import did_you_mean, escape

        hint = did_you_mean(command, _COMMANDS) or f"; there are {', '.join(_COMMANDS)}"
        raise UsageError(f"no command '{escape(command)}'{hint}")
    # An option before the command is one of criulint itself: --help, which lists all commands.
    listed = (command,) if words[0] == command else tuple(_COMMANDS)
    parser = _make_parser(listed, imported=(command,))
    args, unknown = parser.parse_known_args(words)
    if unknown:
        command_parser(parser, command).error(_explain_unknown(parser, command, unknown))
    return args


def command_names() -> list[str]:
    """Return the names of the commands."""
    return list(_COMMANDS)


def command_parser(parser: argparse.ArgumentParser, command: str) -> argparse.ArgumentParser:
    """Return the parser of a command within the whole `parser`."""
    # argparse has no public way to its commands.
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            found: argparse.ArgumentParser = action.choices[command]
            return found
    return parser


def _explain_unknown(parser: argparse.ArgumentParser, command: str, unknown: list[str]) -> str:
    """Return the message about arguments that a command does not take."""
    from criulint.text import did_you_mean, escape

    message = f"unrecognized arguments: {escape(' '.join(unknown))}"
    option = unknown[0].partition("=")[0]
    if option.startswith("-"):
        known = command_parser(parser, command)._option_string_actions  # noqa: SLF001
        message += did_you_mean(option, known)
    return message


def full_parser() -> argparse.ArgumentParser:
    """Return the parser with the arguments of all commands, for completions and the manual page."""
    return _make_parser(_COMMANDS, imported=_COMMANDS)


def _terminal_width() -> int:
    """Return the columns of the terminal, as `shutil.get_terminal_size` does."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


def _make_parser(listed: Iterable[str], imported: Collection[str]) -> argparse.ArgumentParser:
    """Return the parser of the `listed` commands, with the arguments of those `imported`."""
    # argparse makes a formatter for each argument, and would import shutil (with bz2 and lzma) for
    # the width each time: a tenth of the time that a small check takes.
    formatter = partial(argparse.HelpFormatter, width=_terminal_width() - 2)
    parser = argparse.ArgumentParser(
        prog="criulint",
        description="A linter for CRIU configuration files that reads them as CRIU does.",
        formatter_class=formatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"criulint {__version__}")
    commands = parser.add_subparsers(
        dest="command",
        metavar="COMMAND",
        required=True,
        prog="criulint",
    )
    for name in listed:
        summary = _COMMANDS[name]
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            formatter_class=formatter,
        )
        if name in imported:
            import_module(f"criulint.cli.{name}").configure(command)
    return parser
