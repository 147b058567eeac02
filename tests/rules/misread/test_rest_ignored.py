# SPDX-License-Identifier: MIT
"""CRIU205: where the options of a file end."""

from __future__ import annotations

import pytest

from criulint.criu.reading import Reading
from criulint.rules.misread.rest_ignored import rest_ignored
from criulint.source import Source


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("tcp-close --\nlog-file a\n", (1, 10, 12)),
        ("tcp-close --", (1, 10, 12)),
        ("log-file=é --\n", (1, 11, 13)),
        ("tcp-close\n  \0\nlog-file a\n", (2, 2, 3)),
        ("tcp-close\n  \0", None),
        ("log-file --\n", None),
        ("tcp-close\n", None),
    ],
)
def test_rest_ignored(text: str, place: tuple[int, int, int] | None) -> None:
    reading = Reading(Source(text.encode()), "4.2.1")
    found = [
        (line, problem.start, problem.end) for line, problem, *_ in rest_ignored.check(reading)
    ]
    assert found == ([place] if place else [])
