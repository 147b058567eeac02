# SPDX-License-Identifier: MIT
"""Which rules report what about single lines, where, and with which fixes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from criulint.criu.options import option_table
from criulint.criu.reading import Reading
from criulint.criu.scanner import line_scanner
from criulint.linter import lines
from criulint.linter.lines import LineChecker, check_lines, line_checker
from criulint.rules.line import Line
from criulint.source import Source, encode

if TYPE_CHECKING:
    from criulint.rules.base import RuleProblem

RELEASE = "4.2.1"


def _check(text: str, release: str = RELEASE) -> tuple[RuleProblem, ...]:
    raw = encode(text)
    return line_checker(release).check(raw, True, line_scanner(release)(raw, True))


def _marked(text: str, found: tuple[RuleProblem, ...]) -> list[tuple[str, str]]:
    return [(rule.name, text[problem.start : problem.end]) for rule, problem in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Nothing to report, on the fast path and past it.
        ("tcp-close", []),
        ("log-file /var/log/criu.log", []),
        ("  # text", []),
        ("\t", []),
        ('log-file "a"', []),
        # The most specific rule for a refused line is the only one.
        ("tcp-close\r", [("carriage-return", "\r")]),
        ("bogus", [("unknown-option", "bogus")]),
        # What a safe fix uncovers is reported on the columns of the line itself.
        ("--port 0", [("leading-dashes", "--"), ("invalid-value", "0")]),
        ("[x]: y", [("foreign-syntax", "[x]: y")]),
        ("port; # 0", [("foreign-syntax", ";"), ("missing-value", "port;")]),
        ("tcp_close maybe", [("unknown-option", "tcp_close"), ("value-ignored", "maybe")]),
        # One fix, and one finding.
        ("tcp_close false", [("unknown-option", "tcp_close")]),
        ("tcp-close port=0", [("value-ignored", "port=0")]),
        ("log_file", [("unknown-option", "log_file"), ("missing-value", "log_file")]),
        (
            "ghost-l ='1g'",
            [("equals-in-value", "="), ("abbreviation", "ghost-l"), ("number-misread", " ='1g'")],
        ),
        # An unsafe fix may be wrong, and what follows from it too.
        ("log", [("ambiguous-abbreviation", "log")]),
        ("tcp-establised false", [("unknown-option", "tcp-establised")]),
        # Each line that a fix makes is checked.
        ("log-file x port=0", [("unsupported-line", "port=0"), ("invalid-value", "0")]),
    ],
)
def test_problems(text: str, expected: list[tuple[str, str]]) -> None:
    assert _marked(text, _check(text)) == expected


def test_only_the_first_fix_is_offered() -> None:
    (_, first), (_, second) = _check("--port=http\r")[:2]
    assert first.rewrite and first.rewrite.text == "port=http\r"
    assert second.rewrite is None


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("tcp_close", "Write `tcp-close`"),
        # The fixed line would take its value from the next one.
        ("log_file", None),
        ("tcp-close log-file", None),
    ],
)
def test_fix_leaves_other_lines_alone(text: str, title: str | None) -> None:
    _, problem = _check(text)[0]
    assert (problem.rewrite and problem.rewrite.title) == title


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("CLOSE 1", False),
        ("tree: 1", False),
        ("- feature x", False),
        ("ps_socket 1", False),
        ('status-fd "1', False),
        ("timeout 1 tree 1", False),
        ("TIMEOUT 1", True),
        ("timeout: 1", True),
    ],
)
def test_no_fix_leads_to_an_option_for_one_run(text: str, fixed: bool) -> None:
    """Such an option does not belong in a file, however it is spelled."""
    (_, problem), *_ = _check(text)
    assert (problem.rewrite is not None) == fixed


@pytest.mark.parametrize(("count", "is_fixed"), [(1000, True), (1001, False)])
def test_a_fix_makes_so_many_lines_and_no_more(count: int, is_fixed: bool) -> None:
    (_, problem), *_ = _check(" ".join(["tcp-close"] * count))
    assert (problem.rewrite is not None) == is_fixed


def test_a_line_is_fixed_so_often_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = b"- tcp_close;\r"
    scan = line_scanner(RELEASE)(raw, True)
    names = ["foreign-syntax", "foreign-syntax", "carriage-return", "unknown-option"]
    for count in range(4):
        monkeypatch.setattr(lines, "_MAX_FIXES", count)
        found = LineChecker(option_table(RELEASE)).check(raw, True, scan)
        assert [rule.name for rule, _ in found] == names[: count + 1]


def test_lines_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    checker = LineChecker(option_table(RELEASE))
    scan = line_scanner(RELEASE)
    monkeypatch.setattr(lines, "_MAX_CACHED_LINES", 3)
    for number in range(10):
        raw = b"bogus%d" % number
        first = checker.check(raw, True, scan(raw, True))
        assert checker.check(raw, True, scan(raw, True)) is first
        assert len(checker._seen) <= 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A line that is another option's value, or comes after `--`, is not checked as a line.
        ("log-file\nbogus\n", {}),
        ("log-file\n--x\n", {}),
        ("--\nbogus\n", {1: ["leading-dashes"], 2: ["unknown-option"]}),
        # A line that ends with a backslash, and the next one.
        ("log-file \\\nbogus\n", {1: ["foreign-syntax"]}),
        ("# log-file \\\nbogus\n", {2: ["unknown-option"]}),
        ("tcp-close \\\nshell-job\n", {1: ["value-ignored"]}),
        ("x \\\ny \\\nz\n", {1: ["foreign-syntax"], 2: ["foreign-syntax"]}),
    ],
)
def test_lines_of_a_file(text: str, expected: dict[int, list[str]]) -> None:
    reading = Reading(Source(text.encode()), RELEASE)
    found = check_lines(reading, line_checker(RELEASE))
    assert {number: [rule.name for rule, _ in here] for number, here in found.items()} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log-file\nx port 0\n", []),
        ("log-file\nx -z\n", [("unknown-option", "-z")]),
        ("log-file\nx --help\n", [("stops-criu", "--help")]),
        (
            "log-file\nx --port 0 --bogus\n",
            [("invalid-value", "--port"), ("unknown-option", "--bogus")],
        ),
        # Rules for the whole file report these.
        ("log-file\nx --log-file\ny\n", []),
        ("log-file\nx --port\nhttp\n", []),
    ],
)
def test_words_after_a_value_from_the_line_before(
    text: str, expected: list[tuple[str, str]]
) -> None:
    source = Source(text.encode())
    reading = Reading(source, "3.15")  # From 3.16 on a line has two words at most.
    found = check_lines(reading, line_checker("3.15"))
    assert _marked(source.text(2), found.get(2, ())) == expected


def test_clean_file_needs_no_rule_of_the_family_refused_and_no_suppressions() -> None:
    program = (
        "import sys, criulint;"
        "assert criulint.check(b'tcp-close false\\nlog-file x\\n');"
        "print([name for name in sys.modules if 'refused' in name or 'suppressi' in name])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("criu", ["3.11", "3.15", "3.16", "4.3"])
def test_lines_that_are_passed_over_have_no_findings(criu: str) -> None:
    """The lines that the checker passes without running a rule."""
    table = option_table(criu)
    checker = LineChecker(table)
    passed = 0
    for name in table.options:
        for value in (None, "a", "/a/b", "1", "9", "10M", "4096", "4K", "1G", "999999999K"):
            line = name if value is None else f"{name} {value}"
            if checker._is_clean(name.encode(), value.encode() if value else None):
                passed += 1
                scan = line_scanner(criu)(line.encode(), True)
                assert not list(lines._check_line(Line(line.encode(), True, table, scan)))
    assert passed > 100
    assert checker._is_clean(b"ghost-limit", b"4096")
    assert checker._is_clean(b"log-file", b"/a/b")
    assert checker._is_clean(b"tcp-close", None)


@pytest.mark.parametrize(("most", "made"), [(0, 0), (1, 1), (2, 2), (3, 2)])
def test_fixes_of_a_line_are_tried_up_to_a_limit(
    most: int, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All fixes count together: each takes as long as a check of the line."""
    checked: list[str] = []
    run_rules = lines._run_rules

    def count(line: Line) -> tuple[list[RuleProblem], list[Line]]:
        checked.append(line.text)
        return run_rules(line)

    monkeypatch.setattr(lines, "_MAX_ATTEMPTS", most)
    monkeypatch.setattr(lines, "_run_rules", count)
    text = b"--tcp-close;"
    LineChecker(option_table(RELEASE)).check(text, True, line_scanner(RELEASE)(text, True))
    assert checked == ["--tcp-close;", "tcp-close;", "tcp-close"][: made + 1]
