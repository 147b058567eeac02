# SPDX-License-Identifier: MIT
"""CRIU113: tabs that a later space makes part of a name."""

from __future__ import annotations

import pytest

from criulint.rules.refused.tab_before_space import tab_before_space
from tests.rules.refused.explain import Explanation, explain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log-file x # c", []),
        ("log-file\tx", []),
        ("log-file\t\tx # c", [Explanation("\t\t", "log-file x # c")]),
        ("log-file\tx\t# c", [Explanation("\t", "log-file x # c")]),
        ("log-file X\t# c", [Explanation("\t", "log-file X # c")]),
        ("tcp-close\t# c", [Explanation("\t", "tcp-close # c")]),
        ("log-file=x\t# c", [Explanation("\t", "log-file=x # c")]),
        ("\t# c", []),
    ],
)
def test_tab_before_space(text: str, expected: list[Explanation]) -> None:
    assert explain(tab_before_space, text) == expected
