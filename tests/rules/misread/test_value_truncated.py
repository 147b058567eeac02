# SPDX-License-Identifier: MIT
"""CRIU203: values that CRIU cuts."""

from __future__ import annotations

import pytest

from criulint.rules.misread.value_truncated import value_truncated
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('log-file "a#b"', Reported('#b"', "log-file=a#b", True)),
        ("log-file a#b", Reported("#b", "log-file=a#b", False)),
        ("log-file a #b", None),
        ("log-file a# b", None),
        ('log-file "a# b"', Reported('# b"')),
        ("log-file '#a'", None),
        ('timeout "5#x"', Reported('#x"')),
        ("log-file a\x00b", Reported("\x00")),
        ("log-file a\x00", None),
        ("log-file a\x00 \x00", None),
        ("log-file=a\x00b", Reported("\x00")),
        ('log-file "a" #b', None),
        ('log-file \\"#\\"', None),
    ],
)
def test_value_truncated(text: str, expected: Reported | None) -> None:
    assert report(value_truncated, text) == ([expected] if expected else [])
