# SPDX-License-Identifier: MIT
"""Which tests run which lines of a module: a plugin of pytest that notes it, and what it noted."""

from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import coverage
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_VARIABLE = "MUTATION_COVERING"
_FEW = 5


def settings(modules: Sequence[Path], result: Path) -> dict[str, str]:
    """Return the variables with which the plugin notes the tests of `modules` in `result`."""
    return {_VARIABLE: json.dumps([str(result), *map(str, modules)])}


class _Recorder:
    def __init__(self, result: str, modules: Sequence[str]) -> None:
        self._result = result
        self._coverage = coverage.Coverage(data_file=None, include=modules, config_file=False)
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        # Each test has to run the rules itself: a mutant is tried with nothing remembered.
        _forget()
        self._coverage.switch_context(item.nodeid)
        result = yield
        self._coverage.switch_context("")
        return result

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        data = self._coverage.get_data()
        lines = {name: data.contexts_by_lineno(name) for name in data.measured_files()}
        Path(self._result).write_text(json.dumps(lines), encoding="utf-8")


def _forget() -> None:
    """Drop the lines that are remembered, which `_is_cached` does not see."""
    module = sys.modules.get("criulint.linter.lines")
    if module is not None:
        module.line_checker.cache_clear()


def pytest_configure(config: pytest.Config) -> None:
    noted = os.environ.get(_VARIABLE)
    if noted:
        result, *modules = json.loads(noted)
        config.pluginmanager.register(_Recorder(result, modules))


class Covering:
    """The tests that run a line, by path of the module and line."""

    def __init__(self, lines: dict[str, dict[str, list[str]]]) -> None:
        self._lines = lines

    def tests(self, module: str, line: int, source: str) -> list[str]:
        """Return the tests that run what begins on a line of a module.

        None are returned if that cannot be said: the line runs when the module is imported, or in
        a function that remembers its results, which one test runs for all. What few tests run may
        be called by such a function.
        """
        tree = ast.parse(source)
        if any(_is_cached(node) for node in _around(tree, line)):
            return []
        by_line = self._lines.get(module, {})
        for number in range(line, _statement(tree, line) - 1, -1):
            tests = by_line.get(str(number), [])
            if tests:
                return [] if "" in tests or len(tests) < _FEW else tests
        return []


def _around(tree: ast.Module, line: int) -> list[ast.stmt]:
    """Return the statements that a line is a part of, the innermost last."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
    ]


def _statement(tree: ast.Module, line: int) -> int:
    """Return the first line of the innermost statement that a line is a part of."""
    return max((node.lineno for node in _around(tree, line)), default=line)


def _is_cached(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        "cache" in ast.unparse(decorator) and "cached_property" not in ast.unparse(decorator)
        for decorator in node.decorator_list
    )
