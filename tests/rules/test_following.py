# SPDX-License-Identifier: MIT
"""The help of a finding, followed to the letter, removes the finding and adds no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint.finding import Finding, Severity
from criulint.rules.registry import RULES
from criulint.source import Source
from tests.golden import CASES, Case
from tests.rules.following import followed
from tests.rules.test_examples import check_example

if TYPE_CHECKING:
    from criulint.rules.base import AnyRule

# Layout and suppressions are not followed by a word; an ambiguous name has several ways out.
_LEFT_OUT = ("CRIU103", "CRIU6", "CRIU9")
# A variable of a shell is no line of CRIU's: no option that is suggested for it is meant.
_CASES = [case for case in CASES if repr(case) != "unknown-option/shell-variables"]


def _same(finding: Finding, others: list[Finding]) -> int:
    """Return how often a finding is there, wherever its line is."""
    what = finding.code, finding.message, finding.line_text
    return [(each.code, each.message, each.line_text) for each in others].count(what)


def _is_worse(finding: Finding, before: list[Finding], after: list[Finding]) -> str:
    if _same(finding, after) >= _same(finding, before):
        return "the finding stays"
    known = {each.code for each in before}
    more = {each.code for each in after if each.severity >= Severity.WARNING} - known
    return f"new findings: {sorted(more)}" if more else ""


@pytest.mark.parametrize("case", _CASES, ids=repr)
def test_help_of_cases(case: Case) -> None:
    for run in case.runs:
        source = Source(case.data, run.path)
        before = case.findings(run)
        for finding in before:
            if finding.code.startswith(_LEFT_OUT):
                continue
            for data in followed(finding, source):
                after = run.linter.check(Source(data, run.path)).findings
                assert not _is_worse(finding, before, after), (finding, data)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_help_of_bad_examples(rule: AnyRule) -> None:
    before = check_example(rule, rule.bad.encode(), rule.path, rule.bad_host)
    for finding in before:
        if not finding.code.startswith(_LEFT_OUT):
            for data in followed(finding, Source(rule.bad.encode(), rule.path)):
                after = check_example(rule, data, rule.path, rule.bad_host)
                assert not _is_worse(finding, before, after), (finding, data)


def test_much_help_can_be_followed() -> None:
    pieces = sum(
        len(list(followed(finding, Source(case.data, run.path))))
        for case in CASES
        for run in case.runs
        for finding in case.findings(run)
    )
    assert pieces > 300
