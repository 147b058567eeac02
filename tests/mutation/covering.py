# SPDX-License-Identifier: MIT
"""Which tests run which lines of a module: a plugin of pytest that notes it, and what it noted."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import coverage
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_VARIABLE = "MUTATION_COVERING"


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
        self._coverage.switch_context(item.nodeid)
        result = yield
        self._coverage.switch_context("")
        return result

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        data = self._coverage.get_data()
        lines = {name: data.contexts_by_lineno(name) for name in data.measured_files()}
        Path(self._result).write_text(json.dumps(lines), encoding="utf-8")


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

        A function that remembers its results is run by one test for all, and what runs when the
        module is imported is run by none: other tests may notice a change there, too.
        """
        by_line = self._lines.get(module, {})
        for number in range(line, _statement(ast.parse(source), line) - 1, -1):
            tests = [test for test in by_line.get(str(number), []) if test]
            if tests:
                return tests
        return []


def _statement(tree: ast.Module, line: int) -> int:
    """Return the first line of the innermost statement that a line is a part of."""
    around = (
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
    )
    return max(around, default=line)
