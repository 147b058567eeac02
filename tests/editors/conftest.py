# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.editors.home import Home, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def terminal(home: Home) -> Iterator[Terminal]:
    terminal = Terminal(home)
    yield terminal
    terminal.end()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)
