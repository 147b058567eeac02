# SPDX-License-Identifier: MIT
"""CRIU902: a suppression of a rule that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.guesses import NO_VALUE, ValueGuess
from criulint.rules.base import FileProblem, Problem, Rewrite, rule
from criulint.rules.suppression.rewriting import is_fixable, rewrite_line
from criulint.text import find_closest, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.suppressions.comments import RuleSelector
    from criulint.suppressions.index import RuleIndex
    from criulint.suppressions.matching import Suppressions


@rule(
    "CRIU902",
    "unknown-rule-in-suppression",
    Severity.WARNING,
    bad="# criulint: ignore[value_ignored] the value is for us\ntcp-close\n",
    good="# criulint: ignore[value-ignored] the value is for us\ntcp-close true\n",
    fixable=True,
)
def unknown_rule_in_suppression(suppressions: Suppressions) -> Iterator[FileProblem]:
    """A suppression names a rule that criulint does not have, and so hides nothing.

    The brackets hold codes (`CRIU201`), names (`value-ignored`) or beginnings of codes (`CRIU2`),
    with commas between them. `criulint rule` lists all rules.
    """
    for suppression in suppressions.all:
        for name in suppression.names or ():
            if not suppressions.rules.matching(name.text):
                yield FileProblem(
                    suppression.line, _unknown_name(suppressions, suppression.line, name)
                )


def _unknown_name(suppressions: Suppressions, line: int, name: RuleSelector) -> Problem:
    message = f"criulint has no rule `{shorten(name.text)}`, so this hides nothing"
    intended, certain = guess_rule(name.text, suppressions.rules)
    if not intended:
        return Problem(name.start, name.end, message, "`criulint rule` lists the rules")
    advice = f"did you mean `{intended}`?"
    if not is_fixable(suppressions, line):
        return Problem(name.start, name.end, message, advice)
    text = suppressions.source.text(line)
    new = text[: name.start] + intended + text[name.end :]
    rewrite = rewrite_line(suppressions, line, Rewrite(f"Write `{intended}`", new, certain))
    return Problem(name.start, name.end, message, advice, rewrite)


def guess_rule(text: str, rules: RuleIndex) -> ValueGuess:
    """Guess which rule a word that names none means."""
    cleaned = text.strip("\"'`.;: ").replace("_", "-").replace(" ", "-").lower()
    cleaned = cleaned.replace("criu-", "criu", 1)
    if rules.matching(cleaned):
        word = cleaned.upper() if cleaned.startswith("criu") else cleaned
        return ValueGuess(word, certain=True)
    if cleaned.isdecimal() and rules.matching(f"CRIU{cleaned}"):
        return ValueGuess(f"CRIU{cleaned}", certain=True)
    if cleaned.startswith("criu"):
        return NO_VALUE  # another number is another rule
    return ValueGuess(find_closest(cleaned, rules.names.values(), cutoff=0.75), certain=False)
