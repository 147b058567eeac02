# SPDX-License-Identifier: MIT
"""View one: what lines are as written."""

from __future__ import annotations

import pytest

from criulint.syntax import LineKind, parse_file, parse_line, parser


@pytest.mark.parametrize(
    ("line", "kind", "tokens"),
    [
        ("", "blank", []),
        (" \t\r", "blank", ["BLANK  \t\r"]),
        ("# c", "comment", ["COMMENT # c"]),
        ("  # c # d", "comment", ["BLANK   ", "COMMENT # c # d"]),
        ("tcp-close", "option", ["NAME tcp-close"]),
        ("log-file a.log", "option", ["NAME log-file", "BLANK  ", "WORD a.log"]),
        ("log-file=a.log", "option", ["NAME log-file", "EQUALS =", "WORD a.log"]),
        (
            "log-file a # c",
            "option",
            ["NAME log-file", "BLANK  ", "WORD a", "BLANK  ", "COMMENT # c"],
        ),
        ('root "a b"', "option", ["NAME root", "BLANK  ", 'QUOTED "a b"']),
        (
            r'root "a \"b\" c" # d',
            "option",
            ["NAME root", "BLANK  ", r'QUOTED "a \"b\" c"', "BLANK  ", "COMMENT # d"],
        ),
        ('root ""', "option", ["NAME root", "BLANK  ", 'QUOTED ""']),
        ('root "a#b"', "option", ["NAME root", "BLANK  ", 'QUOTED "a#b"']),
        ("veth-pair a=b", "option", ["NAME veth-pair", "BLANK  ", "WORD a=b"]),
        ("external mnt[]:m", "option", ["NAME external", "BLANK  ", "WORD mnt[]:m"]),
        # mistakes
        ("--tcp-close", "option", ["DASHES --", "NAME tcp-close"]),
        ("-v4", "option", ["DASHES -", "NAME v4"]),
        ("--", "stray", ["LONE_DASHES --"]),
        ("-- x", "stray", ["LONE_DASHES --", "BLANK  ", "EXTRA x"]),
        ("a = b", "option", ["NAME a", "BLANK  ", "EQUALS =", "BLANK  ", "WORD b"]),
        ("a: b", "option", ["NAME a", "COLON :", "BLANK  ", "WORD b"]),
        ("a:b", "option", ["NAME a:b"]),
        ("[criu]", "section", ["SECTION [criu]"]),
        ("[criu] # c", "section", ["SECTION [criu]", "BLANK  ", "COMMENT # c"]),
        ("[criu", "option", ["NAME [criu"]),
        ("; c", "foreign_comment", ["FOREIGN_COMMENT ; c"]),
        ("// c", "foreign_comment", ["FOREIGN_COMMENT // c"]),
        ("/* c */", "foreign_comment", ["FOREIGN_COMMENT /* c */"]),
        (
            "a b c d # e",
            "option",
            ["NAME a", "BLANK  ", "WORD b", "BLANK  ", "EXTRA c d", "BLANK  ", "COMMENT # e"],
        ),
        ('a "b', "option", ["NAME a", "BLANK  ", 'UNCLOSED "b']),
        ('a "', "option", ["NAME a", "BLANK  ", 'UNCLOSED "']),
        ("a 'b c'", "option", ["NAME a", "BLANK  ", "SINGLE_QUOTED 'b c'"]),
        ('a "b"c', "option", ["NAME a", "BLANK  ", 'QUOTED "b"', "EXTRA c"]),
        ('"a" b', "stray", ['STRAY_TEXT "a" b']),
        ("=a", "stray", ["STRAY_TEXT =a"]),
        ("a#b", "option", ["NAME a", "COMMENT #b"]),
        ("a\r", "option", ["NAME a", "BLANK \r"]),
        ("\ufeffa", "option", ["BOM \ufeff", "NAME a"]),
        ("\ufeff# a", "comment", ["BOM \ufeff", "COMMENT # a"]),
        ("a\0b # c", "option", ["NAME a", "NUL_REST \0b # c"]),
        ("a \udcff", "option", ["NAME a", "BLANK  ", "WORD \udcff"]),
        ("a\xa0b", "option", ["NAME a\xa0b"]),
    ],
)
def test_tokens_of_a_line(line: str, kind: str, tokens: list[str]) -> None:
    tree = parse_line(line)
    assert tree.kind is LineKind(kind)
    assert [f"{token.kind} {token.text}" for token in tree.tokens] == tokens


def test_parts_of_an_option_have_names_and_places() -> None:
    tree = parse_line("--log-file = é x # c")
    assert (
        tree.dashes and tree.name and tree.separator and tree.value and tree.extra and tree.comment
    )
    assert (tree.dashes.text, tree.name.text, tree.separator.text, tree.value.text) == (
        "--",
        "log-file",
        "=",
        "é",
    )
    assert (tree.value.start, tree.value.end) == (13, 14)
    assert (tree.extra.text, tree.comment.text) == ("x", "# c")


def test_tree_of_a_file_numbers_its_lines() -> None:
    tree = parse_file(b"tcp-close\n\nlog-file a")
    assert [(tuple(span), text) for span, text in tree.tokens()] == [
        ((1, 1, 1, 10), "tcp-close"),
        ((1, 10, 2, 1), "\n"),
        ((2, 1, 3, 1), "\n"),
        ((3, 1, 3, 9), "log-file"),
        ((3, 9, 3, 10), " "),
        ((3, 10, 3, 11), "a"),
    ]


def test_only_short_lines_are_remembered() -> None:
    """A language server lives for weeks, and lines of strangers may be long."""
    for length, count in ((parser._CACHED_LENGTH, 1), (parser._CACHED_LENGTH + 1, 0)):
        parser._parse_short_line.cache_clear()
        parse_line("x" * length)
        assert parser._parse_short_line.cache_info().currsize == count
