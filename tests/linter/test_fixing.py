# SPDX-License-Identifier: MIT
"""Edits are made where they say."""

from __future__ import annotations

from itertools import product

import pytest

from criulint.criu.options import option_table
from criulint.finding import CheckResult, Edit, Fix, Span
from criulint.linter import fixing
from criulint.linter.fixing import apply_edits
from criulint.linter.linter import Linter
from criulint.source import Source
from tests.checking import finder, fix


@pytest.mark.parametrize(
    ("data", "edits", "expected"),
    [
        (b"ab\ncd\n", [Edit(Span(1, 2, 1, 3), "X")], b"aX\ncd\n"),
        (b"ab\ncd\n", [Edit(Span(1, 1, 2, 1), "")], b"cd\n"),
        (b"ab\ncd", [Edit(Span(2, 1, 2, 3), "")], b"ab\n"),
        (b"ab", [Edit(Span(1, 3, 1, 3), "c"), Edit(Span(1, 1, 1, 1), "_")], b"_abc"),
        (
            "é日\udcff\n".encode("utf-8", "surrogateescape"),
            [Edit(Span(1, 3, 1, 4), "x")],
            "é日x\n".encode(),
        ),
        (b"", [Edit(Span(1, 1, 1, 1), "a\n")], b"a\n"),
    ],
)
def test_edits(data: bytes, edits: list[Edit], expected: bytes) -> None:
    assert apply_edits(data, edits) == expected


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply_edits(b"abc", [Edit(Span(1, 1, 1, 3), ""), Edit(Span(1, 2, 1, 4), "")])


def test_fixes_of_one_line_and_of_several_wait_for_one_another() -> None:
    data = b"log-file\ta\ntimeout\t30\nport\t80\nlibdir\t/a\nwork-dir\t/a\nroot\t/a\nlog-file\tb\n"
    check = finder(Linter("4.2.1"))
    codes = {finding.code for finding in check(data) if finding.fix}
    assert codes == {"CRIU115", "CRIU301"}  # the one edits all lines, the other takes out the first
    mended, left, made = fix(data, check, unsafe=True)
    assert (mended, made) == (
        b"timeout 30\nport 80\nlibdir /a\nwork-dir /a\nroot /a\nlog-file b\n",
        2,
    )
    assert not [finding for finding in left if finding.fix]


@pytest.mark.parametrize(
    ("data", "expected", "count"),
    [
        (
            b"tcp-close no\nshell-job no\nfile-locks no\n",
            b"no-tcp-close\nno-shell-job\nno-file-locks\n",
            3,
        ),
        # A line that is removed, and the one after it.
        (b"ghost-limit 1M\nghost-limit 1M\nshell-job no\n", b"ghost-limit 1M\nno-shell-job\n", 2),
    ],
)
def test_fixes_of_neighbouring_lines_are_made_at_once(
    data: bytes, expected: bytes, count: int
) -> None:
    checks = 0

    def check(source: Source) -> CheckResult:
        nonlocal checks
        checks += 1
        return Linter("4.2.1").check(source)

    fixed = fixing.fix(Source(data), check, unsafe=True)
    assert fixed.source.data == expected
    assert (fixed.applied, checks) == (count, 2)


def test_fixing_goes_on_until_nothing_can_be_fixed() -> None:
    linter = Linter("4.2.1")
    source, checked, applied = fixing.fix(Source(b"ghost_limit 10m # c\n", "x.conf"), linter.check)
    assert (source.data, source.path, applied) == (b"ghost-limit 10M # c\n", "x.conf", 2)
    assert checked == linter.check(source)


# What people write for a switch, a number or a text.
_VALUES = ("false", "no", "true", "'a'", '"a" b', "=a", "= a", "10s", "1MB", "'10'", "10;", "v")


@pytest.mark.parametrize("release", ["3.15", "4.3"])
def test_what_a_fix_has_written_stays(release: str) -> None:
    check = finder(Linter(release), "/etc/criu/default.conf")
    written = 0
    for name, value in product(option_table(release).options, _VALUES):
        if not name.startswith("no-"):
            data = f"{name} {value}\n".encode()
            titles = [finding.fix.title for finding in check(data) if finding.fix]
            if any(title.startswith("Write `") for title in titles):
                written += 1
                assert fix(data, check, unsafe=True)[0], (data, titles)
    assert written > 200


def test_unsafe_fixes_are_applied_only_if_that_is_asked_for() -> None:
    source, check = Source(b"timeout 10m\n"), Linter("4.2.1").check
    assert fixing.fix(source, check).source is source
    assert fixing.fix(source, check, unsafe=True).source.data == b"timeout 600\n"


def test_what_the_check_leaves_out_is_not_fixed() -> None:
    linter = Linter("4.2.1")

    def check(source: Source) -> CheckResult:
        findings, hidden = linter.check(source)
        return CheckResult([each for each in findings if each.span.line > 1], hidden)

    fixed = fixing.fix(Source(b"tcp-close no\ntcp-close no\n"), check)
    assert fixed.source.data.startswith(b"tcp-close no\n")
    assert fixed.applied > 0


@pytest.mark.parametrize("fix_again", [True, False])
def test_an_endless_check_is_stopped(fix_again: bool) -> None:
    def check(source: Source) -> CheckResult:
        edit = Edit(Span(1, 1, 1, 1), "x" if fix_again else "")
        found = Linter("4.2.1").check(Source(b"tcp-close no\n")).findings[0]
        return CheckResult([found._replace(fix=Fix("t", (edit,), True))], [])

    fixed = fixing.fix(Source(b"\n"), check)
    assert fixed.source.data == (b"x" * fixed.applied + b"\n")
    assert fixed.applied == (20 if fix_again else 0)
