# SPDX-License-Identifier: MIT
"""CRIU204: words after values, and the rules that explain them better."""

from __future__ import annotations

import pytest

from criulint.rules.misread.word_ignored import rule_that_explains, word_ignored
from tests.rules.misread.report import Reported, line, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ghost-limit '1#x' M", None),
        ('ghost-limit "1#x" M', Reported("M")),
        ("ghost-limit 1 M", Reported("M", "ghost-limit 1M", True)),
        ("log-file=a b", Reported("b", 'log-file "a b"', False)),
        ("log-file = a", None),
        ("log-file =a b", None),
        ("tcp-close\x00shell-job", Reported("\x00")),
        ("\x00tcp-close", Reported("\x00")),
        ("log-file a\x00b", None),
        ("tcp-close\x00\x00", None),
        (" a", None),
        ('log-file "a"b', Reported("b", "log-file ab", False)),
        ("log-file=a# b", None),
        ("log-file 'a' b", None),
        ("config a b", None),
        ("external file[1:2] x", Reported("x")),
        ("log-file= a", None),
        ("tcp-close no", None),
        ("log-file a -x", None),
        ("ghost-limit=1 shell-job", Reported("shell-job", "ghost-limit=1\nshell-job", True)),
        ("timeout 5 # x", None),
        ("skip-mnt a b", Reported("b")),
        ("log-file=a b #c", Reported("b", 'log-file "a b" #c', False)),
        ("log-file a \\ b", None),
        ("timeout=5 s", Reported("s", "timeout 5", True)),
        ("log-file", None),
        ("", None),
        ("cgroup-dump-controller=a b", Reported("b")),
    ],
)
def test_word_ignored(text: str, expected: Reported | None) -> None:
    assert report(word_ignored, text) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("log-file =a b", "CRIU211"),
        ("cpu-cap=fpu ins", "CRIU216"),
        ("log-file= a", "CRIU214"),
        ("log-file=a# b", "CRIU217"),
        ("log-file 'a' b", "CRIU207"),
        ("config a b", "CRIU209"),
        ("ghost-limit 1 M", None),
        ("log-file=a b", None),
        ("tcp-close no", None),
        ("unknown a", None),
    ],
)
def test_rule_that_explains(text: str, code: str | None) -> None:
    assert rule_that_explains(line(text)) == code


@pytest.mark.parametrize(("release", "count"), [("3.15", 1), ("3.16", 0)])
def test_a_long_second_word_is_ignored_up_to_3_15(release: str, count: int) -> None:
    assert len(report(word_ignored, "log-file a.log verbose", release)) == count
