# SPDX-License-Identifier: MIT
"""The list of all rules, and what others look up in it."""

from __future__ import annotations

import re

import pytest

from criulint.rules.families import FAMILIES
from criulint.rules.registry import RULE_INDEX, RULES, find_rule
from criulint.rules.relations import (
    ABOUT_WHAT_COUNTS,
    EXPLAINED_BY,
    NEEDS_ALL_FILES,
    NEEDS_ALL_LINES,
    NEEDS_NAME,
    OF_A_READ_LINE,
    OVERRIDDEN,
    SAY_ENOUGH,
)


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"CRIU[1-9][0-9]{2}", rule.code)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
        assert rule.primary is rule
        assert rule.family in FAMILIES


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CRIU201", "CRIU201"),
        ("criu201", "CRIU201"),
        (" CRIU201\n", "CRIU201"),
        ("value-ignored", "CRIU201"),
        ("Value-Ignored", "CRIU201"),
        ("CRIU2", None),
        ("value", None),
        ("", None),
    ],
)
def test_find_rule(text: str, code: str | None) -> None:
    found = find_rule(text)
    assert (found and found.code) == code


def test_index_says_what_the_rules_say() -> None:
    for rule in RULES:
        assert RULE_INDEX.names[rule.code] == rule.name
        assert (rule.code in RULE_INDEX.default) == rule.default
        assert (rule.code in RULE_INDEX.host_dependent) == rule.code.startswith(
            ("CRIU4", "CRIU5", "CRIU9")
        )
        assert (rule.code in RULE_INDEX.about_suppressions) == rule.code.startswith("CRIU9")


def test_relations_are_between_rules() -> None:
    named = (
        *(code for item in EXPLAINED_BY.items() for code in (item[0], *item[1])),
        *(*OF_A_READ_LINE, *OVERRIDDEN, *SAY_ENOUGH, *ABOUT_WHAT_COUNTS),
        *(*NEEDS_NAME, *NEEDS_ALL_LINES, *NEEDS_ALL_FILES),
    )
    assert set(named) <= {rule.code for rule in RULES}
