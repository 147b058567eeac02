# SPDX-License-Identifier: MIT
"""``criulint rule``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main
from criulint.rules.registry import RULES

if TYPE_CHECKING:
    from criulint.rules.base import AnyRule


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["rule", *arguments]) == 0
    return capsys.readouterr().out


def test_all_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = output(capsys).splitlines()
    assert [line.split()[0] for line in lines] == [rule.code for rule in RULES]
    assert [rule["code"] for rule in json.loads(output(capsys, "--format", "json"))] == [
        rule.code for rule in RULES
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
@pytest.mark.parametrize("format_", ["text", "md", "json"])
def test_a_rule_by_code_or_name(
    rule: AnyRule, format_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    by_code = output(capsys, rule.code.lower(), "--format", format_)
    assert by_code == output(capsys, rule.name, "--format", format_)
    assert by_code.isprintable() or "\t" not in by_code
    if format_ == "json":
        assert json.loads(by_code)["summary"] == rule.summary


def test_all_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "--all")
    assert all(rule.explanation in text for rule in RULES)
