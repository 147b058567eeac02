# SPDX-License-Identifier: MIT
"""What a run says besides its output: errors and notes on standard error."""

from __future__ import annotations

import sys


class Console:
    """Writes errors, warnings and notes to standard error."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._errors: set[str] = set()
        self._warnings: set[str] = set()

    @property
    def failed(self) -> bool:
        """Whether something could not be read or written."""
        return bool(self._errors)

    def error(self, message: str) -> None:
        """Report, once, what cannot be read or written; the run goes on, and ends with status 2."""
        if message not in self._errors:
            self._errors.add(message)
            print(f"criulint: error: {message}", file=sys.stderr)

    def warn(self, message: str) -> None:
        """Say, once, what changes the meaning of the results, even if the run is quiet."""
        if message not in self._warnings:
            self._warnings.add(message)
            print(f"criulint: {message}", file=sys.stderr)

    def note(self, message: str) -> None:
        """Say how the run goes, unless it is quiet."""
        if not self._quiet:
            print(f"criulint: {message}", file=sys.stderr)
