# SPDX-License-Identifier: MIT
"""``getopt_long`` word by word; the messages are glibc's."""

from __future__ import annotations

import pytest

from criulint.criu.getopt import ErrorKind, ParsedOption, ParseError, parse_words
from criulint.criu.options import option_table

TABLE = option_table("4.2.1")


def _result(found: ParsedOption | ParseError) -> tuple[object, ...]:
    """Return an option with its value and places, or an error with its message and place."""
    if isinstance(found, ParseError):
        return found.kind.value, found.message.decode(), found.word
    value = found.value.decode() if found.value is not None else None
    return found.option.name, value, found.word, found.value_word, found.short


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--tcp-close", [("tcp-close", None, 0, -1, None)]),
        ("--tcp-cl", [("tcp-close", None, 0, -1, None)]),
        ("--log-file a", [("log-file", "a", 0, 1, None)]),
        ("--log-file=a", [("log-file", "a", 0, 0, None)]),
        ("--log-file=", [("log-file", "", 0, 0, None)]),
        ("--log-file --tcp-close", [("log-file", "--tcp-close", 0, 1, None)]),
        ("--log-file --", [("log-file", "--", 0, 1, None)]),
        ("--log-file a --port 1", [("log-file", "a", 0, 1, None), ("port", "1", 2, 3, None)]),
        ("--verbosity 4", [("verbosity", None, 0, -1, None)]),
        ("--verbosity=4", [("verbosity", "4", 0, 0, None)]),
        ("-v", [("verbosity", None, 0, -1, "v")]),
        ("-v4", [("verbosity", "4", 0, 0, "v")]),
        ("-v 4", [("verbosity", None, 0, -1, "v")]),
        ("-o a", [("log-file", "a", 0, 1, "o")]),
        ("-oa", [("log-file", "a", 0, 0, "o")]),
        ("-jo a", [("shell-job", None, 0, -1, "j"), ("log-file", "a", 0, 1, "o")]),
        ("-jj", [("shell-job", None, 0, -1, "j"), ("shell-job", None, 0, -1, "j")]),
        ("-o a -j", [("log-file", "a", 0, 1, "o"), ("shell-job", None, 2, -1, "j")]),
    ],
)
def test_options(words: str, expected: list[tuple[object, ...]]) -> None:
    assert [
        _result(found) for found in parse_words(words.encode().split(), TABLE).results
    ] == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--bogus=1", [("unrecognized-option", "unrecognized option '--bogus=1'", 0)]),
        (
            "--tcp",
            [
                (
                    "ambiguous-option",
                    "option '--tcp' is ambiguous; possibilities: '--tcp-established' '--tcp-close'",
                    0,
                )
            ],
        ),
        ("a --port", [("missing-value", "option '--port' requires an argument", 1)]),
        (
            "--tcp-cl=1",
            [("unexpected-value", "option '--tcp-close' doesn't allow an argument", 0)],
        ),
        (
            "-j -o",
            [
                ("shell-job", None, 0, -1, "j"),
                ("missing-value", "option requires an argument -- 'o'", 1),
            ],
        ),
        (
            "-zj",
            [("unrecognized-option", "invalid option -- 'z'", 0), ("shell-job", None, 0, -1, "j")],
        ),
    ],
)
def test_errors(words: str, expected: list[tuple[object, ...]]) -> None:
    assert [
        _result(found) for found in parse_words(words.encode().split(), TABLE).results
    ] == expected


def test_errors_know_the_name_and_what_it_could_stand_for() -> None:
    (ambiguous,) = parse_words([b"--tcp=1"], TABLE).results
    assert isinstance(ambiguous, ParseError)
    assert ambiguous.name == b"tcp"
    assert ambiguous.candidates == ("tcp-established", "tcp-close")
    (short,) = parse_words([b"-z"], TABLE).results
    assert isinstance(short, ParseError)
    assert (short.kind, short.name) == (ErrorKind.UNRECOGNIZED_OPTION, b"z")


@pytest.mark.parametrize(
    ("words", "dropped", "terminator"),
    [
        ("a --tcp-close b", [0, 2], None),
        ("--tcp-close -", [1], None),
        ("--tcp-close -- -j --bogus", [2, 3], 1),
        ("--", [], 0),
        ("a -- b", [0, 2], 1),
        ("-v 4", [1], None),
        ("--port 1", [], None),
    ],
)
def test_words_that_no_option_takes(words: str, dropped: list[int], terminator: int | None) -> None:
    parsed = parse_words(words.encode().split(), TABLE)
    assert (parsed.dropped, parsed.terminator) == (dropped, terminator)


@pytest.mark.parametrize(
    ("word", "refusal"),
    [
        ("--port=0", "invalid argument for --port: 0"),
        ("--port=80", None),
        ("--tcp-close", None),
        ("-v4", None),
        ("-t0", "invalid argument for -t: 0"),
        ("--tree=0", "invalid argument for --tree: 0"),
    ],
)
def test_refusals_have_the_name_as_written(word: str, refusal: str | None) -> None:
    (found,) = parse_words([word.encode()], TABLE).results
    assert isinstance(found, ParsedOption)
    assert found.refusal == refusal
