# SPDX-License-Identifier: MIT
"""What the commands share that read the files of the command line and may change them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.cli.console import Console
from criulint.cli.inputs import Input, Location, input_name, read_input
from criulint.cli.settings import make_resolver
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
        self.resolver = make_resolver(args)

    def settings(self, name: str) -> FileSettings:
        """Return the settings of a file. ConfigurationError if they cannot be used."""
        settings = self.resolver.settings(name)
        if settings.note:
            self.console.warn(settings.note)
        return settings

    def read(self, location: Location) -> Input | None:
        """Read a file, or standard input for ``-``; None, and an error, if it cannot be read."""
        try:
            data = read_input(location.path, self._opener)
        except UsageError as error:
            self.console.error(str(error))
            return None
        name = input_name(location.path, self._args)
        return Input(location, Source(data, name), kind_of(name, data[:HEAD]))

    def write_back(self, file: Input, data: bytes, failure: str) -> bool:
        """Write what a file shall hold: to the file if that differs, to standard output for ``-``.

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
