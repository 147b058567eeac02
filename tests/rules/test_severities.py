# SPDX-License-Identifier: MIT
"""The listed severity of a rule is that of its findings, unless the rule says that it varies."""

from __future__ import annotations

import re
from pathlib import Path

from criulint.rules.registry import RULES

_CASES = Path(__file__).parents[1] / "cases"
_FINDING = re.compile(r"^\d+:\S+ (error|warning|info): (CRIU\d+)", re.MULTILINE)


def test_listed_severity_is_that_of_the_findings() -> None:
    found: dict[str, set[str]] = {}
    for path in _CASES.glob("*/*.expected"):
        for severity, code in _FINDING.findall(path.read_text(encoding="utf-8")):
            found.setdefault(code, set()).add(severity)
    fixed = {rule.code: {str(rule.severity)} for rule in RULES if not rule.severity_varies}
    assert {code: severities for code, severities in found.items() if code in fixed} == {
        code: severities for code, severities in fixed.items() if code in found
    }
