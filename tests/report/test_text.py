# SPDX-License-Identifier: MIT
"""Findings with their line, and the summary of a run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from criulint.finding import Edit, Finding, Fix, Severity, Span
from criulint.report import Report
from criulint.report.terminal import PLAIN, Style
from criulint.report.text import Summary, concise, full, render_full
from tests.report.reports import GOLDEN

if TYPE_CHECKING:
    from tests.golden import Golden


def _finding(
    line: str, start: int, end: int, severity: Severity = Severity.WARNING, *, safe: bool = True
) -> Finding:
    """Return a finding on 1-based columns of a line."""
    span = Span(7, start, 7, end)
    return Finding(
        "CRIU204",
        "word-ignored",
        severity,
        "the message",
        "the help",
        "x.conf",
        span,
        Fix("Remove it", (Edit(span, ""),), safe),
        "https://example.org/",
        line_text=line,
    )


@pytest.mark.parametrize(
    ("line", "start", "end", "shown", "carets"),
    [
        ("log-file x y", 12, 13, "log-file x y", "           ^"),
        ("log-file x", 11, 11, "log-file x", "          ^"),
        ("a\tb c", 5, 6, "a␉b c", "    ^"),
        ("\x1b[31m c", 7, 8, "␛[31m c", "      ^"),
        ("\x7f \udcff c", 5, 6, "␡ \ufffd c", "    ^"),
        ("漢字 c", 4, 5, "漢字 c", "     ^"),
        ("e\u0301 c", 4, 5, "e\u0301 c", "  ^"),
        ("a 漢字", 3, 5, "a 漢字", "  ^^^^"),
        ("x" * 150 + " y", 152, 153, "..." + "x" * 59 + " y", " " * 63 + "^"),
        ("y " + "x" * 150, 1, 2, "y " + "x" * 118 + "...", "^"),
    ],
)
def test_carets_are_under_the_finding(
    line: str, start: int, end: int, shown: str, carets: str
) -> None:
    lines = full(_finding(line, start, end), PLAIN).splitlines()
    assert lines[3:5] == [f" 7 | {shown}", f"   | {carets}"]


def test_a_finding_ends_with_its_help_and_its_fix() -> None:
    safe, unsafe = _finding("x y", 3, 4), _finding("x y", 3, 4, safe=False)
    help_line = "   = help: the help"
    assert full(safe, PLAIN).splitlines()[5:7] == [help_line, "   = fix: Remove it (--fix)"]
    assert full(unsafe, PLAIN).splitlines()[5:7] == [
        help_line,
        "   = fix: Remove it (--fix --unsafe-fixes)",
    ]


@pytest.mark.parametrize(
    ("line", "edits", "diff"),
    [
        ("x y", [Edit(Span(7, 2, 7, 4), "")], [" 7 - x y", " 7 + x"]),
        ("x y", [Edit(Span(7, 1, 8, 1), "")], [" 7 - x y"]),
        ("x y", [Edit(Span(7, 1, 7, 4), "")], [" 7 - x y"]),
        ("x y", [Edit(Span(7, 2, 7, 3), "\n")], [" 7 - x y", " 7 + x", " 7 + y"]),
        ("x\r", [Edit(Span(7, 2, 7, 3), "")], [" 7 - x␍", " 7 + x"]),
        ("x", [Edit(Span(7, 2, 7, 2), "\x1b")], [" 7 - x", " 7 + x␛"]),
        (
            "x" * 200 + " y",
            [Edit(Span(7, 202, 7, 203), "z")],
            [f" 7 - ...{'x' * 59} y", f" 7 + ...{'x' * 59} z"],
        ),
        # Other lines change, too, or alone.
        ("x y", [Edit(Span(7, 1, 7, 2), "z"), Edit(Span(9, 1, 9, 2), "z")], []),
        ("x y", [Edit(Span(8, 1, 8, 2), "z")], []),
        ("x y", [Edit(Span(7, 1, 9, 1), "")], []),
    ],
)
def test_a_fix_is_shown_as_a_difference(line: str, edits: list[Edit], diff: list[str]) -> None:
    finding = _finding(line, 1, 2)._replace(fix=Fix("Fix it", tuple(edits), safe=True))
    assert full(finding, PLAIN).splitlines()[7:] == diff


def test_a_path_is_on_one_line() -> None:
    finding = _finding("x y", 3, 4)._replace(path="a\nb\x1b.conf")
    assert concise(finding, PLAIN).startswith("a␊b␛.conf:7:3: warning: CRIU204 word-ignored: ")


_ERROR, _WARNING, _INFO = (
    _finding("x y", 3, 4, severity, safe=severity is Severity.WARNING)
    for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
)


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        (Summary([], 1, "4.2.1", True), "1 file checked: CRIU 4.2.1 reads it as written"),
        (Summary([], 2, "4.2.1", True), "2 files checked: CRIU 4.2.1 reads them as written"),
        (
            Summary([], 1, "4.2.1", False),
            "1 file checked for CRIU 4.2.1: no findings from the selected rules",
        ),
        (
            Summary([], 1, "4.2.1", True, hidden=2),
            "1 file checked for CRIU 4.2.1: nothing new, 2 hidden",
        ),
        (
            Summary([_INFO, _ERROR, _INFO], 1, "4.2.1", True),
            "1 file checked for CRIU 4.2.1: 1 error, 2 info; 3 fixable with --unsafe-fixes",
        ),
        (
            Summary([_WARNING, _WARNING, _ERROR], 3, "4.2.1", True, hidden=1),
            "3 files checked for CRIU 4.2.1: 1 error, 2 warnings, 1 hidden; 2 fixable with --fix, 1"
            " more with --unsafe-fixes",
        ),
        (
            Summary([], 2, "4.2.1", True, embedded=True),
            "2 files checked: CRIU 4.2.1 reads the configuration in them as written",
        ),
        (
            Summary([], 1, "4.2.1", True, lowest=Severity.ERROR),
            "1 file checked for CRIU 4.2.1: no errors",
        ),
        (
            Summary([_INFO], 2, "4.2.1", True, empty=1),
            "2 files checked for CRIU 4.2.1: 1 info; 1 fixable with --unsafe-fixes; no CRIU"
            " configuration in 1 other file",
        ),
    ],
)
def test_the_summary(summary: Summary, text: str) -> None:
    assert str(summary) == text


_LONG = _finding(f"log-file {'/very/long/path' * 12} {'rest ' * 20}".rstrip(), 191, 195)._replace(
    message="CRIU refuses the line: more than one word follows the name, and so it stops there",
    help="an option takes one value; put a value with spaces in double quotes, or remove what"
    " follows the value",
)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_everything_fits_the_terminal(width: int, golden: Golden) -> None:
    findings = [_LONG, _finding("tcp-close no", 11, 13), _finding("x" * 500, 1, 300)]
    text = render_full(Report(findings, ["x.conf"]), style=Style(width=width))
    assert max(map(len, text.splitlines())) <= width
    golden(GOLDEN / f"terminal.{width}", text)


@pytest.mark.parametrize("width", [None, 20, 60])
def test_colours_change_no_character(width: int | None) -> None:
    plain = full(_LONG, Style(width=width))
    painted = full(_LONG, Style(colour=True, width=width, links=True))
    assert re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\", "", painted) == plain
