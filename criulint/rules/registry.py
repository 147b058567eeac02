# SPDX-License-Identifier: MIT
"""The list of all rules; nothing else registers one.

It imports every family, which a check does not need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.rules import (
    conflicts,
    environment,
    formatting,
    misread,
    refused,
    runtime,
    suppression,
)
from criulint.rules.families import SUPPRESSION
from criulint.suppressions.index import RuleIndex

if TYPE_CHECKING:
    from criulint.rules.base import AnyRule

_CHECKS: tuple[AnyRule, ...] = (
    *refused.WHOLE_FILE_RULES,
    *refused.WINDOWS_RULES,
    *misread.WINDOWS_RULES,
    *refused.CRASH_RULES,
    *refused.LINE_RULES,
    *refused.FIXED_LINE_RULES,
    *refused.WORD_RULES,
    *refused.FILE_RULES,
    *misread.SHAPE_RULES,
    *misread.VALUE_RULES,
    *misread.FILE_RULES,
    *misread.SETTINGS_RULES,
    *conflicts.SETTINGS_RULES,
    *runtime.SETTINGS_RULES,
    *environment.SETTINGS_RULES,
    *environment.HOST_RULES,
    *environment.NAMED_FILE_RULES,
    *formatting.FILE_RULES,
    *suppression.SUPPRESSIONS_RULES,
)

#: All rules, by code; a rule with several checks is listed once.
RULES: tuple[AnyRule, ...] = tuple(
    sorted({rule.primary for rule in _CHECKS}, key=lambda rule: rule.code)
)

RULE_INDEX = RuleIndex(
    {rule.code: rule.name for rule in RULES},
    default=frozenset(rule.code for rule in RULES if rule.default),
    host_dependent=frozenset(rule.code for rule in RULES if rule.family.depends_on_host),
    about_suppressions=frozenset(rule.code for rule in RULES if rule.family is SUPPRESSION),
)


def find_rule(text: str) -> AnyRule | None:
    """Return the rule with this code (in any case) or name, or None."""
    wanted = text.strip()
    for rule in RULES:
        if rule.code == wanted.upper() or rule.name == wanted.lower():
            return rule
    return None
