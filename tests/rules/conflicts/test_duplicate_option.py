# SPDX-License-Identifier: MIT
"""CRIU301: which of several lines is reported, and which of them may be removed."""

from __future__ import annotations

import copy

import pytest

from criulint.criu.builds import make_release
from criulint.criu.context import Context
from criulint.criu.reading import Reading
from criulint.criu.releases import load_schema
from criulint.criu.settings import Settings
from criulint.rules.conflicts.duplicate_option import duplicate_option
from criulint.source import Source
from tests.rules.asking import fixed, lines, problem, settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timeout 1\ntcp-close\ntimeout 2\n", [1]),
        ("timeout 1\ntimeout 2\ntimeout 3\n", [1, 2]),
        ("timeout 2\ntimeout 1\ntimeout 2\n", [2]),
        ("timeout 2\ntimeout 2\n", [2]),
        ("tcp-close\ntcp-close\ntcp-close\n", [2, 3]),
        ("daemon\nrestore-detached\n", [2]),
        ("no-daemon\nno-restore-detached\n", [2]),
        ("tcp-close\nno-tcp-close\n", []),
        ("leave-running\nleave-stopped\n", []),
        ("external mnt[a]:b\nexternal mnt[c]:d\nexternal mnt[a]:b\n", [3]),
        # The root of all controllers does not replace that of one.
        ("cgroup-root /a\ncgroup-root /b\ncgroup-root /a\n", [1, 2]),
        ("cgroup-root cpu:/a\ncgroup-root /b\ncgroup-root cpu:/a\n", [3]),
        ("verbosity\nverbosity\n", [2]),
        ("verbosity=2\nverbosity=2\n", [1]),
        ("verbosity=2\nverbosity\nverbosity=4\n", [2, 2]),
    ],
)
def test_which_lines_are_duplicates(text: str, expected: list[int]) -> None:
    assert lines(duplicate_option.check, settings(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp-close\ntcp-close\n", ["-"]),
        # The second one is not redundant: it undoes the line between.
        ("tcp-close\nno-tcp-close\ntcp-close\n", [None]),
        ("leave-running\nleave-stopped\nleave-running\n", [None]),
        ("timeout 1 # why\ntimeout 2\n", [None]),
        ("timeout\n5\ntimeout 7\n", [None]),
        ("external mnt[a]:b\nexternal mnt[a]:b\n", ["-"]),
        ("verbosity\nverbosity\n", [None]),
        ("verbosity=2\nverbosity=3\n", ["-"]),
        ("cpu-cap=cpu\ncpu-cap=cpu\n", ["-"]),
        # `none` takes back what the first one says.
        ("cpu-cap=cpu\ncpu-cap=none\ncpu-cap=cpu\n", ["-"]),
        ("cgroup-root /a\ncgroup-root /b\n", ["-"]),
        ("cgroup-root /a\ncgroup-root cpu:/b\n", []),
    ],
)
def test_only_redundant_lines_are_removed(text: str, expected: list[str | None]) -> None:
    assert fixed(duplicate_option.check, settings(text)) == expected


def test_an_option_that_is_not_annotated_may_be_given_several_times() -> None:
    """A new build of CRIU may have options of which only the name is known."""
    schema = copy.deepcopy(load_schema("4.3"))
    schema["properties"]["new"] = schema["properties"]["root"] | {"x-criu-repeat": "unknown"}
    schema["$defs"]["new"] = {}
    reading = Reading(Source(b"new a\nnew b\nroot a\nroot b\n"), make_release(schema, "x"))
    assert lines(duplicate_option.check, Settings(reading, Context())) == [3]


def test_span_ends_with_the_name_if_the_value_is_on_the_next_line() -> None:
    found = problem(duplicate_option.check, settings("timeout\n5\ntimeout 7\n"))
    assert (found.start, found.end) == (0, 7)
