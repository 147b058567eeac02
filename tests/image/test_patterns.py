# SPDX-License-Identifier: MIT
"""No regular expression over an image's bytes takes more than linear time.

All of them are found in the source, with the method that is called. The steps of each are counted
on hostile texts of two lengths.
"""

from __future__ import annotations

import ast
import importlib
import random
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import criulint.image
from tests.backtracking import Counter

if TYPE_CHECKING:
    from collections.abc import Iterator

_METHODS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")
_SIZE = 60
# A part of an inline expression that is made from a path or a name.
_WORD = "a/a.a"


class _Use(NamedTuple):
    """An expression, and the method that is called."""

    place: str
    method: str
    pattern: str | bytes
    flags: int


def _find_uses() -> Iterator[_Use]:
    for path in sorted(Path(criulint.image.__path__[0]).glob("*.py")):
        module = importlib.import_module(f"criulint.image.{path.stem}")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield from _uses_of(node, node.func, vars(module), f"{path.stem}:{node.lineno}")


def _uses_of(
    call: ast.Call, function: ast.Attribute, names: dict[str, Any], place: str
) -> Iterator[_Use]:
    method, owner = function.attr, function.value
    if any(keyword.arg == "count" for keyword in call.keywords):
        method = "search"  # for the first match alone
    owner = owner.value if isinstance(owner, ast.Subscript) else owner
    if method not in _METHODS or not isinstance(owner, ast.Name):
        return
    if owner.id == "re":
        yield _Use(place, method, _text_of(call.args[0], names), 0)
        return
    found = names.get(owner.id)
    for compiled in found.values() if isinstance(found, dict) else (found,):
        if isinstance(compiled, re.Pattern):
            yield _Use(f"{place} {owner.id}", method, compiled.pattern, compiled.flags)


def _text_of(node: ast.expr, names: dict[str, Any]) -> str:
    """Return an inline expression, with words for what is only known when it runs."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text_of(part, names) for part in node.values)
    inner = node.value if isinstance(node, ast.FormattedValue) else node
    known = names.get(inner.id) if isinstance(inner, ast.Name) else None
    return known if isinstance(known, str) else re.escape(_WORD)


_USES = list(_find_uses())


def test_the_expressions_are_found() -> None:
    assert {"match", "fullmatch", "search", "sub"} <= {use.method for use in _USES}
    assert len(_USES) > 30


@pytest.fixture(autouse=True)
def deep_recursion() -> Iterator[None]:
    """The counter recurs for each round of a loop."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(limit)


def _most_steps(use: _Use, size: int) -> int:
    counter = Counter(use.pattern, use.flags)
    texts = counter.hostile_texts(random.Random(1), size, 25)
    return max(counter.count(use.method, text) for text in texts)


@pytest.mark.parametrize("use", _USES, ids=lambda use: f"{use.place} {use.method}")
def test_steps_grow_as_the_text_does(use: _Use) -> None:
    small, large = (_most_steps(use, _SIZE * factor) for factor in (1, 4))
    assert large < 6 * small + 500


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"(a+)+b", "match"),
        (r"a*a*b", "match"),
        (r"\s+x", "search"),
        (r"(?:a|aa)+b", "fullmatch"),
        (r".*\.(?:a|b)/.*\.c", "search"),
    ],
)
def test_superlinear_ones_are_noticed(pattern: str, method: str) -> None:
    use = _Use("", method, pattern, 0)
    try:
        small, large = (_most_steps(use, size) for size in (40, 160))
    except OverflowError:
        return
    assert large >= 6 * small + 500


@pytest.mark.parametrize("use", _USES, ids=lambda use: f"{use.place} {use.method}")
def test_the_counter_matches_as_python_does(use: _Use) -> None:
    counter = Counter(use.pattern, use.flags)
    is_bytes = isinstance(use.pattern, bytes)
    compiled: re.Pattern[Any] = re.compile(use.pattern, use.flags)
    for text in counter.hostile_texts(random.Random(2), 12, 20):
        found = compiled.match(text.encode("latin-1") if is_bytes else text)
        counter.count("match", text)
        assert counter._end_of(0, whole=False) == (found.end() if found else None), text
