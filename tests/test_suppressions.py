# SPDX-License-Identifier: GPL-2.0-only
"""Suppressions: which findings they hide, and how --add-ignore writes them."""

from __future__ import annotations

import pytest

from criulint.linter.linter import Linter
from criulint.rules.registry import RULE_INDEX, RULES
from criulint.source import Source
from criulint.suppressions import add, suppressions

_DEFAULT = frozenset(rule.code for rule in RULES if rule.default)


def codes(text: str, ran: frozenset[str] = _DEFAULT) -> list[str]:
    return [finding.code for finding in Linter(codes=ran).check(text.encode())]


@pytest.mark.parametrize(
    "text",
    [
        "tcp-close false # criulint: ignore[CRIU201]\n",
        "tcp-close false # criulint: ignore[criu201] why #12\n",
        "tcp-close false # criulint: ignore[value-ignored]\n",
        "tcp-close false # criulint: ignore[Value-Ignored]\n",
        "tcp-close false # criulint: ignore[CRIU2]\n",
        "tcp-close false #criulint:ignore [ CRIU201 ]\n",
        "tcp-close false ## Criulint: Ignore[CRIU201]\n",
        "tcp-close false # why # criulint: ignore[CRIU201]\n",
        "tcp-close false # criulint: ignore\n",
        "tcp-close false # criulint: ignore it is for us\n",
        "# criulint: ignore[CRIU201]\ntcp-close false\n",
        "  # criulint: ignore[CRIU201]\r\ntcp-close false\n",
        "# criulint: ignore[CRIU201]\n# it is for us\ntcp-close false\n",
        "# criulint: ignore[CRIU201]\n# criulint: ignore[CRIU303]\ntcp-close false\nno-tcp-close\n",
        "# criulint: ignore-file[CRIU201]\n\ntcp-close false\nshell-job no\n",
        "tcp-close false\nshell-job no # criulint: ignore-file[value-ignored]\n",
        "tcp-close false\n# criulint: ignore-file\n",
        "tcp_close # criulint: ignore[CRIU101]\n",
        # CRIU takes none of these for a comment, and the finding about that is named.
        "tcp-close# criulint: ignore[CRIU112]\n",
        "tcp-close\t# criulint: ignore[CRIU113] a b\n",
        # The families that look around the file are never unused.
        "# criulint: ignore-file[CRIU201, CRIU902]\ntcp-close false\n",
        "tcp-close # criulint: ignore[unused-suppression]\n",
    ],
)
def test_hidden(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("# criulint: ignore[CRIU201]\n\ntcp-close false\n", ["CRIU901", "CRIU201"]),
        ("tcp-close false # criulint: ignore[CRIU202]\n", ["CRIU201", "CRIU901"]),
        ("tcp-close false # criulint: ignore[CRIU201, CRIU202]\n", ["CRIU901"]),
        ("tcp-close # criulint: ignore\n", ["CRIU901"]),
        ("tcp-close\n# criulint: ignore-file\n", ["CRIU901"]),
        ("tcp-close false # criulint: ignore CRIU201\n", ["CRIU201", "CRIU903"]),
        ("tcp-close false # criulint: ignore[]\n", ["CRIU201", "CRIU903"]),
        ("tcp-close false # noqa\n", ["CRIU201"]),
        ("tcp-close false # checked with criulint: fine\n", ["CRIU201"]),
        ("tcp-close# criulint: ignore\n", ["CRIU112"]),
        ("tcp-close# criulint: ignore-file\n", ["CRIU112"]),
        ('log-file "/a # criulint: ignore[CRIU117]"\n', ["CRIU117"]),
        ("; criulint: ignore[CRIU111]\n", ["CRIU111"]),
        ("tcp-close false\n# criulint: ignore[CRIU201]\n", ["CRIU201", "CRIU901"]),
        ("# criulint: ignore[CRIU901]\ntcp-close false # criulint: ignore[CRIU202]\n", ["CRIU201"]),
        ("# criulint: ignore\ntcp-close false # criulint: ignroe[CRIU201]\n", ["CRIU903"]),
    ],
)
def test_left(text: str, left: list[str]) -> None:
    assert codes(text) == left


