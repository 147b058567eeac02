# SPDX-License-Identifier: MIT
"""Documents: what their blocks of code write, in ``files/NAME.expected`` beside ``files/NAME``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.embedded.describe import describe, describe_findings

if TYPE_CHECKING:
    from tests.golden import Golden

_FILES = Path(__file__).with_name("files")
_DOCUMENTS = sorted(path for path in _FILES.iterdir() if path.suffix != ".expected")


@pytest.mark.parametrize("document", _DOCUMENTS, ids=lambda path: path.name)
def test_writes_and_findings_are_the_expected_ones(document: Path, golden: Golden) -> None:
    text = describe(document) + describe_findings(document)
    golden(document.with_name(f"{document.name}.expected"), text)
