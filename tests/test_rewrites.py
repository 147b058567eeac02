# SPDX-License-Identifier: MIT
"""Rewriting that CRIU must not notice: the formatter and --add-ignore, on any files."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from criulint.criu.getopt import ParseError
from criulint.criu.reading import Reading
from criulint.criu.releases import releases
from criulint.filetype import foreign_type
from criulint.formatter import lay_out
from criulint.linter.linter import Linter
from criulint.rules.registry import RULE_INDEX, RULES
from criulint.source import Source, decode, encode
from criulint.suppressions.comments import SuppressionParser
from criulint.suppressions.editing import add_suppressions
from criulint.syntax import parse_file
from tests.checking import finder, fix
from tests.strategies import FILES, LINES, RELEASES

# Lines with comments that criulint listens to, and some that only look so.
_WORDS = [
    *(
        " ",
        "\t",
        "# ",
        "#",
        "criulint",
        ":",
        " criulint: ",
        "# criulint: ",
        "# criulint: ignore",
        "-file",
        "[",
        "]",
        ",",
        "(",
    ),
    *(
        "CRIU201",
        "CRIU1",
        "CRIU901",
        "value-ignored",
        "layout",
        "x",
        "ignroe",
        "disable",
        "\r",
        "\0",
        '"',
        "\ufeff",
    ),
]
_COMMENTS = st.lists(st.sampled_from(_WORDS), max_size=8).map("".join)
_TALKING = st.lists(
    st.one_of(LINES, _COMMENTS, st.builds(lambda line, end: f"{line} {end}", LINES, _COMMENTS)),
    max_size=6,
)

_ALL = frozenset(rule.code for rule in RULES)


def _read(data: bytes, release: str) -> object:
    """Return how CRIU reads a file, without places and without the empty words that it ignores."""
    reading = Reading(Source(data), release)
    events = [
        (event.kind, event.message)
        if isinstance(event, ParseError)
        else (event.option.name, event.value, event.short)
        for event in reading.parsed.results
    ]
    error = reading.error and (reading.error.kind, reading.error.message)
    options = [(option.name, option.value, option.short) for option in reading.options]
    return (
        options,
        error,
        events,
        [word for word in reading.dropped if word],
        bool(reading.scan.refused_line),
    )


def _comments(data: bytes) -> list[str]:
    return [
        line.comment.text.strip("# \t\v\f\r") for line in parse_file(data).lines if line.comment
    ]


@given(FILES, RELEASES)
def test_a_layout_changes_nothing_that_criu_reads(data: bytes, release: str) -> None:
    laid_out = lay_out(Reading(Source(data), release)).data
    assert _read(laid_out, release) == _read(data, release)
    if laid_out == data:
        return
    for other in releases():
        before = Reading(Source(data), other)
        if before.error is None and not before.undefined:
            assert _read(laid_out, other) == _read(data, other)


@given(FILES, RELEASES)
def test_a_layout_is_its_own(data: bytes, release: str) -> None:
    laid_out = lay_out(Reading(Source(data), release))
    again = lay_out(Reading(Source(laid_out.data), release))
    assert again.data == laid_out.data
    assert bool(again.refusal) == bool(laid_out.refusal)
    assert len(again.kept) == len(laid_out.kept)


@given(FILES, RELEASES)
def test_a_layout_makes_no_mistakes(data: bytes, release: str) -> None:
    linter = Linter(release)
    reading = Reading(Source(data), release)
    if reading.error:
        return  # what else is wrong with a refused line depends on what it is mended to
    before, after = finder(linter)(data), finder(linter)(lay_out(reading).data)
    assert Counter(finding.code for finding in after) <= Counter(finding.code for finding in before)


@given(FILES, RELEASES)
def test_a_layout_keeps_the_comments(data: bytes, release: str) -> None:
    laid_out = lay_out(Reading(Source(data), release)).data
    assert _comments(laid_out) == _comments(data)


@given(FILES, RELEASES)
def test_layout_findings_are_what_the_formatter_does(data: bytes, release: str) -> None:
    linter = Linter(release, frozenset(["CRIU601"]))
    mended, left, made = fix(data, finder(linter))
    assert mended == lay_out(Reading(Source(data), release)).data
    assert not left
    assert bool(made) == (mended != data)


@given(FILES, RELEASES, st.sampled_from(["", "why", 'it\'s "so" # and so']))
def test_suppressing_everything_changes_nothing_that_criu_reads(
    data: bytes, release: str, reason: str
) -> None:
    linter = Linter(release, _ALL - {"CRIU601"})
    check = finder(linter)
    findings = check(data)
    added = add_suppressions(data, check, SuppressionParser(release, RULE_INDEX), reason=reason)
    assert _read(added.data, release) == _read(data, release)
    assert added.left == check(added.data)
    assert added.suppressed + len(added.left) == len(findings)
    assert (added.data == data) == (added.suppressed == 0)
    assert Counter(finding.code for finding in added.left) <= Counter(
        finding.code for finding in findings
    )
    # A comment would part lines that a backslash joins, or come before a byte order mark.
    if b"\\" not in data and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        reading = Reading(Source(data), release)
        assert not added.left or reading.undefined or foreign_type(reading)


@given(FILES, RELEASES)
def test_suppressing_leaves_the_lines_as_they_are(data: bytes, release: str) -> None:
    parser = SuppressionParser(release, RULE_INDEX)
    added = add_suppressions(data, finder(Linter(release)), parser).data
    lines = [
        line for line in Source(added).lines if not line.lstrip().startswith(b"# criulint: ignore")
    ]
    assert len(lines) == len(Source(data).lines)
    for before, after in zip(Source(data).lines, lines, strict=True):
        assert after.startswith(before.rstrip(b" \t\v\f\r"))


@given(_TALKING, RELEASES)
def test_suppressions_only_ever_hide(lines: list[str], release: str) -> None:
    data = encode("\n".join(lines) + "\n")
    linter = Linter(release, _ALL)
    left, all_hidden = linter.check(Source(data))
    hidden = [finding for finding in all_hidden if finding.code < "CRIU9"]
    result = [finding for finding in left if finding.code < "CRIU9"]
    for finding in left:
        line = decode(Source(data).lines[finding.span.line - 1])
        assert 1 <= finding.span.column <= finding.span.end_column <= len(line) + 1
        assert finding.full_message.isprintable()
    silent = data.replace(b"criulint", b"someone!")
    if _read(silent, release) != _read(data, release):
        return  # the word is not only in comments
    everything = finder(linter)(silent)
    assert [(f.code, f.span) for f in everything] == sorted(
        ((f.code, f.span) for f in result + hidden), key=lambda each: (each[1], each[0])
    )


@given(_TALKING, RELEASES)
def test_fixing_suppressions_changes_nothing_that_criu_reads(
    lines: list[str], release: str
) -> None:
    data = encode("\n".join(lines) + "\n")
    linter = Linter(release, frozenset(code for code in _ALL if code >= "CRIU9"))
    mended, left, made = fix(data, finder(linter), unsafe=True)
    assert _read(mended, release) == _read(data, release)
    assert bool(made) == (mended != data)
    assert not [finding for finding in left if finding.fix]
