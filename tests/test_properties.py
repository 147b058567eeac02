# SPDX-License-Identifier: MIT
"""What holds for any file at all: arbitrary bytes, and text that is nearly what CRIU reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lark
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from criulint.criu.options import option_table
from criulint.criu.reading import Reading
from criulint.criu.releases import releases
from criulint.linter.linter import Linter
from criulint.source import Source, decode, encode
from criulint.syntax import parse_file, parser
from tests.checking import finder, fix
from tests.strategies import FILES, RELEASES

if TYPE_CHECKING:
    from criulint.finding import Finding

_UNSAFE_READ = "CRIU115"
_UTF_16 = "CRIU116"  # all that is said of such a file


def _codes(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings}


def _stops(data: bytes, release: str) -> bool:
    """Whether CRIU refuses the file, or prints something and ends."""
    reading, table = Reading(Source(data), release), option_table(release)
    options = (
        table.options[o.name] if o.name else table.short[(o.short or "").encode()].option
        for o in reading.options
    )
    return reading.error is not None or any(option.exits for option in options)


def _blanks_alike(text: str) -> str:
    return " ".join(text.split())


# The properties as functions of a file, which tests/fuzz.py asks too.


def tokens_joined_are_the_file(data: bytes) -> None:
    tree = parse_file(data)
    assert encode("".join(text for _, text in tree.tokens())) == data
    lines = [decode(line) for line in Source(data).lines]
    assert [line.text for line in tree.lines] == lines
    for span, text in tree.tokens():
        if text != "\n":
            assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == text


def findings_lie_inside_the_file(data: bytes, release: str) -> None:
    lines = [decode(line) for line in Source(data).lines]
    findings = finder(Linter(release))(data)
    assert findings == sorted(findings, key=lambda finding: (finding.span, finding.code))
    for finding in findings:
        line, column, end_line, end_column = finding.span
        assert 1 <= line <= end_line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1
        assert (line, column) <= (end_line, end_column) <= (end_line, len(lines[end_line - 1]) + 1)
        assert finding.full_message.isprintable()
        assert not finding.fix or finding.fix.title.isprintable()


def family_1xx_if_and_only_if_criu_stops(data: bytes, release: str) -> None:
    codes = _codes(finder(Linter(release))(data))
    if _UNSAFE_READ in codes or (codes == {_UTF_16} and Reading(Source(data), release).undefined):
        return
    assert any(code.startswith("CRIU1") for code in codes) == _stops(data, release)


def fixes_are_sound(data: bytes, release: str, unsafe: bool) -> None:
    check = finder(Linter(release))
    mended, left, made = fix(data, check, unsafe=unsafe)
    assert left == check(mended)
    assert (made == 0) == (mended == data)
    assert fix(mended, check, unsafe=unsafe)[0] == mended
    if not _stops(data, release) and not Reading(Source(data), release).undefined:
        assert not _stops(mended, release)
    if not unsafe:
        kept = _blanks_alike(decode(mended))
        comments = (
            line.comment.text
            for line in parse_file(data).lines
            if line.comment and line.comment.kind == "COMMENT"
            if "criulint" not in line.comment.text  # what is meant for it is corrected
        )
        assert all(
            _blanks_alike(comment.partition("\r")[0]) in kept for comment in comments
        )  # CR can be a line's end
    if not left:
        reading = Reading(Source(mended), release)
        assert reading.error is None
        assert not any(reading.dropped)


@given(FILES)
def test_tokens_joined_are_the_file(data: bytes) -> None:
    tokens_joined_are_the_file(data)


@example(b"verbosity -\tA\ty=v\n", "4.2.1")
@example(b"network-lock='sk\x97'\n", "3.15")
@given(FILES, RELEASES)
def test_findings_lie_inside_the_file(data: bytes, release: str) -> None:
    findings_lie_inside_the_file(data, release)


@pytest.mark.parametrize("release", releases())
@settings(max_examples=60)
@example(data=b'work-dir "/a"b \\\n  /c\n')
@given(data=FILES)
def test_family_1xx_if_and_only_if_criu_stops(release: str, data: bytes) -> None:
    family_1xx_if_and_only_if_criu_stops(data, release)


@given(FILES, RELEASES, st.booleans())
def test_fixes_are_sound(data: bytes, release: str, unsafe: bool) -> None:
    fixes_are_sound(data, release, unsafe)


@given(FILES)
def test_line_by_line_is_the_file_rule_of_the_grammar(data: bytes) -> None:
    by_line = [line.tokens for line in parse_file(data).lines]
    tree = parser._grammar().parse(decode(data), start="file")
    whole = [
        parser._line_tree(line).tokens for line in tree.children if isinstance(line, lark.Tree)
    ]
    if not data or data.endswith(b"\n"):
        assert whole.pop() == ()  # the grammar begins a line behind the last LF
    assert by_line == whole


@given(FILES, RELEASES)
def test_a_line_means_the_same_with_comments_around_it(data: bytes, release: str) -> None:
    if not data.endswith(b"\n"):
        data += b"\n"
    check = finder(Linter(release))
    shifted = check(b"# above\n\n" + data + b"# below\n")
    if any("not a CRIU configuration file" in f.message for f in (*shifted, *check(data))):
        return  # which file it is depends on all lines
    result = [(f.code, f.span.line - 2, f.span.column, f.message) for f in shifted]
    # The others name lines in their messages.
    if _UNSAFE_READ not in _codes(shifted) and not any(
        code in ("CRIU205", "CRIU213", "CRIU104") for code, *_ in result
    ):
        before = [(f.code, f.span.line, f.span.column, f.message) for f in check(data)]
        assert [each for each in result if each[0] < "CRIU3"] == [
            each for each in before if each[0] < "CRIU3"
        ]
