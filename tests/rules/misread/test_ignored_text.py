# SPDX-License-Identifier: MIT
"""Text that is not a part of the option, and no comment."""

from __future__ import annotations

import pytest

from criulint.rules.misread.ignored_text import ignored_text
from tests.rules.misread.report import line


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        ("tcp-close", None),
        ("tcp-close # x", None),
        ("tcp-close false", "false"),
        ("tcp-close false  # x", "false"),
        ("tcp-close a b", "a b"),
        ("tcp-close a#b", "a"),
        ("log-file a", None),
        ("log-file a b", "b"),
        ("log-file=a b", "b"),
        ('log-file "a b" c', "c"),
        ("log-file a#b c", None),
    ],
)
@pytest.mark.parametrize("release", ["3.16", "4.2.1"])
def test_ignored_text(text: str, ignored: str | None, release: str) -> None:
    found = ignored_text(line(text, release))
    assert (found and found.text) == ignored
    if found:
        assert text[found.start : found.end] == found.text
