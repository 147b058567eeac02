# SPDX-License-Identifier: MIT
"""Whatever a configuration file contains, it is read, or refused in one line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from criulint.configuration import ConfigurationError
from criulint.configuration.keys import KEYS, Section, WrongValueError
from criulint.configuration.load import load_configuration
from criulint.configuration.schema import schema

_VALIDATOR = jsonschema.Draft7Validator(schema())
_NAMES = [key.name for key in KEYS]
_WORDS = st.sampled_from(
    ["4.2", "3.11", "installed", "9.9", "runc", "crun@1.26", "runc@", "rpc", "dump", "restore", "CRIU2", "CRIU201", "ALL",
     "value-ignored", "error", "never", "images/**", "*.conf", "!x", "a b", "#", "", "criu", "role", "commands"]
)  # fmt: skip
_VALUES: st.SearchStrategy[Any] = st.recursive(
    _WORDS | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_WORDS | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
_DOCUMENTS = st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=6), _VALUES, max_size=4)


def load_error(data: bytes) -> str:
    """The error for a file with these bytes, after its name; empty if there is none."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "criulint.toml"
        path.write_bytes(data)
        try:
            load_configuration(str(path))
        except ConfigurationError as error:
            return str(error).partition("criulint.toml")[2]
    return ""


@settings(derandomize=True, max_examples=150)
@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    assert load_error(data).isprintable()


@settings(derandomize=True, max_examples=150)
@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=3), st.text(max_size=20))
def test_any_values(document: dict[str, Any], behind: str) -> None:
    def toml(value: object) -> str:
        if isinstance(value, dict):
            return (
                "{"
                + ", ".join(f"{toml(key)} = {toml(entry)}" for key, entry in value.items())
                + "}"
            )
        if isinstance(value, list):
            return "[" + ", ".join(map(toml, value)) + "]"
        return json.dumps(value)

    lines = [f"{key} = {toml(value)}" for key, value in document.items()]
    assert load_error("\n".join([*lines, f"# {behind}"]).encode("utf-8", "replace")).isprintable()


def wrong(document: dict[str, Any]) -> WrongValueError | None:
    try:
        Section(KEYS).read(document)
    except WrongValueError as error:
        return error
    return None


@settings(derandomize=True, max_examples=150)
@given(_DOCUMENTS)
def test_what_the_schema_accepts_is_accepted(document: dict[str, Any]) -> None:
    error = wrong(document)
    if error and _VALIDATOR.is_valid(document):
        # No regular expression of the schema tells all patterns from what is none.
        # Nor which version this is.
        assert "pattern" in str(error) or "is required" in str(error)


@settings(derandomize=True, max_examples=150)
@given(_DOCUMENTS)
def test_what_is_refused_has_a_place(document: dict[str, Any]) -> None:
    error = wrong(document)
    if error:
        assert error.place[0] in document
        assert str(error).isprintable()
