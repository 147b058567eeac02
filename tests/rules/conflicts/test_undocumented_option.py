# SPDX-License-Identifier: MIT
"""CRIU308."""

from __future__ import annotations

import pytest

from criulint.rules.conflicts.undocumented_option import undocumented_option
from tests.rules.asking import lines, problem, settings


@pytest.mark.parametrize(
    ("criu", "text", "expected"),
    [
        ("4.2.1", "deprecated\nno-deprecated\n", [1, 2]),
        ("4.2.1", "timeout 5\n", []),
        ("3.11", "timeout 5\n", [1]),
        ("4.2.1", "ext-unix-sk\n", []),  # CRIU307
    ],
)
def test_options(criu: str, text: str, expected: list[int]) -> None:
    assert lines(undocumented_option.check, settings(text, criu=criu)) == expected


def test_help_says_what_the_option_does() -> None:
    advice = problem(undocumented_option.check, settings("deprecated\n")).help
    assert advice.startswith("accepts old image formats") and not advice.endswith(".")
