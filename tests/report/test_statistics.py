# SPDX-License-Identifier: MIT
"""Counts of findings by rule."""

from __future__ import annotations

import json

from criulint.finding import Finding, Fix, Severity, Span
from criulint.report.statistics import render


def _finding(code: str, name: str, severity: Severity, *, fixable: bool = False) -> Finding:
    fix = Fix("", (), safe=False) if fixable else None
    return Finding(code, name, severity, "", "", "a", Span(1, 1, 1, 1), fix, "")


_FINDINGS = [
    _finding("CRIU301", "b", Severity.INFO),
    *[_finding("CRIU201", "a", Severity.WARNING, fixable=number < 2) for number in range(10)],
    _finding("CRIU101", "c", Severity.ERROR, fixable=True),
]


def test_text_is_ordered_by_number_then_code() -> None:
    assert render(_FINDINGS, as_json=False).splitlines() == [
        "10  CRIU201  warning  a (2 fixable)",
        " 1  CRIU101  error    c (1 fixable)",
        " 1  CRIU301  info     b",
    ]


def test_json() -> None:
    entries = json.loads(render(_FINDINGS, as_json=True))
    assert entries[0] == {
        "code": "CRIU201",
        "name": "a",
        "severity": "warning",
        "count": 10,
        "fixable": 2,
    }
    assert [entry["code"] for entry in entries] == ["CRIU201", "CRIU101", "CRIU301"]


def test_nothing_was_found() -> None:
    assert render([], as_json=False) == ""
    assert json.loads(render([], as_json=True)) == []
