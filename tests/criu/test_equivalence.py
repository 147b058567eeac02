# SPDX-License-Identifier: MIT
"""When CRIU reads two texts the same; `tests.test_rewrites` has the property."""

from __future__ import annotations

import pytest

from criulint.criu.equivalence import generations, line_reads_the_same, reads_the_same
from criulint.criu.releases import releases
from criulint.source import Source

# Text before and after, and whether 4.2.1 and all releases that accept `before` read them alike.
_PAIRS = [
    ("tcp-close", "tcp-close", True),
    ("tcp-close", "  tcp-close", True),
    ("tcp-close ", "tcp-close", True),
    ("tcp-close # a", "tcp-close", True),
    ("tcp-close", "no-tcp-close", False),
    ("tcp-cl", "tcp-close", True),
    ("log-file a", "log-file=a", True),
    ("log-file=a", "log-file=b", False),
    ("log-file a", "log-file  a", True),
    ("log-file a", "log-file\ta", True),
    ('log-file ""', "log-file=", True),
    ("timeout 5", "timeout 05", False),
    ("tcp-close a", "tcp-close", False),
    ("tcp-close a", "tcp-close b", False),
    ("bogus", "bogus", True),
    ("bogus", "other", False),
    ("port 0", "port=0", True),
    ("port 0", "port 1", False),
    ("log-file", "log-file", True),
    ("log-file a b c", "log-file a b c", True),
    ("log-file a b c", "log-file a", False),
    ("-v4", "verbosity=4", False),
    ("", "# a", True),
    ("", "tcp-close", False),
    ('log-file "a"', 'log-file "a"', True),
]


def _sources(*lines: str) -> list[Source]:
    return [Source(f"{line}\n".encode(), None) for line in lines]


@pytest.mark.parametrize(("before", "after", "same"), _PAIRS)
def test_reads_the_same(before: str, after: str, same: bool) -> None:
    first, second = _sources(before, after)
    assert reads_the_same(first, second, "4.2.1") is same


@pytest.mark.parametrize(("before", "after", "same"), _PAIRS)
def test_line_reads_the_same(before: str, after: str, same: bool) -> None:
    assert line_reads_the_same(before.encode(), after.encode(), "4.2.1", alone=True) is same


@pytest.mark.parametrize(
    ("before", "after", "release", "same"),
    [
        ("log-file a b", "log-file a", "3.16", False),  # 3.15 accepts it, and drops a word
        ("log-file a b", "log-file a", "3.15", False),
        ("log-file a#b", "log-file a", "3.15", False),
        ("log-file a#b", "log-file a", "4.2.1", False),  # 3.15 accepts it, and reads a#b
        ('log-file "a b"', "log-file a", "4.2.1", False),
        ('log-file "a"', "log-file a", "4.2.1", True),
        ('log-file "a"', "log-file a", "3.15", False),  # not known what it reads
        ("log-file a", 'log-file "a"', "4.2.1", False),
        ("log-file abcdefghijk", 'log-file "abcdefghijk"', "4.2.1", False),
        ("log-file a b c", "log-file a", "3.15", False),
        ("log-file=", 'log-file ""', "4.2.1", False),  # 3.15 crashes at empty quotes
        ("tcp-close", 'tcp-close ""', "3.15", False),
        ("tcp-close", 'tcp-close ""', "4.2.1", False),
        ("tcp-close a b c", "tcp-close a b  c", "4.2.1", True),
        ("tcp-close a b c", "tcp-close a b  c", "3.15", True),
    ],
)
def test_other_releases(before: str, after: str, release: str, same: bool) -> None:
    first, second = _sources(before, after)
    assert reads_the_same(first, second, release) is same
    assert line_reads_the_same(before.encode(), after.encode(), release, alone=True) is same


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [("tcp-close", "tcp-close # a", True), ("log-file a", "log-file=a", False)],
)
def test_words_of_a_line_with_others(before: str, after: str, same: bool) -> None:
    """What they mean depends on the lines before."""
    assert line_reads_the_same(before.encode(), after.encode(), "4.2.1", alone=False) is same


@pytest.mark.parametrize(
    ("before", "after", "release", "same"),
    [
        ("tcp-close\nshell-job\n", "shell-job\ntcp-close\n", "4.2.1", False),
        ("tcp-close\ntcp-close\n", "tcp-close\n", "4.2.1", False),
        ("bogus\ntcp-close\n", "bogus\n", "4.2.1", False),
        ("a b c d\ntcp-close\n", "a b c d\n", "4.2.1", False),
        ("", "\n", "4.2.1", True),
        # Five lines with a tab and no space overflow CRIU's array.
        (
            'tls-cert "a"\n' + "port 1\n" * 6,
            'tls-cert "a"\n' + "port\t1\n" * 6,
            "4.2.1",
            False,
        ),
        ('log-file ""\ntcp-close # a\n', 'log-file ""\ntcp-close\n', "3.15", True),
    ],
)
def test_files(before: str, after: str, release: str, same: bool) -> None:
    first, second = Source(before.encode(), None), Source(after.encode(), None)
    assert reads_the_same(first, second, release) is same


def test_generations_are_all_releases() -> None:
    assert sorted(sum(generations().values(), ())) == sorted(releases())
    assert len(generations()) == 2
