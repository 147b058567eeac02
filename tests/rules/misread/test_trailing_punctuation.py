# SPDX-License-Identifier: MIT
"""CRIU217: punctuation at the end of values."""

from __future__ import annotations

import pytest

from criulint.rules.misread.trailing_punctuation import trailing_punctuation
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log-file a;", Reported(";", "log-file a", False)),
        ("log-file a,,", Reported(",,", "log-file a", False)),
        ("log-file=a# b", Reported("#", "log-file=a # b", True)),
        ("log-file=a#", Reported("#", "log-file=a #", False)),
        ("log-file ;", None),
        ("log-file 'a';", None),
        ("timeout 5;", None),
        ("log-file a;b", None),
    ],
)
def test_trailing_punctuation(text: str, expected: Reported | None) -> None:
    assert report(trailing_punctuation, text) == ([expected] if expected else [])
