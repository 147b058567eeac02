# SPDX-License-Identifier: MIT
"""What suppressions are in the comments of a file."""

from __future__ import annotations

import pytest

from criulint.rules.registry import RULE_INDEX
from criulint.source import Source
from criulint.suppressions.comments import RuleSelector, Suppression, SuppressionParser

_PARSER = SuppressionParser("4.2.1", RULE_INDEX)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "tcp-close # criulint: ignore[CRIU201] why\n",
            [Suppression(1, 10, 41, 1, False, names=(RuleSelector("CRIU201", 29, 36),))],
        ),
        (
            "# criulint: ignore-file[CRIU2, value-ignored]",
            [
                Suppression(
                    1,
                    0,
                    45,
                    1,
                    True,
                    for_file=True,
                    names=(RuleSelector("CRIU2", 24, 29), RuleSelector("value-ignored", 31, 44)),
                )
            ],
        ),
        # It is for the lines up to the next option, over comments but not over a blank line.
        ("# criulint: ignore\n# why\ntcp-close\n", [Suppression(1, 0, 18, 3, True)]),
        ("# criulint: ignore\n\ntcp-close\n", [Suppression(1, 0, 18, 2, True)]),
        ("tcp-close\n# criulint: ignore", [Suppression(2, 0, 18, 2, True)]),
        # Two in one comment.
        (
            "tcp-close # criulint: ignore # criulint: ignore-file",
            [
                Suppression(1, 10, 28, 1, False),
                Suppression(1, 29, 52, 1, False, for_file=True),
            ],
        ),
        # CRIU reads the comment as a word, so that one for all rules is for no line.
        ("tcp-close# criulint: ignore", [Suppression(1, 9, 27, 0, False)]),
        ("tcp-close# criulint: ignore-file", [Suppression(1, 9, 32, 0, False)]),
        (
            "tcp-close# criulint: ignore[CRIU2]",
            [Suppression(1, 9, 34, 1, False, names=(RuleSelector("CRIU2", 28, 33),))],
        ),
        # Prose, other words, and what is not a comment.
        ("# checked by criulint", []),
        ("# criulint is a linter", []),
        ("# criulint-action: ignore", []),
        ("; criulint: ignore", []),
        ("; # criulint: ignore", []),
        ("criulint: ignore", []),
    ],
)
def test_parse(text: str, expected: list[Suppression]) -> None:
    assert _PARSER.parse(Source(text.encode()).lines) == expected


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("# criulint: ignroe[CRIU201]", "# criulint: ignore[CRIU201]"),
        (
            "# criulint: ignore CRIU201, CRIU202 for us",
            "# criulint: ignore[CRIU201, CRIU202] for us",
        ),
        ("# criulint: ignore=CRIU201,CRIU202", "# criulint: ignore[CRIU201, CRIU202]"),
        ("# criulint: ignore(value-ignored): for us", "# criulint: ignore[value-ignored] for us"),
        ("# criulint: ignore: CRIU201 - for us", "# criulint: ignore[CRIU201] - for us"),
        ("# criulint: ignore[CRIU201", "# criulint: ignore[CRIU201]"),
        ("# criulint ignore[CRIU201]", "# criulint: ignore[CRIU201]"),
        ("# criulint disable=CRIU201", "# criulint: ignore[CRIU201]"),
        ("# criulint: disable-file", "# criulint: ignore-file"),
        ("# criulint: noqa", "# criulint: ignore"),
        ("# criulint: noqa\twhy", "# criulint: ignore why"),
        ("# criulint: noqa/why", None),
        ("# criulint: see the wiki", None),
        ("# criulint:", None),
    ],
)
def test_what_a_malformed_one_was_meant_to_be(text: str, meant: str | None) -> None:
    (found,) = _PARSER.parse([text.encode()])
    assert found.mistake
    assert found.intended == meant


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("# criulint: ignore[]", "the brackets are empty"),
        ("# criulint: ignore[ , ]", "the brackets are empty"),
        ("# criulint: ignore CRIU201", "the rules must be in `[` and `]`"),
        ("# criulint ignore[CRIU201]", "the colon after `criulint` is missing"),
        ("# criulint: nolint", "unknown word `nolint`"),
        ("# criulint: see", "unknown word `see`"),
        ("# criulint:", "`ignore` or `ignore-file` is missing"),
    ],
)
def test_mistakes(text: str, mistake: str) -> None:
    (found,) = _PARSER.parse([text.encode()])
    assert found.mistake == mistake
    assert not found.is_active


_FOREIGN_WORDS = {
    "ignore": "allow disable disable-line disable-next-line ignore-line ignore-next"
    " ignore-next-line nolint noqa off skip suppress",
    "ignore-file": "disable-file ignore-all ignore_file ignorefile noqa-file skip-file",
}


@pytest.mark.parametrize(
    ("word", "verb"),
    [(word, verb) for verb, words in _FOREIGN_WORDS.items() for word in words.split()],
)
def test_words_of_other_linters(word: str, verb: str) -> None:
    (found,) = _PARSER.parse([f"# criulint: {word}".encode()])
    assert (found.intended, found.certain) == (f"# criulint: {verb}", False)


@pytest.mark.parametrize(
    ("text", "name", "left"),
    [
        ("tcp-close # criulint: ignore[CRIU201]", None, "tcp-close"),
        ("tcp-close # criulint: ignore[CRIU201]", 0, "tcp-close"),
        ("tcp-close # why # criulint: ignore", None, "tcp-close # why"),
        ("# criulint: ignore[CRIU201, CRIU202] why", 0, "# criulint: ignore[CRIU202] why"),
        ("# criulint: ignore[CRIU201, CRIU202] why", 1, "# criulint: ignore[CRIU201] why"),
        ("# criulint: ignore[CRIU201] why", 0, None),
        ("  # criulint: ignore", None, None),
    ],
)
def test_without(text: str, name: int | None, left: str | None) -> None:
    (found,) = _PARSER.parse([text.encode()])
    names = found.names or ()
    assert found.without(text, None if name is None else names[name]) == left
