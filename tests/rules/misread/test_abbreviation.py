# SPDX-License-Identifier: MIT
"""CRIU212: abbreviated names."""

from __future__ import annotations

import pytest

from criulint.rules.misread.abbreviation import abbreviation
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp-est", Reported("tcp-est", "tcp-established", True)),
        ("tcp-established", None),
        ("  log-f a", Reported("log-f", "  log-file a", True)),
        ("-j", None),
        ("log-f=a", Reported("log-f", "log-file=a", True)),
    ],
)
def test_abbreviation(text: str, expected: Reported | None) -> None:
    assert report(abbreviation, text) == ([expected] if expected else [])
