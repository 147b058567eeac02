# SPDX-License-Identifier: MIT
"""How CRIU reads values, and the fixes that would lose a comment."""

from __future__ import annotations

import pytest

from criulint.criu.options import option_table
from criulint.rules.misread.values import describe_value, find_own_value, rewrite_value
from tests.rules.misread.report import line


@pytest.mark.parametrize(
    ("option", "value", "described"),
    [
        ("log-file", b"a", "`a`"),
        ("log-file", b"\xff\t", "`\\xff\\t`"),
        ("log-file", b"", "an empty value"),
        ("ghost-limit", b"1", "1 byte"),
        ("ghost-limit", b"2", "2 bytes"),
        ("ghost-limit", b"", "0 bytes"),
        ("timeout", b"1x", "1 second"),
        ("timeout", b"10m", "10 seconds"),
        ("timeout", b"never", "0, which means no time limit"),
        ("verbosity", b"4", "level 4"),
        ("port", b"80", "80"),
    ],
)
def test_describe_value(option: str, value: bytes, described: str) -> None:
    assert describe_value(option_table("4.2.1").options[option], value) == described


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("log-file a", "a"),
        ("log-file=", ""),
        ("verbosity=4 # x", "4"),
        ("tcp-close", None),
        ("config a", None),
        ("bogus a", None),
        ("# log-file a", None),
    ],
)
def test_find_own_value(text: str, value: str | None) -> None:
    own = find_own_value(line(text))
    assert (own and own.text) == value


@pytest.mark.parametrize(
    ("text", "value", "fixed"),
    [
        ("timeout 10m", "600", "timeout 600"),
        ("timeout 10m # why", "600", "timeout 600 # why"),
        ("timeout 10m#why", "600", None),
        ("log-file 'a#b'", "a#b", "log-file=a#b"),
        # Nothing to change, and what no file can say.
        ("log-file a", "a", None),
        ("log-file a", "a# b", None),
    ],
)
def test_rewrite_value(text: str, value: str, fixed: str | None) -> None:
    own = find_own_value(line(text))
    assert own
    rewrite = rewrite_value(line(text), own.option, value, safe=True)
    assert (rewrite and rewrite.text) == fixed
