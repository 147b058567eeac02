# SPDX-License-Identifier: MIT
"""Text for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.text import did_you_mean, escape, find_closest, plural, shorten


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("a b", "a b"),
        ("ü→", "ü→"),
        ("a\nb", r"a\nb"),
        ("\t\r\0", r"\t\r\x00"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\udc80", r"\x80"),  # the byte 0x80, as `criulint.source.decode` keeps it
        ("\udcff", r"\xff"),
        ("\udc7f", r"\udc7f"),  # no byte: a surrogate
        ("\udd00", r"\udd00"),
        ("\u202e", r"\u202e"),  # turns the text around that follows
        ("\U000e0001", r"\U000e0001"),
    ],
)
def test_escape(text: str, shown: str) -> None:
    assert escape(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 77 + "..."),
        ("x" * 1_000_000, "x" * 77 + "..."),
        ("\n" * 40, r"\n" * 40),
        ("\n" * 41, r"\n" * 38 + "\\..."),
        ("a\n", r"a\n"),
    ],
)
def test_shorten(text: str, shown: str) -> None:
    assert shorten(text) == shown


@given(st.text())
def test_what_is_shown_is_one_printable_line(text: str) -> None:
    assert escape(text).isprintable()
    assert len(shorten(text)) <= 80
    assert shorten(text).isprintable()


@pytest.mark.parametrize(
    ("count", "words", "shown"),
    [
        (0, ("file",), "0 files"),
        (1, ("file",), "1 file"),
        (2, ("file",), "2 files"),
        (1, ("entry", "entries"), "1 entry"),
        (2, ("entry", "entries"), "2 entries"),
        (1, ("info", "info"), "1 info"),
        (3, ("info", "info"), "3 info"),
    ],
)
def test_plural(count: int, words: tuple[str, ...], shown: str) -> None:
    assert plural(count, *words) == shown


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("chek", "; did you mean 'check'?"),
        ("formats", "; did you mean 'format'?"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_did_you_mean(word: str, hint: str) -> None:
    assert did_you_mean(word, ("check", "format", "read")) == hint


@pytest.mark.parametrize(
    ("word", "cutoff", "found"),
    [
        ("shel-job", 0.6, "shell-job"),
        ("shel-job", 1, None),
        ("shell-job", 1, "shell-job"),
        ("x" * 60, 0.6, "x" * 60),
        # What is after the first 60 characters is not compared.
        ("x" * 60 + "y" * 10_000_000, 1, "x" * 60),
        ("", 0.6, None),
    ],
)
def test_find_closest(word: str, cutoff: float, found: str | None) -> None:
    assert find_closest(word, ("shell-job", "x" * 60), cutoff) == found
