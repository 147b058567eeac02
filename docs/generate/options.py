# SPDX-License-Identifier: MIT
"""The options of the newest release."""

from __future__ import annotations

from typing import Any

from criulint.criu.releases import latest_release, load_schema
from docs.generate.markdown import code, table

_ARITY = {
    "none": "none: the option is a flag",
    "required": "required",
    "optional": "optional, after `=`",
}
_REPEATED = {
    "last-wins": "the last value wins",
    "accumulate": "the values add up",
    "idempotent": "no difference",
    "ignored": "ignored",
    "increment": "each time adds one",
}
_IN_FILE = {
    "ok": "yes",
    "dangerous": "with care",
    "ignored": "ignored",
    "exits": "no: CRIU prints something and exits",
}


def pages() -> dict[str, str]:
    """Return the page by path."""
    schema = load_schema(latest_release())
    parts = [
        f"# Options of CRIU {latest_release()}\n",
        "What a configuration file can set. [](releases/index.md) says what changed from release to"
        " release, and `criulint schema show OPTION` prints an entry of this page.\n",
    ]
    parts += [
        _option(name, facts, schema["$defs"][name])
        for name, facts in sorted(schema["properties"].items())
        if "x-criu-negates" not in facts
    ]
    return {"reference/options.md": "\n".join(parts)}


def _option(name: str, facts: dict[str, Any], value: dict[str, Any]) -> str:
    choices = [choice for choice in value.get("enum", ()) if isinstance(choice, str)]
    default = facts.get("x-criu-default")
    advice = facts.get("x-criu-advice", "")
    rows = {
        "value": _ARITY[facts["x-criu-arity"]],
        "form": _code(value.get("x-criu-form")),
        "one of": ", ".join(map(code, choices)),
        "default": "" if isinstance(default, bool) else _code(default),
        "switched off by": _code(facts.get("x-criu-negated-by")),
        "short option": _code(facts.get("x-criu-short"), prefix="-"),
        "since": f"CRIU {facts['x-criu-since']}",
        "commands": ", ".join(facts["x-criu-commands"]),
        "set twice": _REPEATED[facts["x-criu-repeat"]],
        "in a file": _IN_FILE[facts["x-criu-in-file"]] + (f". {advice}" if advice else ""),
        "replaced by": _code(facts.get("x-criu-replaced-by")),
    }
    shown = table(("", ""), ((key, text) for key, text in rows.items() if text))
    return f"## {name}\n\n{facts['description']}\n\n{shown}"


def _code(value: Any, prefix: str = "") -> str:
    return "" if value is None or value == "" else code(f"{prefix}{value}")
