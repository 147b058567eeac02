# SPDX-License-Identifier: MIT
"""The schemas have CRIU's own option tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.releases import load_schema

if TYPE_CHECKING:
    from tests.oracle.oracle import Entry, Oracle

_ARITIES = ("none", "required", "optional")


def test_long_options(oracle: Oracle) -> None:
    """The same names in the same order, each with the same arity."""
    options = load_schema(oracle.release)["properties"]
    assert {name: option["x-criu-arity"] for name, option in options.items()} == {
        entry.name: _ARITIES[entry.arity] for entry in oracle.table
    }
    assert list(options) == [entry.name for entry in oracle.table]


def test_options_that_are_one_to_getopt(oracle: Oracle) -> None:
    """An entry with the arity, the flag and the value of an earlier one never makes an
    abbreviation ambiguous.
    """
    first: dict[tuple[int, int | None, int], str] = {}
    same = {}
    for entry in oracle.table:
        known = first.setdefault((entry.arity, entry.flag, entry.value), entry.name)
        if known != entry.name:
            same[entry.name] = known
    options = load_schema(oracle.release)["properties"]
    assert {
        name: option["x-criu-same-as"]
        for name, option in options.items()
        if "x-criu-same-as" in option
    } == same


def test_negations(oracle: Oracle) -> None:
    """``no-NAME`` sets the variable of ``NAME`` to 0, and nothing else that begins with ``no-``
    does that.
    """
    entries = {entry.name: entry for entry in oracle.table}

    def negates(entry: Entry) -> str | None:
        positive = entries.get(entry.name.removeprefix("no-"))
        if (
            entry.name.startswith("no-")
            and positive
            and entry.flag is not None
            and positive.flag == entry.flag
        ):
            assert (positive.value, entry.value) == (1, 0)
            return positive.name
        return None

    options = load_schema(oracle.release)["properties"]
    assert {name: option.get("x-criu-negates") for name, option in options.items()} == {
        entry.name: negates(entry) for entry in oracle.table
    }


def test_short_options(oracle: Oracle) -> None:
    letters = {}
    text = oracle.short_options
    while text:
        rest = text[1:].lstrip(":")
        letters[text[0]] = _ARITIES[len(text) - len(rest) - 1]
        text = rest
    shorts = load_schema(oracle.release)["x-criu-short-options"]
    assert {letter: short["arity"] for letter, short in shorts.items()} == letters
    values = {entry.name: entry.value for entry in oracle.table if entry.flag is None}
    for letter, short in shorts.items():
        if short["option"] in values:
            assert values[short["option"]] == ord(letter)
        else:  # a long option that sets a variable by itself; its letter's code in CRIU has to do the same
            by_letter = oracle.read(b"all -%s\n" % letter.encode()).settings
            assert by_letter == oracle.read(b"all\n%s\n" % short["option"].encode()).settings
            assert by_letter != oracle.read(b"all\n").settings
