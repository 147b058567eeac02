# SPDX-License-Identifier: MIT
"""CRIU207: quotes that CRIU keeps."""

from __future__ import annotations

import pytest

from criulint.rules.misread.literal_quotes import literal_quotes
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('log-file="a"', Reported('"a"', "log-file a", True)),
        ("log-file 'a'", Reported("'a'", "log-file a", True)),
        ('log-file "a"', None),
        ('log-file a"', Reported('"', "log-file a", False)),
        ('log-file "a', None),
        ("log-file “a”", Reported("“a”", "log-file a", False)),
        ('log-file="a;"', Reported('"a;"')),
        ("log-file='a", Reported("'a", "log-file a", False)),
        ('log-file=a"b', None),
        ('log-file=""', Reported('""')),
        ("log-file='a b'", Reported("'a b'", 'log-file "a b"', True)),
    ],
)
def test_literal_quotes(text: str, expected: Reported | None) -> None:
    assert report(literal_quotes, text) == ([expected] if expected else [])
