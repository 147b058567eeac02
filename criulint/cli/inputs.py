# SPDX-License-Identifier: GPL-2.0-only
"""What several commands share: the arguments that name files and a CRIU release, and what they name."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.configuration import ConfigurationError
from criulint.criu.releases import latest_release
from criulint.discovery import find_files
from criulint.text import did_you_mean, escape

if TYPE_CHECKING:
    from criulint.configuration.resolve import Resolver


def add_release_argument(parser: argparse._ActionsContainer) -> None:
    """Add ``--criu`` to a command."""
    parser.add_argument(
        "--criu",
        metavar="RELEASE",
        help="the CRIU release that is to read the files, or `installed` to ask the installed one"
        f" (default: the newest known, {latest_release()})",
    )


def read_input(path: str, opener: Callable[[str, int], int] | None = None) -> bytes:
    """The bytes of a file, or of standard input for ``-``. UsageError if it can't be read or is no file."""
    try:
        if path == "-":
            return sys.stdin.buffer.read()
        with open(path, "rb", opener=opener) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
                raise UsageError(f"{escape(path)}: not a file")
            return file.read()
    except OSError as error:
        raise UsageError(f"{escape(path)}: {error.strerror or error}") from None
    except MemoryError:
        raise UsageError(f"{escape(path)}: too large") from None


def add_search_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """Add what chooses among the files of directories."""
    parser.add_argument(
        "--include",
        action="append",
        default=[],
        metavar="PATTERN",
        help=f"files in directories to {verb} too, besides criu/*.conf and .criu/*.conf",
    )
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="files and directories in directories to leave out",
    )
    parser.add_argument(
        "--force-exclude",
        action="store_true",
        help="leave out what is excluded even if it is named as a PATH",
    )


class Listener:
    """Whom to tell how a run goes: it writes that to standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._complaints: set[str] = set()
        #: By the path of a file that a search has found: the directory, out of which nothing is
        #: written.
        self.searched: dict[str, str] = {}

    @property
    def failed(self) -> bool:
        """Whether something can't be read or written."""
        return bool(self._complaints)

    def complain(self, message: str) -> None:
        """Tell of what can't be read or written, once; the run goes on, and ends with status 2."""
        if message not in self._complaints:
            self._complaints.add(message)
            print(f"criulint: error: {message}", file=sys.stderr)

    def note(self, message: str) -> None:
        """Tell of what is no finding and no error."""
        if not self._quiet:
            print(f"criulint: {message}", file=sys.stderr)


def find_inputs(args: argparse.Namespace, resolver: Resolver, listener: Listener) -> Iterator[str]:
    """The files that the paths of the command line name, each once. UsageError for a pattern that is none."""
    seen: set[str] = set()
    for path in args.paths:
        if path != "-" and os.path.isdir(path):
            try:
                found = False
                for file in find_files(path, args.include, args.exclude, resolver):
                    found = True
                    if file not in seen:
                        seen.add(file)
                        if file not in args.paths:
                            listener.searched[file] = path
                        yield file
                if not found:
                    listener.note(f"no configuration file in {escape(path)}")
            except OSError as error:
                listener.complain(f"{escape(path)}: {error.strerror}")
            except ConfigurationError:
                raise
            except ValueError as error:
                raise UsageError(f"--include and --exclude: {error}") from None
        elif path not in seen:
            seen.add(path)
            if args.force_exclude and path != "-" and resolver.excludes(path):
                listener.note(f"{escape(path)} is excluded")
            else:
                yield path


def require_standard_input(args: argparse.Namespace) -> None:
    """UsageError if standard input has a name and is not read: nobody would notice that something else is."""
    if args.stdin_filename and "-" not in args.paths:
        raise UsageError("--stdin-filename needs - among the paths, for standard input")


def input_name(path: str, args: argparse.Namespace) -> str:
    """What a path is called in reports."""
    return (args.stdin_filename or "<stdin>") if path == "-" else path


def unknown_word(kind: str, word: str, known: Iterable[str]) -> UsageError:
    """The error for a word of the command line that is none of those known."""
    return UsageError(f"no {kind} {word!r}{did_you_mean(word, known)}")


def print_diff(path: str, before: bytes, after: bytes) -> None:
    """Print what differs between two versions of a file, as ``diff -u`` does; nothing if they are the same."""
    import difflib
    import re

    name = os.fsencode(escape(path))
    old, new = (re.findall(rb"[^\n]*\n|[^\n]+", data) for data in (before, after))
    for line in difflib.diff_bytes(difflib.unified_diff, old, new, name, name):
        sys.stdout.buffer.write(
            line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
        )
