# SPDX-License-Identifier: GPL-2.0-only
"""Until tests/conftest.py has the fixture: ``UPDATE_EXPECTED=1 pytest tests/docs`` renews."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """Give the function that compares a text with what a file holds, or writes it there."""

    def compare(path: Path, text: str) -> None:
        if os.environ.get("UPDATE_EXPECTED"):
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.read_text(encoding="utf-8") == text

    return compare
