# SPDX-License-Identifier: MIT
"""CRIU307: which lines have a successor on one line."""

from __future__ import annotations

import pytest

from criulint.rules.conflicts.deprecated_option import deprecated_option
from tests.rules.asking import fixed, lines, problem, settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("veth-pair a=b", "external veth[a]:b"),
        ("  veth-pair a=b", "  external veth[a]:b"),
        ("veth-pair a=b # why", None),
        ("veth-pair =b", None),
        ("veth-pair a=", None),
        ('veth-pair a="b', None),
        ("veth-pair=a=b#c", None),
        ("ext-mount-map a:b", "external mnt[a]:b"),
        ("ext-mount-map a:", None),
        ("ext-mount-map auto", None),
        ("ext-unix-sk", None),
    ],
)
def test_successor(text: str, expected: str | None) -> None:
    assert fixed(deprecated_option.check, settings(f"{text}\n")) == [expected]


@pytest.mark.parametrize("name", ["enable-external-masters", "enable-external-sharing"])
def test_what_criu_itself_advises_is_not_deprecated(name: str) -> None:
    assert lines(deprecated_option.check, settings(f"{name}\n")) == []


def test_advice() -> None:
    check = deprecated_option.check
    assert problem(check, settings("veth-pair a=b # why\n")).help == "write `external veth[a]:b`"
    assert problem(check, settings('ext-mount-map "a b:c"\n')).help == "use `external`"
    assert problem(check, settings("ext-unix-sk\n")).help == "use `external`"
