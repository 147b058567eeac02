# SPDX-License-Identifier: MIT
"""CRIU201: what follows a flag."""

from __future__ import annotations

import pytest

from criulint.rules.misread.value_ignored import value_ignored
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp-close false", Reported("false", "no-tcp-close", True)),
        ("no-tcp-close true", Reported("true", "no-tcp-close", True)),
        ("tcp-close maybe", Reported("maybe")),
        ("tcp-close no # why", Reported("no", "no-tcp-close # why", True)),
        ("shell-job no", Reported("no", "no-shell-job", True)),
        ("tcp-close log-file a", Reported("log-file a", "tcp-close\nlog-file a", True)),
        ("tcp-close", None),
        ("-j no", None),
        ("tcp-close #no", None),
        ("log-file a b", None),
        ("tcp-close :  yes", None),
    ],
)
def test_value_ignored(text: str, expected: Reported | None) -> None:
    assert report(value_ignored, text) == ([expected] if expected else [])
