# SPDX-License-Identifier: MIT
"""The client of the tests: it can do all that the server supports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lsp.client import Client
from tests.lsp.editor import CAPABILITIES

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(tmp_path_factory.mktemp("root"), CAPABILITIES, {"criu": "4.2.1"}) as client:
        yield client
