# SPDX-License-Identifier: MIT
"""Private temporary directories that are removed whatever ends a run."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import contextmanager
from secrets import token_hex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# The directories that exist, or are about to be created.
_directories: set[str] = set()


@contextmanager
def scratch_directory() -> Iterator[str]:
    """Make a directory that only this user can enter, and remove it at the end.

    The exception of a signal may come at any moment: also while the directory is created or
    removed, or before the `with` statement has it. Whatever is left is removed at exit.
    """
    directory = os.path.join(tempfile.gettempdir(), f"criulint-{token_hex(16)}")
    _directories.add(directory)
    try:
        os.mkdir(directory, 0o700)
        yield directory
    finally:
        _remove(directory)


def _remove(directory: str) -> None:
    # Programs that were stopped may still have written during the first attempt.
    for _ in range(2):
        shutil.rmtree(directory, ignore_errors=True)
    _directories.discard(directory)


@atexit.register
def _remove_all() -> None:
    for directory in list(_directories):
        _remove(directory)
