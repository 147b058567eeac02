# SPDX-License-Identifier: MIT
"""What commands share that read the files on the command line and may change them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.cli.console import Console
from criulint.cli.inputs import Input, Location, input_name, read_input
from criulint.cli.limits import Deadline, TimeUpError, parse_limits
from criulint.cli.progress import Progress, terminal
from criulint.cli.settings import make_resolver
from criulint.configuration.limits import RunLimits
from criulint.embedded.hosts import HEAD, kind_of
from criulint.source import Source
from criulint.text import escape

if TYPE_CHECKING:
    import argparse

    from criulint.configuration.resolve import FileSettings

_Opener = Callable[[str, int], int]


class FileCommand:
    """A run of a command over files, with their settings and the messages about them.

    `opener` opens files, as for `open`.
    """

    def __init__(self, args: argparse.Namespace, opener: _Opener | None = None) -> None:
        self._args = args
        self._opener = opener
        self.console = Console(quiet=args.quiet)
        if not args.quiet:
            self.console.progress = Progress(terminal())
        self.resolver = make_resolver(args)
        self._given_limits = parse_limits(args.limit)
        #: Ends the run when its time is up.
        self.clock = Deadline(RunLimits(**self._given_limits).time)

    def settings(self, name: str) -> FileSettings:
        """Return the settings of a file. ConfigurationError if they cannot be used."""
        settings = self.resolver.settings(name)
        if settings.note:
            self.console.warn(settings.note)
        return settings

    def limits(self, name: str) -> RunLimits:
        """Return the limits of the run for one of its files."""
        return self.settings(name).limits._replace(**self._given_limits)

    def read(self, location: Location) -> Input | None:
        """Return a file, or standard input for ``-``; report one that cannot be read.

        None in that case. TimeUpError if there is no time left for it.
        """
        name = input_name(location.path, self._args)
        limits = self.limits(name)
        self.clock.check(limits.time)
        self.console.progress.advance(name)
        limit = "document" if kind_of(name) else "size"
        try:
            data = read_input(
                location.path,
                getattr(limits, limit),
                self._opener,
                pipes=location.within is None,
            )
        except UsageError as error:
            allowed = f" (--limit {limit}=N allows more)" if "more than" in str(error) else ""
            self.console.error(f"{error}{allowed}")
            return None
        return Input(location, Source(data, name), kind_of(name, data[:HEAD]))

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """Run the block until the time is up, and report if that was not enough."""
        try:
            with self.clock, self.console.progress.running():
                yield
        except TimeUpError:
            self.console.error(
                f"stopped after {self.clock.seconds} seconds, before all files were done"
                " (--limit time=N allows more)"
            )

    def show_difference(self, file: Input, data: bytes) -> None:
        """Print the difference between a file and its new content."""
        from criulint.cli.diff import print_diff

        colour = getattr(self._args, "color", "auto")
        with self.console.progress.aside():
            is_exact = print_diff(file.name, file.source.data, data, colour)
            sys.stdout.flush()
        if not is_exact:
            self.console.warn(
                f"{escape(file.name)}: the diff escapes control characters, so it cannot be"
                " applied as a patch"
            )

    def write_back(self, file: Input, data: bytes, failure: str) -> bool:
        """Write the new content: to the file if it differs, to standard output for ``-``.

        `failure` says what an error means for the file (``not formatted``). Return whether it
        worked.
        """
        path, within = file.location
        if path == "-":
            sys.stdout.buffer.write(data)
        elif data != file.source.data:
            from criulint import files

            try:
                files.replace(path, data, file.source.data, within=within)
            except OSError as error:
                self.console.error(f"{escape(path)}: {failure}: {error.strerror or error}")
                return False
        return True
