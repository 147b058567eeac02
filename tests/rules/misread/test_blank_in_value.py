# SPDX-License-Identifier: MIT
"""CRIU210: tabs and carriage returns in values."""

from __future__ import annotations

import pytest

from criulint.rules.misread.blank_in_value import blank_in_value
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log-file a\t", Reported("\t", "log-file a", True)),
        ("log-file a\r", Reported("\r", "log-file a", True)),
        ("log-file a\tb", Reported("\t")),
        ("log-file a\x0b", Reported("\x0b", "log-file a", True)),
        ("timeout 5\t", None),
        ("log-file \t", None),
        ("log-file=\ta", None),
        ("log-file a", None),
        ('log-file "a\\"\t"', Reported("\t", 'log-file a"', True)),
    ],
)
def test_blank_in_value(text: str, expected: Reported | None) -> None:
    assert report(blank_in_value, text) == ([expected] if expected else [])
