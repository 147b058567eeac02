# SPDX-License-Identifier: MIT
"""CRIU902: which rule an unknown name means."""

from __future__ import annotations

import pytest

from criulint.rules.registry import RULE_INDEX
from criulint.rules.suppression.unknown_rule_in_suppression import guess_rule


@pytest.mark.parametrize(
    ("text", "intended", "certain"),
    [
        ("value_ignored", "value-ignored", True),
        ("Value Ignored", "value-ignored", True),
        ("'CRIU201'", "CRIU201", True),
        ("CRIU-201", "CRIU201", True),
        ("criu_201", "CRIU201", True),
        ("201", "CRIU201", True),
        ("value-ignore", "value-ignored", False),
        # Another number is another rule.
        ("CRIU299", None, False),
        ("299", None, False),
        ("nonsense", None, False),
        ("x" * 1000, None, False),
        ("", None, False),
    ],
)
def test_guess_rule(text: str, intended: str | None, certain: bool) -> None:
    assert guess_rule(text, RULE_INDEX) == (intended, certain)
