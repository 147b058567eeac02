# SPDX-License-Identifier: MIT
"""The keys of ``criulint.toml``."""

from __future__ import annotations

from typing import Any

from criulint.configuration.keys import KEYS, PER_FILE_KEYS, RULE_REFERENCE, Key
from docs.generate.markdown import code, listing, plain

_INTRODUCTION = """\
# Keys of criulint.toml

All keys of `criulint.toml`, `.criulint.toml`, and the table `[tool.criulint]` of `pyproject.toml`.
[](../guide/configuration.md) says which file counts, with an example. An unknown key, or a value
that a key does not take, is an error with exit status 2.
"""
_MOST_CHOICES = 8


def pages() -> dict[str, str]:
    """Return the page by path."""
    own = {key.name for key in PER_FILE_KEYS}
    note = "Can also be set for some files, in [`files`](#files).\n"
    parts = [_INTRODUCTION]
    for key in KEYS:
        parts += [_key(key), *([note] if key.name in own else [])]
    return {"reference/configuration.md": "\n".join(parts)}


def _key(key: Key) -> str:
    text, _, default = key.description.partition(" Default: ")
    lines = [f"## {key.name}\n", f"{plain(text)}\n", f"- Type: {_type(key.kind.schema())}"]
    if default:
        lines.append(f"- Default: {plain(default)}")
    return "\n".join([*lines, ""])


def _type(schema: dict[str, Any]) -> str:
    """Return what a value is, in words."""
    if schema.get("$ref") == RULE_REFERENCE:
        return "a rule: its code, its name, the beginning of a code, or `ALL`"
    if schema["type"] == "array":
        return f"a list; each entry is {_type(schema['items'])}"
    if schema["type"] == "object":
        return _table(schema)
    return _scalar(schema)


def _scalar(schema: dict[str, Any]) -> str:
    """Return what a string is, in words: its choices, or examples of it."""
    choices = schema.get("enum", ())
    if choices and len(choices) <= _MOST_CHOICES:
        return listing(list(map(code, choices)), "or")
    if choices:
        return f"a string, such as {listing(list(map(code, choices[:3])), 'or')}"
    if examples := schema.get("examples"):
        return f"a string, such as {listing(list(map(code, examples)), 'or')}"
    return "a pattern" if "pattern" in schema else "a string"


def _table(schema: dict[str, Any]) -> str:
    if properties := schema.get("properties"):
        return f"a table with the keys {listing(list(map(code, properties)))}, each optional"
    name = _type(schema["propertyNames"])
    return f"a table; each key is {name}, each value is {_type(schema['additionalProperties'])}"
