# SPDX-License-Identifier: MIT
"""Private temporary directories that are removed whatever ends a run, and room on the disk."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import contextmanager
from secrets import token_hex
from typing import TYPE_CHECKING

from criulint.image import ImageError
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

# The directories that exist, or are about to be created.
_directories: set[str] = set()


class FreeSpace:
    """The space that is free on a disk at first, but for a tenth, which is left to others."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._usable = shutil.disk_usage(directory).free // 10 * 9

    def check(self, size: int) -> None:
        """Raise ImageError if `size` bytes are more than may be written."""
        if size > self._usable:
            raise ImageError(
                f"it would fill the disk: {escape(self._directory)} has room for {self._usable}"
                " bytes (TMPDIR=DIR chooses another place)"
            )


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