def test_a_rule_that_did_not_run_makes_no_suppression_unused() -> None:
    text = "tcp-close # criulint: ignore[CRIU201]\nshell-job # criulint: ignore\n"
    assert codes(text) == ["CRIU901", "CRIU901"]
    assert codes(text, _DEFAULT - {"CRIU201"}) == []
    assert codes(text, _DEFAULT - {"CRIU202"}) == ["CRIU901"]
    assert codes("# criulint: ignore[layout, CRIU6]\ntcp-close\n") == []
    assert codes("# criulint: ignore[layout]\ntcp-close\n", _DEFAULT | {"CRIU601"}) == ["CRIU901"]
    assert codes("  tcp-close # criulint: ignore[layout]\n", _DEFAULT | {"CRIU601"}) == []


def test_what_was_hidden_is_known() -> None:
    linter = Linter()
    linter.check(b"tcp-close false # criulint: ignore[CRIU201]\n")
    assert [finding.code for finding in linter.hidden] == ["CRIU201"]
    linter.check(b"tcp-close false\n")
    assert linter.hidden == []


def test_a_file_without_the_word_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    import criulint.suppressions

    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(criulint.suppressions, "suppressions", fail)
    assert codes("tcp-close false # why\n") == ["CRIU201"]


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
        ("# criulint: see the wiki", None),
        ("# criulint:", None),
    ],
)
def test_what_a_malformed_one_was_meant_to_be(text: str, meant: str | None) -> None:
    (found,) = suppressions([text.encode()], "4.2.1", RULE_INDEX)
    assert found.mistake
    assert found.meant == meant


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tcp-close false\n", "tcp-close false # criulint: ignore[CRIU201] R\n"),
        ("tcp-close false   # why  \n", "tcp-close false   # why # criulint: ignore[CRIU201] R\n"),
        ("tcp-close false", "tcp-close false # criulint: ignore[CRIU201] R"),
        ("tcp-close\tfalse\n", "# criulint: ignore[CRIU201] R\ntcp-close\tfalse\n"),
        (
            "tcp-close false\r\nshell-job\r\n",
            "# criulint: ignore[CRIU201] R\r\ntcp-close false\r\n# criulint: ignore[CRIU109] R\r\nshell-job\r\n",
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
            "timeout 10 # criulint: ignore[CRIU301] R\ntimeout 10m # criulint: ignore[number-misread]\n",
        ),
        (
            "timeout 1\ntimeout 10m\n",
            "timeout 1 # criulint: ignore[CRIU301] R\ntimeout 10m # criulint: ignore[CRIU206] R\n",
        ),
        ("\ufefftcp-close\n", "\ufefftcp-close # criulint: ignore[CRIU110] R\n"),
        ("\ufefftcp-close\tx\n", None),
        ("tcp-close\n", None),
        ("", None),
    ],
)
def test_add(before: str, after: str | None) -> None:
    linter = Linter("4.2.1")
    added = add(before.encode(), linter.check, "4.2.1", RULE_INDEX, "R")
    assert added.data.decode() == (before if after is None else after)
    if after is not None:
        assert not [finding for finding in added.left if finding.code < "CRIU9"]
        again = add(added.data, linter.check, "4.2.1", RULE_INDEX, "R")
        assert again.data == added.data


@pytest.mark.parametrize("data", ["tcp-close false\n".encode("utf-16"), b"log-file\tx\n" * 20])
def test_nothing_is_added_where_nothing_can_be_proved(data: bytes) -> None:
    linter = Linter("4.2.1")
    added = add(data, linter.check, "4.2.1", RULE_INDEX)
    assert (added.data, added.suppressed) == (data, 0)
    assert added.left == linter.check(data) != []


def test_what_is_found_on_no_option_is_suppressed_in_the_file() -> None:
    linter = Linter("4.2.1", frozenset(["CRIU601"]))
    added = add(b"\n#why\ntcp-close\n", linter.check, "4.2.1", RULE_INDEX)
    assert added.data == b"# criulint: ignore-file[CRIU601]\n\n#why\ntcp-close\n"
    assert added.left == []
    added = add(
        b"\n# criulint: ignore-file[CRIU201]\ntcp-close\n", linter.check, "4.2.1", RULE_INDEX
    )
    assert Source(added.data).lines[1] == b"# criulint: ignore-file[CRIU201, CRIU601]"
