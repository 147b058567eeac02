# SPDX-License-Identifier: MIT
"""What a word for rules names."""

from __future__ import annotations

import pytest

from criulint.rules.registry import RULES
from criulint.rules.selection import UnknownRuleError, default_codes, matching


@pytest.mark.parametrize("word", ["CRIU201", "criu201", "value-ignored", "Value-Ignored"])
def test_one_rule(word: str) -> None:
    assert matching(word) == {"CRIU201"}


@pytest.mark.parametrize("word", ["CRIU2", "criu20", "CRIU", "cr"])
def test_beginning_of_a_code(word: str) -> None:
    codes = {rule.code for rule in RULES if rule.code.startswith(word.upper())}
    assert codes
    assert matching(word) == codes


def test_all() -> None:
    assert matching("all") == matching("ALL") == {rule.code for rule in RULES}


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("C", "no rule 'C'"),
        ("", "no rule ''"),
        ("CRIU999", "no rule 'CRIU999'"),
        ("value-ignord", "no rule 'value-ignord'; did you mean 'value-ignored'?"),
    ],
)
def test_no_rule(word: str, message: str) -> None:
    with pytest.raises(UnknownRuleError) as raised:
        matching(word)
    assert str(raised.value).startswith(message)


def test_rules_that_run_by_default() -> None:
    assert default_codes() == {rule.code for rule in RULES if rule.default}
    assert default_codes() < matching("ALL")
