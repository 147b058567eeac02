# SPDX-License-Identifier: MIT
"""CRIU214: empty values."""

from __future__ import annotations

import pytest

from criulint.rules.misread.empty_value import empty_value
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log-file ", Reported("log-file")),
        ("log-file=", Reported("log-file=")),
        ("log-file= a", Reported("log-file=", "log-file a", True)),
        ("timeout= 5", Reported("timeout=", "timeout 5", True)),
        ("log-file=#a", None),
        ('log-file ""', Reported('""')),
        ('log-file "" x', None),
        ("log-file", None),
        ("timeout=", Reported("timeout=")),
    ],
)
def test_empty_value(text: str, expected: Reported | None) -> None:
    assert report(empty_value, text) == ([expected] if expected else [])
