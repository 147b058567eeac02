# SPDX-License-Identifier: MIT
"""CRIU209: options of the command line, and the comments after them."""

from __future__ import annotations

import pytest

from criulint.rules.misread.ignored_in_file import ignored_in_file
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("config a", Reported("config a", None, True)),
        ("  config a # b", Reported("config a", "  # b", True)),
        ("no-default-config", Reported("no-default-config", None, True)),
        ("log-file a", None),
    ],
)
def test_ignored_in_file(text: str, expected: Reported | None) -> None:
    assert report(ignored_in_file, text) == ([expected] if expected else [])
