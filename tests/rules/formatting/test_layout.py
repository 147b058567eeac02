# SPDX-License-Identifier: MIT
"""CRIU601: lines that ``criulint format`` would change."""

from __future__ import annotations

import pytest

from criulint.criu.reading import Reading
from criulint.rules.formatting.layout import layout
from criulint.source import Source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The line, what is marked of it, and what it becomes.
        ("  tcp-close\n", [(1, "  tcp-close", "tcp-close")]),
        ("tcp-close", [(1, "", "tcp-close\n")]),
        ("  tcp-close", [(1, "  tcp-close", "tcp-close\n")]),
        ("tcp-close\n \nshell-job\n", [(2, " ", "")]),
        ("tcp-close\n\n  \nshell-job\n", [(3, "  ", None)]),
        ("tcp-close\n\n", [(2, "", None)]),
        ("tcp-close\n", []),
        ("", []),
        ("  a\0", []),
    ],
)
def test_layout(text: str, expected: list[tuple[int, str, str | None]]) -> None:
    source = Source(text.encode())
    found = []
    for line, problem, *_ in layout.check(Reading(source, "4.2.1")):
        assert problem.rewrite
        marked = source.text(line)[problem.start : problem.end]
        found.append((line, marked, problem.rewrite.text))
    assert found == expected
