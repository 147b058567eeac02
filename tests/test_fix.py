# SPDX-License-Identifier: GPL-2.0-only
"""Edits are made where they say."""

from __future__ import annotations

import pytest

from criulint.finding import Edit, Span
from criulint.linter.fixing import apply_edits, fix
from criulint.linter.linter import Linter


@pytest.mark.parametrize(
    ("data", "edits", "expected"),
    [
        (b"ab\ncd\n", [Edit(Span(1, 2, 1, 3), "X")], b"aX\ncd\n"),
        (b"ab\ncd\n", [Edit(Span(1, 1, 2, 1), "")], b"cd\n"),
        (b"ab\ncd", [Edit(Span(2, 1, 2, 3), "")], b"ab\n"),
        (b"ab", [Edit(Span(1, 3, 1, 3), "c"), Edit(Span(1, 1, 1, 1), "_")], b"_abc"),
        (
            "é日\udcff\n".encode("utf-8", "surrogateescape"),
            [Edit(Span(1, 3, 1, 4), "x")],
            "é日x\n".encode(),
        ),
        (b"", [Edit(Span(1, 1, 1, 1), "a\n")], b"a\n"),
    ],
)
def test_edits(data: bytes, edits: list[Edit], expected: bytes) -> None:
    assert apply_edits(data, edits) == expected


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply_edits(b"abc", [Edit(Span(1, 1, 1, 3), ""), Edit(Span(1, 2, 1, 4), "")])


def test_fixes_of_one_line_and_of_several_wait_for_one_another() -> None:
    data = b"log-file\ta\ntimeout\t30\nport\t80\nlibdir\t/a\nwork-dir\t/a\nroot\t/a\nlog-file\tb\n"
    codes = {finding.code for finding in Linter("4.2.1").check(data) if finding.fix}
    assert codes == {"CRIU115", "CRIU301"}  # the one edits all lines, the other takes out the first
    mended, left, made = fix(data, Linter("4.2.1").check, unsafe=True)
    assert (mended, made) == (
        b"timeout 30\nport 80\nlibdir /a\nwork-dir /a\nroot /a\nlog-file b\n",
        2,
    )
    assert not [finding for finding in left if finding.fix]
