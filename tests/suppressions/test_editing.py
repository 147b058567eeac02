# SPDX-License-Identifier: MIT
"""How --add-ignore writes suppressions."""

from __future__ import annotations

import pytest

from criulint.linter.linter import Linter
from criulint.rules.registry import RULE_INDEX
from criulint.source import Source
from criulint.suppressions.comments import SuppressionParser
from criulint.suppressions.editing import add_suppressions
from tests.checking import finder

_PARSER = SuppressionParser("4.2.1", RULE_INDEX)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tcp-close false\n", "tcp-close false # criulint: ignore[CRIU201] R\n"),
        ("tcp-close false   # why  \n", "tcp-close false   # why # criulint: ignore[CRIU201] R\n"),
        ("tcp-close false", "tcp-close false # criulint: ignore[CRIU201] R"),
        ("tcp-close\tfalse\n", "# criulint: ignore[CRIU201] R\ntcp-close\tfalse\n"),
        (
            "tcp-close false\r\nshell-job\r\n",
            "# criulint: ignore[CRIU201] R\r\ntcp-close false\r\n"
            "# criulint: ignore[CRIU109] R\r\nshell-job\r\n",
        ),
        ('\tlog-file "a#b"\n', '\tlog-file "a#b" # criulint: ignore[CRIU203] R\n'),
        (
            "tcp-close false # criulint: ignore[CRIU202] why\n",
            "tcp-close false # criulint: ignore[CRIU202, CRIU201] why\n",
        ),
        (
            "# criulint: ignore[CRIU202] why\n# x\ntcp-close false\n",
            "# criulint: ignore[CRIU202, CRIU201] why\n# x\ntcp-close false\n",
        ),
        (
            "timeout 10\ntimeout 10m # criulint: ignore[number-misread]\n",
            "timeout 10 # criulint: ignore[CRIU301] R\n"
            "timeout 10m # criulint: ignore[number-misread]\n",
        ),
        (
            "timeout 1\ntimeout 10m\n",
            "timeout 1 # criulint: ignore[CRIU301] R\ntimeout 10m # criulint: ignore[CRIU206] R\n",
        ),
        # A comment after another line is for that one.
        (
            "stream no # criulint: ignore[CRIU201]\nshell-job no\n",
            "stream no # criulint: ignore[CRIU201]\nshell-job no # criulint: ignore[CRIU201] R\n",
        ),
        # A comment after it would be in another one, or in the quotes.
        ("; x\n", "# criulint: ignore[CRIU111] R\n; x\n"),
        ('log-file "a\n', '# criulint: ignore[CRIU107] R\nlog-file "a\n'),
        # CRIU does not read this one as a comment.
        (
            "tcp-close# criulint: ignore[CRIU202]\n",
            "tcp-close# criulint: ignore[CRIU202] # criulint: ignore[CRIU112] R\n",
        ),
        # A malformed suppression is not extended.
        (
            "tcp-close no # criulint: ignore[]\n",
            "tcp-close no # criulint: ignore[] # criulint: ignore[CRIU201] R\n",
        ),
        ("\ufefftcp-close\n", "\ufefftcp-close # criulint: ignore[CRIU110] R\n"),
        ("\ufefftcp-close\tx\n", None),
        ("tcp-close\n", None),
        ("", None),
    ],
)
def test_add(before: str, after: str | None) -> None:
    linter = Linter("4.2.1")
    added = add_suppressions(before.encode(), finder(linter), _PARSER, reason="R")
    assert added.data.decode() == (before if after is None else after)
    if after is not None:
        assert not [finding for finding in added.left if finding.code < "CRIU9"]
        again = add_suppressions(added.data, finder(linter), _PARSER, reason="R")
        assert again.data == added.data


