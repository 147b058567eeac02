# SPDX-License-Identifier: MIT
"""CRIU107: which words of a line are too many, and how to write it."""

from __future__ import annotations

import pytest

from criulint.criu.options import option_table
from criulint.rules.line import Line
from criulint.rules.refused.unsupported_line import unexplained_line, unsupported_line
from tests.rules.refused.explain import Explanation, explain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log-file x", []),
        # A quote that is not closed.
        ('log-file "', [Explanation('"', None)]),
        ('log-file "a b', [Explanation('"', 'log-file "a b"', safe=False)]),
        ('bogus "a b', [Explanation('"', None)]),
        # Several options.
        ("tcp-close port 80", [Explanation("port 80", "tcp-close\nport 80")]),
        ("log-file x tcp-close", [Explanation("tcp-close", "log-file x\ntcp-close")]),
        # Prose.
        ("the file is old", [Explanation("is old", None)]),
        ("tcp-close and go on", [Explanation("and go on", None)]),
        # Quotes.
        ('log-file "a b" c d', [Explanation("c d", None)]),
        ("log-file 'a b'", [Explanation("'a b'", 'log-file "a b"')]),
        ("log-file 'a b' c d", [Explanation("c d", None)]),
        # Several words.
        ("images-dir /a b c", [Explanation("b c", 'images-dir "/a b c"', safe=False)]),
        ("enable-fs a, bc", [Explanation("bc", "enable-fs a,bc")]),
        ("ghost-limit 10 MB", [Explanation("MB", "ghost-limit 10M")]),
        ("skip-mnt /a /b", [Explanation("/b", "skip-mnt /a\nskip-mnt /b")]),
        ("\tskip-mnt /a /b # c", [Explanation("/b", "\t# c\n\tskip-mnt /a\n\tskip-mnt /b")]),
        ("skip-mnt /a bc", [Explanation("bc", None)]),
        ("external /a /b", [Explanation("/b", None)]),
        # Neither name nor value.
        ('  " x yz', [Explanation("y", None)]),
    ],
)
def test_unsupported_line(text: str, expected: list[Explanation]) -> None:
    assert explain(unsupported_line, text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("log-file a bc", "more than one word follows the name"),
        ('log-file "a', "the quote is not closed"),
        ("log-file 'a b'", "single quotes do not quote"),
        ("tcp-close shell-job tcp-established", "it reads one option per line"),
        ('  " x yz', "it cannot tell name and value apart"),
    ],
)
def test_message_quotes_criu_and_says_why(text: str, reason: str) -> None:
    line = Line(text.encode(), True, option_table("4.2.1"))
    (problem,) = unsupported_line.check(line)
    message = f"CRIU refuses the line (“Unsupported configuration file format”): {reason}"
    assert problem.message == message


def test_a_line_that_no_rule_explains_is_reported_with_the_message_of_criu() -> None:
    line = Line(b"  port 0 ", True, option_table("4.2.1"))
    (problem,) = unexplained_line.check(line)
    message = "CRIU refuses the line: invalid argument for --port: 0"
    assert (problem.start, problem.end, problem.message) == (2, 8, message)
