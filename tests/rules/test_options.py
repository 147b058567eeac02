# SPDX-License-Identifier: MIT
"""The options that rules declare: without them, a rule really finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.criu.options import Option, option_table
from criulint.criu.releases import releases
from criulint.rules import conflicts, environment, misread, runtime
from criulint.rules.families import ENVIRONMENT, MISREAD
from tests.rules.asking import settings

if TYPE_CHECKING:
    from criulint.rules.base import SettingsRule

_RULES: tuple[SettingsRule, ...] = (
    *misread.SETTINGS_RULES,
    *conflicts.SETTINGS_RULES,
    *runtime.SETTINGS_RULES,
    *environment.SETTINGS_RULES,
)
_EXAMPLES = [rule.bad for rule in _RULES]
rules = pytest.mark.parametrize(
    "rule", [rule for rule in _RULES if rule.options is not None], ids=lambda rule: rule.code
)


@rules
def test_the_options_exist(rule: SettingsRule) -> None:
    assert rule.options is not None
    known = {name for release in releases() for name in option_table(release).options}
    assert rule.options <= known


@rules
@pytest.mark.parametrize("criu", ["3.14", "4.1.1", "4.2.1"])
@pytest.mark.parametrize("commands", [COMMANDS, ("dump",), ("restore",)], ids="-".join)
def test_a_rule_needs_one_of_its_options(
    rule: SettingsRule, criu: str, commands: tuple[str, ...]
) -> None:
    assert rule.options is not None
    single = [_example(option) for option in option_table(criu).options.values()]
    for role in (None, *Role):
        for text in (*_EXAMPLES, *single):
            file = settings(text, criu=criu, role=role, commands=commands)
            if rule.options.isdisjoint(file.by_name):
                assert list(rule.check(file)) == [], (text, role)


def _example(option: Option) -> str:
    """Return a line that sets an option."""
    if option.is_flag:
        return f"{option.name}\n"
    values = (*option.choices, *option.suggested, "/a")
    return f"{option.name}={values[0]}\n"


def test_families_are_imported_for_all_that_their_rules_need() -> None:
    """The linter imports a family with options only for a file that sets one of them."""
    for family, rules in (
        (MISREAD, misread.SETTINGS_RULES),
        (ENVIRONMENT, environment.SETTINGS_RULES),
    ):
        assert family.options == frozenset().union(*(rule.options or () for rule in rules))