@pytest.mark.parametrize("data", ["tcp-close false\n".encode("utf-16"), b"log-file\tx\n" * 20])
def test_nothing_is_added_where_nothing_can_be_proved(data: bytes) -> None:
    linter = Linter("4.2.1")
    added = add_suppressions(data, finder(linter), _PARSER)
    assert (added.data, added.suppressed) == (data, 0)
    assert added.left == finder(linter)(data) != []


def test_what_is_found_on_no_option_is_suppressed_in_the_file() -> None:
    linter = Linter("4.2.1", frozenset(["CRIU601"]))
    added = add_suppressions(b"\n#why\ntcp-close\n", finder(linter), _PARSER)
    assert added.data == b"# criulint: ignore-file[CRIU601]\n\n#why\ntcp-close\n"
    assert added.left == []
    added = add_suppressions(
        b"\n# criulint: ignore-file[CRIU201]\ntcp-close\n", finder(linter), _PARSER
    )
    assert Source(added.data).lines[1] == b"# criulint: ignore-file[CRIU201, CRIU601]"
    # A first line would move the byte order mark.
    data = b"\xef\xbb\xbftcp-close\n#why\n"
    assert add_suppressions(data, finder(linter), _PARSER).data == data


def test_only_wanted_findings_are_suppressed() -> None:
    linter = Linter("4.2.1")
    added = add_suppressions(
        b"tcp-close no\nshell-job no\n",
        finder(linter),
        _PARSER,
        wanted=lambda finding: finding.span.line == 2,
    )
    assert added.data == b"tcp-close no\nshell-job no # criulint: ignore[CRIU201]\n"
    assert (added.suppressed, [finding.span.line for finding in added.left]) == (1, [1])


def test_a_line_that_cannot_be_suppressed_does_not_keep_the_others_from_it() -> None:
    # A comment between the first two lines would part what the backslash joins.
    linter = Linter("4.2.1")
    added = add_suppressions(b"log-file \\\n  x\nshell-job no\n", finder(linter), _PARSER)
    assert added.data.endswith(b"\nshell-job no # criulint: ignore[CRIU201]\n")
    data = "\ufefftcp-close\tx\nshell-job no".encode()
    added = add_suppressions(data, finder(linter), _PARSER)
    assert added.data == data + b" # criulint: ignore[CRIU201]"
    assert {finding.span.line for finding in added.left} == {1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "tcp-close false\ntcp-close no\n",
            "# criulint: ignore-file[CRIU201]\ntcp-close false\ntcp-close no\n",
        ),
        (
            "# why\n# criulint: ignore-file[CRIU402] so\ntcp-close false\n",
            "# why\n# criulint: ignore-file[CRIU402, CRIU201] so\ntcp-close false\n",
        ),
        ("tcp-close no\r\n", "# criulint: ignore-file[CRIU201]\r\ntcp-close no\r\n"),
        (
            "tcp-close no # criulint: ignore[CRIU201]\ntcp-close no\n",
            "# criulint: ignore-file[CRIU201]\ntcp-close no # criulint: ignore[CRIU201]\n"
            "tcp-close no\n",
        ),
        ("\ufefftcp-close no\n", "\ufefftcp-close no\n"),
        (
            "\ufefftcp-close no # criulint: ignore-file[CRIU402]\n",
            "\ufefftcp-close no # criulint: ignore-file[CRIU402, CRIU201]\n",
        ),
        # A malformed suppression is not extended.
        (
            "tcp-close no # criulint: ignore-file CRIU402\n",
            "# criulint: ignore-file[CRIU201]\ntcp-close no # criulint: ignore-file CRIU402\n",
        ),
    ],
)
def test_a_rule_is_ignored_in_the_whole_file(before: str, after: str) -> None:
    linter = Linter("4.2.1")
    added = add_suppressions(
        before.encode(),
        finder(linter),
        _PARSER,
        wanted=lambda finding: finding.code == "CRIU201",
        for_file=True,
    )
    assert added.data.decode() == after
    assert before == after or "CRIU201" not in {finding.code for finding in added.left}
