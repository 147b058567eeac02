# SPDX-License-Identifier: MIT
"""From problems to findings: columns that count from 1, and the smallest edits."""

from __future__ import annotations

import pytest

from criulint.finding import Edit, Fix, Severity, Span
from criulint.linter.findings import common_ends, make_finding
from criulint.rules.base import FileProblem, Problem, Rewrite
from criulint.rules.registry import find_rule
from criulint.source import Source

RULE = find_rule("unknown-option")


@pytest.mark.parametrize(
    ("first", "second", "lengths"),
    [
        ("", "", (0, 0)),
        ("abc", "abc", (3, 0)),
        ("abc", "abXc", (2, 1)),
        ("abc", "Xbc", (0, 2)),
        ("abc", "xyz", (0, 0)),
        # The ends do not overlap.
        ("aaa", "aa", (2, 0)),
        ("abab", "ab", (2, 0)),
    ],
)
def test_common_ends(first: str, second: str, lengths: tuple[int, int]) -> None:
    assert common_ends(first, second) == lengths


@pytest.mark.parametrize(
    ("data", "line", "text", "edit"),
    [
        # Whole words are replaced, not the letters that differ.
        (b"tcp_close\n", 1, "tcp-close", (Span(1, 1, 1, 10), "tcp-close")),
        (b"log-file = a\n", 1, "log-file a", (Span(1, 10, 1, 13), "a")),
        (b"tcp-close# x\n", 1, "tcp-close # x", (Span(1, 1, 1, 10), "tcp-close ")),
        (b"a\ntcp-close # \xc3\xa9\n", 2, "# \u00e9", (Span(2, 1, 2, 11), "")),
        # Without text the line goes, with its LF if it has one.
        (b"a\nb\n", 2, None, (Span(2, 1, 3, 1), "")),
        (b"a\nb", 2, None, (Span(2, 1, 2, 2), "")),
        (b"a\nb", 1, None, (Span(1, 1, 2, 1), "")),
        (b"a\n", 1, "a", None),
    ],
)
def test_fix_is_the_smallest_edit(
    data: bytes, line: int, text: str | None, edit: tuple[Span, str] | None
) -> None:
    assert RULE
    problem = Problem(0, 1, "message", rewrite=Rewrite("Fix it", text, safe=True))
    finding = make_finding(Source(data), RULE, FileProblem(line, problem))
    expected = Fix("Fix it", (Edit(*edit),), safe=True) if edit else None
    assert finding.fix == expected


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [(0, 3, Span(1, 1, 1, 4)), (2, 2, Span(1, 3, 1, 3)), (2, 0, Span(1, 3, 1, 3))],
)
def test_columns_count_from_one(start: int, end: int, span: Span) -> None:
    assert RULE
    problem = FileProblem(1, Problem(start, end, "message", "help"))
    finding = make_finding(Source(b"abc\n", "x.conf"), RULE, problem)
    assert finding.span == span
    assert (finding.code, finding.name, finding.path) == ("CRIU101", "unknown-option", "x.conf")
    assert (finding.message, finding.help, finding.severity) == ("message", "help", Severity.ERROR)


def test_a_problem_can_have_its_own_severity_and_fix() -> None:
    assert RULE
    fix = Fix("Fix it", (Edit(Span(1, 1, 1, 2), "x"),), safe=False)
    problem = FileProblem(1, Problem(0, 1, "message", severity=Severity.INFO), fix)
    finding = make_finding(Source(b"abc\n"), RULE, problem)
    assert (finding.severity, finding.fix) == (Severity.INFO, fix)
