# SPDX-License-Identifier: MIT
"""Lines as trees: their parts by name, and their tokens in order."""

from __future__ import annotations

import pytest

from criulint.finding import Span
from criulint.syntax.tree import ConfigTree, LineKind, LineTree, Token


def _line(*tokens: tuple[str, str]) -> LineTree:
    start, made = 0, []
    for kind, text in tokens:
        made.append(Token(kind, text, start, start + len(text)))
        start += len(text)
    return LineTree(LineKind.OPTION, tuple(made))


@pytest.mark.parametrize(
    ("tokens", "fields"),
    [
        ([], {}),
        ([("NAME", "a")], {"name": "a"}),
        ([("BLANK", " "), ("NAME", "a")], {"name": "a"}),
        ([("DASHES", "--"), ("NAME", "a")], {"dashes": "--", "name": "a"}),
        ([("LONE_DASHES", "--")], {"dashes": "--"}),
        (
            [("NAME", "a"), ("BLANK", " "), ("WORD", "b")],
            {"name": "a", "separator": " ", "value": "b"},
        ),
        (
            [("NAME", "a"), ("EQUALS", "="), ("QUOTED", '"b"')],
            {"name": "a", "separator": "=", "value": '"b"'},
        ),
        (
            [("NAME", "a"), ("BLANK", " "), ("COLON", ":"), ("UNCLOSED", '"b')],
            {"name": "a", "separator": ":", "value": '"b'},
        ),
        (
            [
                ("NAME", "a"),
                ("BLANK", " "),
                ("WORD", "b"),
                ("BLANK", "  "),
                ("EXTRA", "c "),
                ("COMMENT", "#d"),
            ],
            {"name": "a", "separator": " ", "value": "b", "extra": "c ", "comment": "#d"},
        ),
        ([("FOREIGN_COMMENT", "; x")], {"comment": "; x"}),
        (
            [("BOM", "\ufeff"), ("NAME", "a"), ("NUL_REST", "\0b")],
            {"bom": "\ufeff", "name": "a", "nul_rest": "\0b"},
        ),
        (
            [("NAME", "a"), ("BLANK", " "), ("SINGLE_QUOTED", "'b'")],
            {"name": "a", "separator": " ", "value": "'b'"},
        ),
    ],
)
def test_parts_by_name(tokens: list[tuple[str, str]], fields: dict[str, str]) -> None:
    line = _line(*tokens)
    names = ("bom", "dashes", "name", "separator", "value", "extra", "comment", "nul_rest")
    found = {name: getattr(line, name).text for name in names if getattr(line, name)}
    assert found == fields
    assert line.text == "".join(text for _, text in tokens)


@pytest.mark.parametrize("ends_with_newline", [True, False])
def test_tokens_of_a_file(ends_with_newline: bool) -> None:
    lines = [_line(("NAME", "ab"), ("BLANK", " ")), _line(), _line(("WORD", "x"))]
    found = list(ConfigTree(lines, ends_with_newline).tokens())
    expected = [
        (Span(1, 1, 1, 3), "ab"),
        (Span(1, 3, 1, 4), " "),
        (Span(1, 4, 2, 1), "\n"),
        (Span(2, 1, 3, 1), "\n"),
        (Span(3, 1, 3, 2), "x"),
        (Span(3, 2, 4, 1), "\n"),
    ]
    assert found == (expected if ends_with_newline else expected[:-1])
