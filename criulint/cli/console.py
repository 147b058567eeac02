# SPDX-License-Identifier: MIT
"""What a run says besides its output: errors and notes on standard error."""

from __future__ import annotations

import sys

from criulint.cli.progress import Progress
from criulint.cli.streams import write_safe
from criulint.report.terminal import BOLD, RED, style_for
from criulint.text import make_safe

# Messages go on below the first word of the first line.
_PREFIX = "criulint: "
_ERROR = "error: "


class Console:
    """Writes errors, warnings and notes to standard error."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._errors: set[str] = set()
        self._warnings: set[str] = set()
        #: How far the run has got, for people who wait.
        self.progress = Progress()

    @property
    def failed(self) -> bool:
        """Whether something could not be read or written."""
        return bool(self._errors)

    def error(self, message: str) -> None:
        """Report once what cannot be read or written; the run continues, and ends with status 2."""
        if message not in self._errors:
            self._errors.add(message)
            self._say(message, is_error=True)

    def warn(self, message: str) -> None:
        """Warn once about what changes the meaning of the results, even if the run is quiet."""
        if message not in self._warnings:
            self._warnings.add(message)
            self._say(message)

    def note(self, message: str) -> None:
        """Print how the run is going, unless it is quiet."""
        if not self._quiet:
            self._say(message)

    def _say(self, message: str, *, is_error: bool = False) -> None:
        with self.progress.aside():
            say(message, is_error=is_error)


class SilentConsole(Console):
    """Prints nothing, for a run whose problems another run reports."""

    def error(self, message: str) -> None:
        """Ignore what cannot be read."""

    def warn(self, message: str) -> None:
        """Ignore what changes the meaning of the results."""

    def note(self, message: str) -> None:
        """Ignore how the run is going."""


def say(message: str, *, is_error: bool = False) -> None:
    """Write a message to standard error; on a terminal, in lines that fit."""
    style = style_for(sys.stderr, "auto")
    if not sys.stderr.isatty():
        style = style._replace(width=None)
    label = _ERROR if is_error else ""
    first, *others = style.wrap(message, len(_PREFIX + label), len(_PREFIX))
    lines = [f"{_PREFIX}{style.paint(label, f'{RED};{BOLD}')}{first}"]
    lines += (f"{' ' * len(_PREFIX)}{line}" for line in others)
    text = "".join(f"{line}\n" for line in lines)
    write_safe(sys.stderr, make_safe(text, colours=style.colour))
