# SPDX-License-Identifier: MIT
"""CRIU215: backslashes in values."""

from __future__ import annotations

import pytest

from criulint.rules.misread.literal_backslash import literal_backslash
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log-file a\\", Reported("\\")),
        ("log-file a\\tb", Reported("\\t")),
        ('log-file "a\\"b"', None),
        ("cgroup-props a\\nb", None),
        ('log-file "\\\\"', None),
    ],
)
def test_literal_backslash(text: str, expected: Reported | None) -> None:
    assert report(literal_backslash, text) == ([expected] if expected else [])
