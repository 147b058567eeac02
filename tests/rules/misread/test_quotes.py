# SPDX-License-Identifier: MIT
"""Quotes that CRIU keeps."""

from __future__ import annotations

import pytest

from criulint.rules.misread.quotes import has_outer_quote, keeps_quotes
from criulint.syntax import Token


@pytest.mark.parametrize(
    ("value", "has"),
    [
        ("a", False),
        ("", False),
        ('a"b', False),
        ('"a', True),
        ("a'", True),
        ("\u201ca\u201d", True),
        ("\u00aba", True),
        ("`a`", False),
    ],
)
def test_outer_quote(value: str, has: bool) -> None:
    assert has_outer_quote(value) is has


@pytest.mark.parametrize(
    ("kind", "text", "value", "keeps"),
    [
        ("WORD", "a", "a", False),
        ("WORD", "'a", "'a", True),
        ("QUOTED", '"a"', "a", False),
        ("QUOTED", '"a"', '"a"', True),
        ("QUOTED", r'"a\"b"', 'a"b', False),
        ("QUOTED", r'"\"a"', '"a', False),
        ("SINGLE_QUOTED", "'a'", "'a'", True),
        ("SINGLE_QUOTED", "'a'", "a", False),
        ("QUOTED", '""', "", False),
    ],
)
def test_kept_quotes(kind: str, text: str, value: str, keeps: bool) -> None:
    assert keeps_quotes(value, Token(kind, text, 0, len(text))) is keeps
