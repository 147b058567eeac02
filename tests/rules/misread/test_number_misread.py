# SPDX-License-Identifier: MIT
"""CRIU206: numbers, and what they were meant to be."""

from __future__ import annotations

import pytest

from criulint.criu.options import option_table
from criulint.rules.misread.number_misread import is_canonical, number_misread
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timeout 10m", Reported("10m", "timeout 600", False)),
        # The fix would lose what CRIU reads as a comment.
        ("timeout 10m#x", Reported("10m")),
        ("timeout never", Reported("never")),
        ("timeout 99999999999", Reported("99999999999")),
        ("timeout " + "0" * 25 + "5", None),
        ("ghost-limit 10m", Reported("10m", "ghost-limit 10M", True)),
        ("ghost-limit 1KiB", None),
        ("ghost-limit 99999999999999G", Reported("99999999999999G")),
        ("verbosity=9", None),
        ("verbosity=x", Reported("x")),
        ("ps-socket -1", None),
        ("port -1", Reported("-1")),
        ("timeout=5# x", Reported("5#", "timeout=5 # x", True)),
        ("timeout 5# x", None),
        ("timeout=# x", Reported("#")),
        ("timeout=x# y", Reported("x#")),
        ("timeout =5", None),
        ("timeout = 5", None),
        ("timeout  5\t", None),
        ("port 70000", Reported("70000")),
        ("verbosity=vv", Reported("vv", "verbosity=4", False)),
        ("timeout=10m #x", Reported("10m", "timeout 600 #x", False)),
    ],
)
def test_number_misread(text: str, expected: Reported | None) -> None:
    assert report(number_misread, text) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("option", "number", "canonical"),
    [
        ("timeout", "0", True),
        ("timeout", "4294967295", True),
        ("timeout", "4294967296", False),
        ("timeout", "+5", False),
        ("port", "65535", True),
        ("port", "65536", False),
        ("ghost-limit", "1G", True),
        ("ghost-limit", "1GiB", True),
        ("ghost-limit", "1g", False),
        ("ghost-limit", "1T", False),
        ("ghost-limit", "17179869183G", True),
        ("ghost-limit", "17179869184G", False),
        ("verbosity", "99", True),
        ("verbosity", "v", True),
        ("verbosity", "vv", False),
        ("status-fd", "-1", True),
        ("close", "-1", False),
    ],
)
def test_is_canonical(option: str, number: str, canonical: bool) -> None:
    assert is_canonical(option_table("4.2.1").options[option], number) is canonical
