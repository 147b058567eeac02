# SPDX-License-Identifier: MIT
"""A configuration as JSON or YAML, with the place of each part."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from criulint.criu.document import YamlMissingError, read_config_data


@pytest.mark.parametrize(
    ("text", "kind", "instance"),
    [
        ("{}", "json", {}),
        (
            '{"a": 1, "b": "x", "c": true, "d": null, "e": 1.5}',
            "json",
            {"a": 1, "b": "x", "c": True, "d": None, "e": 1.5},
        ),
        ('{"a": ["x", 1]}', "json", {"a": ["x", 1]}),
        ('{"a": ' + "1" * 1000 + "}", "json", {"a": int("1" * 1000)}),
        ("a: " + "1" * 1000, "yaml", {"a": int("1" * 1000)}),
        ('{"a": [["x"], {"y": 1}]}', "json", {"a": [[], {}]}),
        ('{"a": {"y": 1}}', "json", {"a": {}}),
        ("\ufeff{}", "json", {}),
        (
            "a: 1\nb: x\nc: true\nd:\ne: 1.5\n",
            "yaml",
            {"a": 1, "b": "x", "c": True, "d": None, "e": 1.5},
        ),
        ("a:\n- x\n- 1\n", "yaml", {"a": ["x", 1]}),
        ("a: {y: 1}\n", "yaml", {"a": {}}),
        ("a: &x v\nb: *x\n", "yaml", {"a": "v", "b": "v"}),
    ],
)
def test_data(text: str, kind: str, instance: dict[str, Any]) -> None:
    document = read_config_data(text.encode(), kind)
    assert document.problems == []
    assert document.instance == instance


@pytest.mark.parametrize(
    ("text", "kind"),
    [('{\n  "a": 1,\n  "ü": [2,\n 3]}', "json"), ('\n  "a": 1\n  "ü": [2,\n 3]', "yaml")],
)
def test_places(text: str, kind: str) -> None:
    document = read_config_data(text.encode(), kind)
    assert document.problems == []
    assert document.keys == {"a": (2, 3), "ü": (3, 3)}
    assert document.values == {
        ("a", None): (2, 8),
        ("ü", None): (3, 8),
        ("ü", 0): (3, 9),
        ("ü", 1): (4, 2),
    }


@pytest.mark.parametrize(
    ("data", "kind", "problem"),
    [
        (b"", "json", (1, 1, "not JSON: it ends too early")),
        (b'{"a": 1', "json", (1, 8, "not JSON: it ends too early")),
        (b'{"a" 1}', "json", None),
        (b"{'a': 1}", "json", (1, 2, 'not JSON: unexpected "\'"')),
        (b"[]", "json", (1, 1, "a configuration must be an object of options and their values")),
        (b"x", "yaml", (1, 1, "a configuration must be an object of options and their values")),
        (b"{}\n\xff", "json", (2, 1, "not UTF-8")),
        (b"\xef\xbb\xbf\xff", "json", (1, 1, "not UTF-8")),
        (b"\xef\xbb\xbf{}\n \xff", "json", (2, 2, "not UTF-8")),
        (b"# a\n", "yaml", (1, 1, "a configuration must be an object of options and their values")),
        (b"1: a\n", "yaml", (1, 1, "an option's name must be a string")),
        (b"? [!!int x]\n: a\n", "yaml", (1, 3, "an option's name must be a string")),
        (
            b'{"a": 1,\n "a": 2}',
            "json",
            (2, 2, 'duplicate key "a", first on line 1; to repeat an option, use a list'),
        ),
        (
            b'{"a": ' + b"1" * 1001 + b"}",
            "json",
            (1, 7, "a number has 1001 digits, more than 1000"),
        ),
        (
            b"a: " + b"1" * 1001,
            "yaml",
            (1, 4, "a number has 1001 digits, more than 1000"),
        ),
        (b"[" * 100_000, "yaml", (1, 1, "nested too deeply")),
        (b"a: [", "yaml", None),
    ],
)
def test_problems(data: bytes, kind: str, problem: tuple[int, int, str] | None) -> None:
    (found,) = read_config_data(data, kind).problems
    assert found.message.isprintable()
    if problem:
        assert (found.line, found.column, found.message) == problem


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_deep_nesting_is_not_unfolded(kind: str) -> None:
    document = read_config_data(b'{"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", kind)
    assert document.instance in ({"a": [[]]}, {})


def test_aliases_do_not_multiply() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert len(read_config_data("\n".join(lines).encode(), "yaml").instance) <= 60


def test_yaml_needs_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(YamlMissingError):
        read_config_data(b"a: 1\n", "yaml")
