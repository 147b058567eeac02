# SPDX-License-Identifier: MIT
"""CRIU208: what a shell would expand."""

from __future__ import annotations

import pytest

from criulint.rules.misread.not_expanded import not_expanded
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("work-dir ~/criu", Reported("~")),
        ("log-file $HOME/a", Reported("$HOME")),
        ("log-file `x`", Reported("`x`")),
        ("log-file %H", Reported("%H")),
        ("log-file %%H", None),
        ("log-file *.log", Reported("*")),
        ("external file[$X]:a", Reported("$X")),
        ("timeout $X", None),
        ("log-file a[bc]", Reported("[bc]")),
        ("log-file ~", Reported("~")),
        ("log-file a~", None),
        ('log-file "$A b"', Reported("$A")),
        ("network-lock $x", None),
        ('log-file \\"~', None),
    ],
)
def test_not_expanded(text: str, expected: Reported | None) -> None:
    assert report(not_expanded, text) == ([expected] if expected else [])
