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
from typing import TYPE_CHECKING, Any

from criulint import __version__
from criulint.cli.streams import discard, safe_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

# For each command, what it does and how to call it.
_GROUPS = {
    "check and fix": {
        "check": ("check configuration files", "check --diff ."),
        "image": ("check the configuration files inside container images", "image my-image:1.2"),
        "format": ("format configuration files", "format --check ."),
    },
    "see what CRIU does": {
        "read": ("show how CRIU reads configuration files", "read /etc/criu/default.conf"),
        "effective": (
            "show which value of each option takes effect, and from which file",
            "effective --runtime runc --explain tcp-close",
        ),
        "advise": (
            "read CRIU's log and say which option helps, and where to write it",
            "advise dump.log",
        ),
    },
    "change configurations": {
        "set": (
            "set options in the file where they take effect",
            "set --runtime runc --diff tcp-close",
        ),
        "unset": (
            "remove options from the file where they take effect",
            "unset --runtime runc tcp-close",
        ),
        "init": ("write a first criulint.toml", "init --stdout"),
    },
    "look things up": {
        "rule": ("explain the rules", "rule CRIU201"),
        "schema": (
            "list, show, compare, generate and apply schemas of CRIU's options",
            "schema diff 3.17 4.2",
        ),
    },
    "set up": {
        "lsp": ("run the language server for editors", "lsp --stdio"),
        "completion": ("print a shell completion script", "completion bash"),
        "help": ("print the help of criulint, or of a command", "help check"),
    },
}
_COMMANDS = {name: summary for group in _GROUPS.values() for name, (summary, _) in group.items()}
_EXAMPLES = {name: example for group in _GROUPS.values() for name, (_, example) in group.items()}
# They read other people's files; `check`, `format` and `image` have limits that can be set.
_IN_USUAL_TIME = frozenset(("read", "effective", "advise", "set", "unset", "init"))


class UsageError(Exception):
    """A mistake that the user has to fix, in one line; the exit status is 2."""


class Parser(argparse.ArgumentParser):
    """A parser whose help has colours, groups with examples, and a short usage.

    `epilog` is an example of a command line, and so is the description of a group.
    """

    def format_help(self) -> str:
        """Return the help as text, 80 columns wide or as wide as `COLUMNS` says."""
        from criulint.cli.help_text import render_help
        from criulint.report.terminal import Style

        return render_help(self, Style(width=_terminal_width()), self.command_groups())

    def format_usage(self) -> str:
        """Return the line that begins the help."""
        from criulint.cli.help_text import program_usage

        return f"{program_usage(self)}\n"

    def print_help(self, file: Any = None) -> None:
        """Print the help, with colours where they are wanted."""
        from criulint.cli.help_text import render_help
        from criulint.cli.streams import write_safe
        from criulint.report.terminal import style_for
        from criulint.text import make_safe

        stream = file or sys.stdout
        style = style_for(stream, "auto")._replace(width=_terminal_width())
        text = render_help(self, style, self.command_groups())
        write_safe(stream, make_safe(text, colours=style.colour))

    def command_groups(self) -> dict[str, list[str]]:
        """Return the names of the commands by the title of their group, if there are groups."""
        if self.prog != "criulint":
            return {}
        return {title: list(commands) for title, commands in _GROUPS.items()}


def add_format_argument(
    parser: argparse.ArgumentParser,
    *formats: str,
    description: str = "the format (default: %(default)s)",
) -> None:
    """Add ``--format`` with its choices, by default text and JSON; the first is the default."""
    formats = formats or ("text", "json")
    parser.add_argument("--format", choices=formats, default=formats[0], help=description)


def add_group(parser: argparse.ArgumentParser, title: str, example: str) -> argparse._ArgumentGroup:
    """Add a group to a command's arguments; `example` shows arguments after the command's name."""
    return parser.add_argument_group(title, f"{parser.prog} {example}")


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
        sys.stdout.flush()  # here, not when Python exits, because it may fail


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
        failed = "write the report" if _has_directory() else "find the current directory"
        return _complain(f"error: cannot {failed}: {error.strerror or error}", 2)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("CRIULINT_TRACEBACK"):
            raise
        return _complain(describe_bug(error), 3)


def _has_directory() -> bool:
    """Return whether the current directory still exists, and its path is not too long."""
    try:
        os.stat(os.getcwd())
    except OSError:
        return False
    return True


def describe_bug(error: Exception) -> str:
    """Return one line about an unexpected exception."""
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

        hint = did_you_mean(command, _COMMANDS) or f"; choose from {', '.join(_COMMANDS)}"
        raise UsageError(f"no command '{escape(command)}'{hint}")
    # An option before the command is criulint's own: --help, which lists all commands.
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
    # argparse has no public access to its commands.
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            found: argparse.ArgumentParser = action.choices[command]
            return found
    return parser


def _explain_unknown(parser: argparse.ArgumentParser, command: str, unknown: list[str]) -> str:
    """Return the message about arguments that a command does not accept."""
    from criulint.text import did_you_mean, escape

    message = f"unrecognized arguments: {escape(' '.join(unknown))}"
    option = unknown[0].partition("=")[0]
    if option.startswith("-"):
        own_parser = command_parser(parser, command)
        of_others = own_parser.get_default("options_of_others") or {}
        if option in of_others:
            return f"{message}; {of_others[option]}"
        message += did_you_mean(option, own_parser._option_string_actions)  # noqa: SLF001
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
        terminal = os.get_terminal_size(sys.__stdout__.fileno())  # type: ignore[union-attr]
        return terminal.columns or 80
    except (AttributeError, ValueError, OSError):
        return 80


def _make_parser(listed: Iterable[str], imported: Collection[str]) -> argparse.ArgumentParser:
    """Return the parser of the `listed` commands, with the arguments of those `imported`."""
    # argparse makes a formatter for each argument, and would import shutil (with bz2 and lzma) for
    # the width each time: a tenth of the time that a small check takes.
    formatter = partial(argparse.HelpFormatter, width=_terminal_width() - 2)
    parser = Parser(
        prog="criulint",
        description="A linter for CRIU configuration files that reads them as CRIU does.",
        epilog="criulint check /etc/criu/default.conf",
        formatter_class=formatter,
    )
    parser.add_argument(
        "-V",
        "--version",
        action="version",
        version=f"criulint {__version__}",
        help="print the version of criulint",
    )
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
            epilog=f"criulint {_EXAMPLES[name]}",
            formatter_class=formatter,
        )
        if name in imported:
            import_module(f"criulint.cli.{name}").configure(command)
    return parser
