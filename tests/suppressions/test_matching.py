# SPDX-License-Identifier: MIT
"""Which findings suppressions hide, and which of them hide nothing."""

from __future__ import annotations

import pytest

from criulint.linter.linter import Linter
from criulint.rules.registry import RULE_INDEX, RULES
from criulint.source import Source
from criulint.suppressions.comments import SuppressionParser
from criulint.suppressions.matching import Suppressions

_DEFAULT = frozenset(rule.code for rule in RULES if rule.default)


def codes(text: str, ran: frozenset[str] = _DEFAULT) -> list[str]:
    return [finding.code for finding in Linter(codes=ran).check(Source(text.encode())).findings]


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
        "# criulint: ignore[CRIU201]\n# for us\n# and us\ntcp-close false\nno-tcp-close\n",
        # A finding on a comment is hidden by those above it in its block.
        "# criulint: ignore[CRIU902]\n# criulint: ignore[CRIU999]\ntcp-close\n",
        "# a\n# criulint: ignore[CRIU902]\n# b\n# criulint: ignore[CRIU999]\ntcp-close\n",
        "# criulint: ignore-file[CRIU201]\n\ntcp-close false\nshell-job no\n",
        "tcp-close false\nshell-job no # criulint: ignore-file[value-ignored]\n",
        "tcp-close false\n# criulint: ignore-file\n",
        "tcp_close # criulint: ignore[CRIU101]\n",
        # CRIU reads these as words, and the finding about that is named.
        "tcp-close# criulint: ignore[CRIU112]\n",
        "tcp-close\t# criulint: ignore[CRIU113] a b\n",
        # What names rules about suppressions is never unused.
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
    checked = linter.check(Source(b"tcp-close false # criulint: ignore[CRIU201]\n"))
    assert [finding.code for finding in checked.hidden] == ["CRIU201"]
    assert checked.findings == []
    assert linter.check(Source(b"tcp-close false\n")).hidden == []


def test_a_file_without_the_word_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(SuppressionParser, "parse", fail)
    assert codes("tcp-close false # why\n") == ["CRIU201"]


def suppressions(text: str, ran: frozenset[str] = _DEFAULT) -> Suppressions:
    return Suppressions(Source(text.encode()), SuppressionParser("4.2.1", RULE_INDEX), ran)


@pytest.mark.parametrize(
    ("text", "unused"),
    [
        # Places are a 1-based line and a 0-based column.
        ("tcp-close false # criulint: ignore[CRIU201]\n", []),
        ("tcp-close false # criulint: ignore[CRIU202, CRIU201]\n", [(1, 35)]),
        ("# criulint: ignore[CRIU202]\n# criulint: ignore\ntcp-close false\n", [(1, 19)]),
        ("# criulint: ignore-file[CRIU203]\ntcp-close false\n", [(1, 24)]),
        # The second one is needless.
        (
            "# criulint: ignore-file[CRIU2]\n# criulint: ignore-file[CRIU202]\n"
            "tcp-close no\nverbosity 4\n",
            [(2, 24)],
        ),
        # Rules whose findings depend on the host, and rules that do not run by default.
        ("# criulint: ignore-file[CRIU4, CRIU501, CRIU601]\ntcp-close\n", []),
        # A malformed one is reported for that.
        ("tcp-close # criulint: ignore CRIU201\n", []),
    ],
)
def test_unused(text: str, unused: list[tuple[int, int]]) -> None:
    file = suppressions(text)
    linter = Linter("4.2.1", _DEFAULT - {"CRIU901"})
    file.filter(linter.check(Source(_without_marks(text))).findings)
    assert [target.place for target in file.find_unused()] == unused


def _without_marks(text: str) -> bytes:
    """Return the file without its suppressions, with the same lines and columns."""
    return text.replace("criulint", "tniluirc").encode()


def test_filter_parts_what_is_kept_from_what_is_hidden() -> None:
    text = "tcp-close no # criulint: ignore[CRIU201]\nshell-job no\n"
    findings = Linter("4.2.1").check(Source(_without_marks(text))).findings
    kept, hidden = suppressions(text).filter(findings)
    assert [finding.span.line for finding in kept] == [2]
    assert [finding.span.line for finding in hidden] == [1]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("CRIU201", ["CRIU201"]),
        ("criu201", ["CRIU201"]),
        ("Value-Ignored", ["CRIU201"]),
        ("CRIU9", ["CRIU901", "CRIU902", "CRIU903"]),
        ("CRIU", []),
        ("C", []),
        ("", []),
        ("CRIU2011", []),
        ("value", []),
    ],
)
def test_names_of_rules(name: str, codes: list[str]) -> None:
    assert sorted(RULE_INDEX.matching(name)) == codes
