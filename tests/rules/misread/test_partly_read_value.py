# SPDX-License-Identifier: MIT
"""CRIU216: values of which CRIU reads a part."""

from __future__ import annotations

import pytest

from criulint.rules.misread.partly_read_value import partly_read_value
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("external mnt[]:ms", Reported("mnt[]:ms", "external mnt[]:m\nexternal mnt[]:s", True)),
        (
            "external mnt[]:sm # x",
            Reported("mnt[]:sm", "external mnt[]:m # x\nexternal mnt[]:s # x", True),
        ),
        ("external mnt[]:ms b", Reported("mnt[]:ms")),
        ("external mnt[]:msx", Reported("mnt[]:msx")),
        ("external mnt[]x", Reported("mnt[]x")),
        ("external mnt[]:", None),
        ("external mnt[]", None),
        ("external file[0x1F:2]", Reported("file[0x1F:2]", "external file[1f:2]", True)),
        ("external file[1f:2]", None),
        ("external file[0x1F:2]:a", None),
        ("external tty[A:0]", Reported("tty[A:0]", "external tty[a:0]", True)),
        ("external unix[0x5]", Reported("unix[0x5]")),
        ("external unix[5]", None),
        ("external what[1]", Reported("what[1]")),
        ("external macvlan[a:b", None),
        ("external x", Reported("x")),
        ("join-ns net:1,2,3", Reported(",2,3")),
        ("join-ns user:1,2,3", None),
        ("join-ns net:1", None),
        ("cgroup-dump-controller cpuu", Reported("cpuu")),
        ("cgroup-dump-controller cpu,cpuacct", None),
        ("cgroup-dump-controller name=x", None),
        ("cgroup-props a", Reported("a")),
        ("cpu-cap=fpu# ins", Reported("ins")),
        ("cpu-cap=fpu ins", Reported("ins", "cpu-cap=fpu,ins", True)),
        ("cpu-cap=fpu, ins", Reported("ins", "cpu-cap=fpu,ins", True)),
    ],
)
def test_partly_read_value(text: str, expected: Reported | None) -> None:
    assert report(partly_read_value, text) == ([expected] if expected else [])


@pytest.mark.parametrize(("length", "count"), [(191, 0), (192, 1)])
def test_long_veth_pair(length: int, count: int) -> None:
    text = "veth-pair a=".ljust(len("veth-pair ") + length, "b")
    assert len(report(partly_read_value, text)) == count
