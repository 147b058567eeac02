# SPDX-License-Identifier: MIT
"""The CRIU, its caller and the root directory that the arguments of a command name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from criulint.chosen_criu import chosen_release, given_release
from criulint.cli import UsageError
from criulint.cli.console import Console
from criulint.configuration import ConfigurationError, keys
from criulint.text import escape

if TYPE_CHECKING:
    from criulint.criu.context import Caller
    from criulint.criu.releases import Release


def choose_release(text: str | None) -> Release:
    """Return the release that ``--criu`` names, the newest known one for None.

    UsageError if it cannot be used. A release that only stands in for another is reported.
    """
    try:
        release, note = chosen_release(given_release(text) if text else None)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
    if note:
        Console().warn(note)
    return release


def given_caller(text: str | None) -> Caller | None:
    """Return the caller that ``--runtime`` names. UsageError if there is none of that name."""
    try:
        return keys.read_caller(text) if text else None
    except ValueError as error:
        raise UsageError(f"--runtime: {error}") from None


def require_root(directory: str | None) -> None:
    """Raise UsageError if ``--root`` names something other than a directory that can be entered."""
    if directory is None:
        return
    try:
        os.stat(os.path.join(directory, "."))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"--root {escape(directory)}: {reason}") from None
