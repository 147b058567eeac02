# SPDX-License-Identifier: MIT
"""CRIU111: lines as other formats have them."""

from __future__ import annotations

import pytest

from criulint.criu.options import option_table
from criulint.rules.line import Line
from criulint.rules.refused.foreign_syntax import continued_line, foreign_syntax
from criulint.source import encode
from tests.rules.refused.explain import Explanation, explain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bogus", []),
        ("# [criu]", []),
        ("  [criu]", [Explanation("[criu]", "  # [criu]")]),
        ("\ufeff[criu]", [Explanation("[criu]", "\ufeff# [criu]")]),
        # Comments.
        ("; text", [Explanation(";", "# text")]),
        ("// text", [Explanation("//", "# text")]),
        ("/* text */", [Explanation("/*", "# text */")]),
        ("tcp-close ; text", [Explanation(";", "tcp-close # text")]),
        ("log-file x // text", [Explanation("//", "log-file x # text")]),
        ("--log-file x // text", []),
        # JSON, YAML and headings.
        ('"log_file": "x",', [Explanation(":", "log-file x")]),
        ('"tcp-close": true', [Explanation(":", "tcp-close")]),
        ('"tcp-close": 7', [Explanation(":", None)]),
        ('"keep": "x"', [Explanation(":", None)]),
        ('"nothing-like-it": 1', [Explanation(":", None)]),
        ("---", [Explanation("---", None)]),
        ("=====", [Explanation("=====", None)]),
        ("=x", [Explanation("=", None)]),
        ("- tcp-close", [Explanation("-", "tcp-close")]),
        ("- tcp-establised", [Explanation("-", "tcp-establised", safe=False)]),
        ("- 'tcp-close'", [Explanation("-", None)]),
        ("--", []),
        # Marks after the name.
        ("tcp-close;", [Explanation(";", "tcp-close")]),
        ("tcp-close,;", [Explanation(",;", "tcp-close")]),
        ("log-file:x", [Explanation(":", "log-file x")]),
        ("tcp-close:off", [Explanation(":", "no-tcp-close")]),
        ("tcp-close:", [Explanation(":", None)]),
        ("bogus:x", []),
        # Separators.
        ("log-file = x", [Explanation("=", "log-file x")]),
        ("log-file =x", [Explanation("=", "log-file x")]),
        ("log-file= x", [Explanation("=", "log-file x")]),
        ("log-file=x", []),
        ("log-file: x", [Explanation(":", "log-file x")]),
        ("log_file: x", [Explanation(":", "log-file x")]),
        ("logfile: x", [Explanation(":", "log-file x", safe=False)]),
        ("tcp-close = yes", [Explanation("=", "tcp-close")]),
        ("log-file = x y", [Explanation("=", None)]),
        ("xyzzy = x", [Explanation("=", "xyzzy x")]),
        ("log-file\\", [Explanation("\\", None)]),
    ],
)
def test_foreign_syntax(text: str, expected: list[Explanation]) -> None:
    assert explain(foreign_syntax, text) == expected


@pytest.mark.parametrize(
    ("before", "span"),
    [
        ("log-file \\", (9, 10)),
        ("log-file \\ \t\r", (9, 10)),
        ("log-file", None),
        ("log-file \\x", None),
        ("  # log-file \\", None),
        ("", None),
    ],
)
def test_continued_line(before: str, span: tuple[int, int] | None) -> None:
    found = [(problem.start, problem.end) for problem in continued_line.check(before)]
    assert found == ([span] if span else [])


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("log-fiel: a", "did you mean `log-file a`?"),
        ("log-fiel: a b", "did you mean `log-file`? "),
        ("log-file: a b", ""),
        ("frobnicate: a", ""),
    ],
)
def test_question_for_a_misspelled_name(text: str, question: str) -> None:
    (problem,) = foreign_syntax.check(Line(encode(text), True, option_table("4.2.1")))
    asked = problem.help.partition("write `name value`")[0]
    assert asked == question
