# SPDX-License-Identifier: MIT
"""CRIU303."""

from __future__ import annotations

import pytest

from criulint.rules.conflicts.contradicted_option import contradicted_option
from tests.rules.asking import lines, settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp-close\nno-tcp-close\n", [1]),
        ("no-tcp-close\ntcp-close\n", [1]),
        ("tcp-close\nno-tcp-close\ntcp-close\n", [2]),
        ("daemon\nno-restore-detached\n", [1]),
        ("restore-detached\nno-daemon\n", [1]),
        ("tcp-close\nno-tcp-established\n", []),
        ("leave-running\nleave-stopped\n", []),
    ],
)
def test_the_last_line_wins(text: str, expected: list[int]) -> None:
    assert lines(contradicted_option.check, settings(text)) == expected
