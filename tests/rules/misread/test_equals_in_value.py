# SPDX-License-Identifier: MIT
"""CRIU211: an `=` that is part of the value."""

from __future__ import annotations

import pytest

from criulint.rules.misread.equals_in_value import equals_in_value
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timeout = 5", Reported("=", "timeout 5", True)),
        ("log-file =a", Reported("=", "log-file a", True)),
        ("log-file==a", Reported("=", "log-file a", True)),
        ("log-file = ", Reported("=")),
        ('log-file "=a"', None),
        ("log-file == a", Reported("=")),
        ("tcp-close = x", None),
    ],
)
def test_equals_in_value(text: str, expected: Reported | None) -> None:
    assert report(equals_in_value, text) == ([expected] if expected else [])
