# SPDX-License-Identifier: MIT
"""The JSON Schema of criulint's configuration, for editors; criulint itself does not need it."""

from __future__ import annotations

from typing import Any

from criulint.configuration.keys import KEYS, RULE_REFERENCE, Section
from criulint.rules.registry import RULES

#: Where the schema is published.
ADDRESS = "https://criulint.readthedocs.io/en/stable/criulint.schema.json"


def schema(tool: str = "criulint") -> dict[str, Any]:
    """Return the schema of ``criulint.toml`` and ``[tool.criulint]``, in draft 7 for old editors.

    validate-pyproject passes the name of the tool.
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": ADDRESS,
        "title": tool,
        "description": "The configuration of criulint, a linter for CRIU configuration files:"
        " criulint.toml, .criulint.toml, or [tool.criulint] of pyproject.toml. The command line"
        " overrides it.",
        **Section(KEYS).schema(),
        "definitions": {RULE_REFERENCE.rpartition("/")[2]: _rules()},
    }


def _rules() -> dict[str, Any]:
    """Return all words that name rules, as the documentation writes them."""
    words = {"ALL": "All rules."}
    for rule in RULES:
        prefix = rule.family.prefix
        words.setdefault(prefix, f"The rules whose codes begin with {prefix}.")
    words |= {rule.code: f"{rule.name}: {rule.summary}" for rule in RULES}
    words |= {rule.name: f"{rule.code}: {rule.summary}" for rule in RULES}
    return {
        "title": "Rule",
        "type": "string",
        "oneOf": [
            {"const": word, "description": description} for word, description in words.items()
        ],
    }
