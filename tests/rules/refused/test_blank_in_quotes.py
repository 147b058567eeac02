# SPDX-License-Identifier: MIT
"""CRIU117: spaces too far inside quotes."""

from __future__ import annotations

import pytest

from criulint.rules.refused.blank_in_quotes import blank_in_quotes
from tests.rules.refused.explain import Explanation, explain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('log-file "a b"', []),
        ('log-file "a b" c d', []),
        (
            'work-dir "/home/me/my dir"',
            [Explanation(" ", 'work-dir  "/home/me/my dir"')],
        ),
        # Nothing can be moved for an option that does not exist.
        ('bogus "/my dir with more"', [Explanation(" ", None)]),
    ],
)
def test_blank_in_quotes(text: str, expected: list[Explanation]) -> None:
    assert explain(blank_in_quotes, text) == expected
