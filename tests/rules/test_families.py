# SPDX-License-Identifier: MIT
"""The families, whose tags are in reports."""

from __future__ import annotations

import pytest

from criulint.rules.families import FAMILIES, family_of
from criulint.rules.registry import RULES


@pytest.mark.parametrize(
    ("code", "tag", "depends_on_host"),
    [
        ("CRIU101", "refused", False),
        ("CRIU201", "misread", False),
        ("CRIU301", "conflict", False),
        ("CRIU401", "runtime", True),
        ("CRIU501", "environment", True),
        ("CRIU601", "style", False),
        ("CRIU901", "suppression", True),
    ],
)
def test_family(code: str, tag: str, depends_on_host: bool) -> None:
    family = family_of(code)
    assert (family.tag, family.depends_on_host) == (tag, depends_on_host)


def test_each_rule_has_one() -> None:
    assert {rule.family for rule in RULES} == set(FAMILIES)
