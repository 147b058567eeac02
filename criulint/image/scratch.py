# SPDX-License-Identifier: MIT
"""Private temporary directories that are removed whatever ends a run."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from secrets import token_hex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def scratch_directory() -> Iterator[str]:
    """Make a directory that only this user can enter, and remove it at the end.

    A signal may end the run at any moment, so the name is known before the directory exists, and
    a removal that was interrupted begins again.
    """
    directory = os.path.join(tempfile.gettempdir(), f"criulint-{token_hex(16)}")
    try:
        os.mkdir(directory, 0o700)
        yield directory
    finally:
        try:
            shutil.rmtree(directory, ignore_errors=True)
        finally:
            # Programs that were stopped may have written meanwhile.
            shutil.rmtree(directory, ignore_errors=True)
