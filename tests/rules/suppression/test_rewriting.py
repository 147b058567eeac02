# SPDX-License-Identifier: MIT
"""Which comments get fixes."""

from __future__ import annotations

import pytest

from criulint import check


@pytest.mark.parametrize(("length", "is_fixed"), [(1000, True), (1001, False)])
@pytest.mark.parametrize(
    ("comment", "code"),
    [
        ("# criulint: ignore[value_ignored] ", "CRIU902"),
        ("# criulint: ignore[CRIU201] ", "CRIU901"),
        ("# criulint: ignor ", "CRIU903"),
    ],
)
def test_long_lines_have_no_fixes(comment: str, code: str, length: int, is_fixed: bool) -> None:
    """They would be written once for each of their names."""
    text = comment.ljust(length, "x")
    (finding,) = [found for found in check(f"{text}\ntcp-close\n".encode()) if found.code == code]
    assert (finding.fix is not None) is is_fixed
