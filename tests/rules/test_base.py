# SPDX-License-Identifier: MIT
"""What a rule is; rules with several checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.registry import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator


@rule("CRIU199", "example", Severity.ERROR, bad="x\n", good="y\n")
def example(text: str) -> Iterator[Problem]:
    """Summary of the example.

    Explanation of the example.
    """
    yield Problem(0, len(text), "from the check")


@example.also
def other(number: int) -> Iterator[Problem]:
    """Not the documentation."""
    yield Problem(0, number, "from the other check")


def test_a_rule_does_not_change() -> None:
    with pytest.raises(AttributeError, match=r"^a rule does not change: severity$"):
        example.severity = Severity.INFO
    assert example.severity is Severity.ERROR


def test_other_check_belongs_to_the_rule() -> None:
    assert other.primary is example.primary is example
    assert (other.code, other.name, other.severity) == ("CRIU199", "example", Severity.ERROR)
    assert other.summary == example.summary == "Summary of the example."
    assert [problem.message for problem in example.check("x")] == ["from the check"]
    assert [problem.message for problem in other.check(1)] == ["from the other check"]


def test_rules_are_listed_once_and_with_their_documentation() -> None:
    assert all(listed.primary is listed for listed in RULES)


def test_rule_is_shown_by_code_and_name() -> None:
    assert repr(example) == "<Rule CRIU199 example>"
