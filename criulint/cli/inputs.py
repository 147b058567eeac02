# SPDX-License-Identifier: MIT
"""Files and CRIU releases on the command line: the arguments for them, and what they name."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from criulint import files
from criulint.cli import UsageError, add_group
from criulint.configuration import ConfigurationError
from criulint.configuration.limits import DEFAULT_LIMITS
from criulint.criu.releases import latest_release
from criulint.discovery import find_files
from criulint.embedded.hosts import is_host
from criulint.named_tuple import NamedTuple
from criulint.text import did_you_mean, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from criulint.cli.console import Console
    from criulint.configuration.resolve import Resolver
    from criulint.patterns import Patterns
    from criulint.source import Source


# Bytes of a list of files.
_MAX_LIST = 256 << 20


def add_release_argument(parser: argparse._ActionsContainer) -> None:
    """Add ``--criu`` to a command."""
    parser.add_argument(
        "--criu",
        metavar="RELEASE",
        help="the CRIU that reads the files: a release, `installed` for the one on this host,"
        " the path of a program, or a schema made by `criulint schema generate`"
        f" (default: the newest known, {latest_release()})",
    )


def read_input(
    path: str,
    most: int = DEFAULT_LIMITS.size,
    opener: Callable[[str, int], int] | None = None,
    *,
    pipes: bool = True,
) -> bytes:
    """Return the bytes of a file, opened by `opener`, or of standard input for ``-``.

    `pipes`: whether it may be a pipe. UsageError if it cannot be read, is not a file, or has more
    than `most` bytes.
    """
    try:
        if path == "-":
            return files.read_stream(sys.stdin.buffer, most)
        return files.read(path, most, opener, pipes=pipes)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
    raise UsageError(f"{escape(path)}: {reason}")


def add_search_arguments(parser: argparse.ArgumentParser, verb: str) -> argparse._ArgumentGroup:
    """Add the arguments that choose among the files of directories, and return their group."""
    group = add_group(parser, "files", "--include '*.criu' --exclude tests .")
    group.add_argument(
        "--stdin-filename", metavar="PATH", help="the path to report for standard input"
    )
    group.add_argument(
        "--include",
        action="append",
        default=[],
        metavar="PATTERN",
        help=f"in directories, also {verb} these files, besides criu/*.conf, .criu/*.conf,"
        " *criu*.conf, runc.conf and crun.conf",
    )
    group.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="in directories, skip these files and directories; with --force-exclude, everywhere",
    )
    group.add_argument(
        "--force-exclude",
        action="store_true",
        help="skip what is excluded even if it is given as a PATH",
    )
    group.add_argument(
        "--files-from",
        metavar="FILE",
        help=f"also {verb} the files and directories that FILE lists, one per line or separated by"
        " NUL; - is standard input",
    )
    group.add_argument(
        "--error-on-no-files",
        action="store_true",
        help=f"fail with status 2 if there is no file to {verb}",
    )
    return group


class Location(NamedTuple):
    """Where a file to work on is: a path, ``-`` for standard input.

    `within` is the directory in which a search found it, outside which nothing is written; None if
    the command line names the file.
    """

    path: str
    within: str | None = None


class Input(NamedTuple):
    """A file to work on.

    `source` holds its content and the path that reports show. `kind` is its kind of host file
    (`criulint.embedded.hosts`), None if it is CRIU's file itself.
    """

    location: Location
    source: Source
    kind: str | None

    @property
    def name(self) -> str:
        """The path that reports show."""
        return self.source.path or ""


def find_inputs(
    args: argparse.Namespace, resolver: Resolver, console: Console, *, host_files: bool = False
) -> Iterator[Location]:
    """Yield the files that the paths of the command line name, each once.

    With `host_files`, also those in directories that may contain CRIU's files. UsageError for an
    invalid pattern.
    """
    seen: set[str] = set()
    excluded = _given_patterns(args.exclude) if args.force_exclude else None
    for path in args.paths:
        if path != "-" and os.path.isdir(path):
            for file in _find_in_directory(path, args, resolver, console, host_files=host_files):
                if file not in seen:
                    seen.add(file)
                    yield Location(file, None if file in args.paths else path)
        elif path not in seen:
            seen.add(path)
            if args.force_exclude and path != "-" and _is_excluded(path, excluded, resolver):
                console.note(f"{escape(path)} is excluded")
            else:
                yield Location(path)


def _given_patterns(lines: Sequence[str]) -> Patterns | None:
    if not lines:
        return None
    from criulint.patterns import parse_patterns

    try:
        return parse_patterns(lines)
    except ValueError as error:
        raise UsageError(f"--exclude: {error}") from None


def _is_excluded(path: str, excluded: Patterns | None, resolver: Resolver) -> bool:
    """Return whether the command line (from the working directory) or a configuration skips it."""
    if excluded:
        try:
            relative = os.path.relpath(path)
        except (OSError, ValueError):  # no working directory, or another drive
            relative = path
        if excluded.match(relative.replace(os.sep, "/")):
            return True
    return resolver.excludes(path)


def with_listed_paths(args: argparse.Namespace) -> argparse.Namespace:
    """Return the arguments with the paths that ``--files-from`` lists added to `paths`.

    UsageError if the list cannot be read.
    """
    if args.files_from is None:
        return args
    if args.files_from == "-" and "-" in args.paths:
        raise UsageError("standard input cannot be both a file and the list of --files-from")
    data = read_input(args.files_from, _MAX_LIST)
    separator = b"\0" if b"\0" in data else b"\n"
    listed = (os.fsdecode(name.rstrip(b"\r")) for name in data.split(separator))
    paths = [*args.paths, *filter(None, listed)]
    return argparse.Namespace(**{**vars(args), "paths": paths})


def report_no_files(args: argparse.Namespace, console: Console, message: str) -> None:
    """Warn that there is nothing to do; with ``--error-on-no-files`` that is an error."""
    if args.error_on_no_files:
        console.error(message)
    else:
        console.note(f"warning: {message}")


def _find_in_directory(
    directory: str,
    args: argparse.Namespace,
    resolver: Resolver,
    console: Console,
    *,
    host_files: bool,
) -> Iterator[str]:
    found = False
    try:
        names = find_files(
            directory,
            args.include,
            args.exclude,
            resolver,
            messages=console,
            is_host_file=is_host if host_files else None,
        )
        for file in names:
            found = True
            yield file
    except OSError as error:
        console.error(f"{escape(directory)}: {error.strerror}")
        return
    except ConfigurationError:
        raise
    except ValueError as error:
        raise UsageError(f"--include and --exclude: {error}") from None
    if not found:
        report_no_files(args, console, f"no configuration file in {escape(directory)}")


def require_standard_input(args: argparse.Namespace) -> None:
    """Raise UsageError for `--stdin-filename` without `-`, which would be ignored silently."""
    if args.stdin_filename and "-" not in args.paths:
        raise UsageError("--stdin-filename needs - (standard input) among the paths")


def input_name(path: str, args: argparse.Namespace) -> str:
    """Return what reports call a path."""
    return (args.stdin_filename or "<stdin>") if path == "-" else path


def unknown_word(kind: str, word: str, known: Iterable[str]) -> UsageError:
    """Return the error for an unknown word on the command line."""
    return UsageError(f"no {kind} {word!r}{did_you_mean(word, known)}")
