# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.home import Home, Terminal


@pytest.fixture
def terminal(home: Home) -> Iterator[Terminal]:
    terminal = Terminal(home)
    yield terminal
    terminal.end()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)
