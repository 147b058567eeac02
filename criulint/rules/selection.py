# SPDX-License-Identifier: MIT
"""Which rules the words of ``--select``, ``--ignore`` and the like name."""

from __future__ import annotations

from criulint.rules.registry import RULES
from criulint.text import did_you_mean, shorten


class UnknownRuleError(ValueError):
    """A word that names no rule; the message suggests the rule that may have been meant."""


def matching(word: str) -> frozenset[str]:
    """Return the codes that a word names, in any case.

    It is a code or its beginning (``CRIU2``), a name, or ``ALL``.

    Raises UnknownRuleError if there is none.
    """
    prefix = word.upper()
    found = frozenset(
        rule.code
        for rule in RULES
        if prefix == "ALL"
        or rule.name == word.lower()
        or (len(prefix) > 1 and rule.code.startswith(prefix))
    )
    if not found:
        known = [name for rule in RULES for name in (rule.code, rule.name)]
        raise UnknownRuleError(f"no rule '{shorten(word)}'{did_you_mean(word, known)}")
    return found


def default_codes() -> frozenset[str]:
    """Return the codes of the rules that run without being selected."""
    return frozenset(rule.code for rule in RULES if rule.default)
