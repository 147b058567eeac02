# SPDX-License-Identifier: MIT
"""Rules as a terminal shows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from criulint.report.rule import render_list, render_rule
from criulint.report.terminal import PLAIN, Style
from criulint.rules.registry import RULES, find_rule
from tests.report.reports import GOLDEN

if TYPE_CHECKING:
    from criulint.rules.base import AnyRule
    from tests.golden import Golden


@pytest.mark.parametrize("code", ["CRIU201", "CRIU404", "CRIU210", "CRIU501"])
def test_text(code: str, golden: Golden) -> None:
    rule = find_rule(code)
    assert rule
    golden(GOLDEN / f"{code}.rule", f"{render_rule(rule, PLAIN)}\n")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_rule_is_reflowed(width: int, golden: Golden) -> None:
    rule = find_rule("CRIU409")
    assert rule
    text = render_rule(rule, Style(width=width))
    assert "**" not in text
    golden(GOLDEN / f"rule.{width}", f"{text}\n")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_all_rules_fit(width: int) -> None:
    for rule in RULES:
        lines = [line for line in render_rule(rule, Style(width=width)).split("\n") if " " in line]
        assert max(len(line) for line in lines if not line.startswith("    ")) <= width
    assert max(map(len, render_list(RULES, Style(width=width)).split("\n"))) <= width


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_list_of_a_terminal_has_families(width: int, golden: Golden) -> None:
    chosen = [rule for rule in RULES if rule.code in ("CRIU101", "CRIU102", "CRIU305", "CRIU601")]
    golden(GOLDEN / f"rules.{width}", f"{render_list(chosen, Style(width=width))}\n")


def test_the_list_of_a_file_has_a_line_for_each_rule() -> None:
    lines = render_list(RULES, PLAIN).split("\n")
    assert [line.split()[0] for line in lines] == [rule.code for rule in RULES]
    assert all(rule.summary in line for rule, line in zip(RULES, lines, strict=True))


@pytest.mark.parametrize("known", RULES, ids=lambda known: known.code)
def test_each_rule_can_be_shown(known: AnyRule) -> None:
    text = render_rule(known, PLAIN)
    assert all(char.isprintable() or char == "\n" for char in text)
    painted = render_rule(known, Style(colour=True, links=True))
    assert re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\", "", painted) == text
