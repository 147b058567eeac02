# SPDX-License-Identifier: MIT
"""Imports go one way: no module imports itself through others, and no package one above it.

Imports inside functions count, and so does what only a type checker imports. `criulint` itself,
which names what is public, is left out.
"""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import criulint

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = Path(criulint.__file__).parent
_FILES = {
    ".".join(("criulint", *path.relative_to(_PACKAGE).with_suffix("").parts)).removesuffix(
        ".__init__"
    ): path
    for path in sorted(_PACKAGE.rglob("*.py"))
    if path != _PACKAGE / "__init__.py"
}

# The packages and modules in layers: each imports only what is in its own layer or below it.
_LAYERS = (
    ("__main__",),
    ("cli",),
    ("lsp", "image"),
    ("chosen_criu", "advise", "report"),
    ("schemagen",),
    ("linter",),
    ("configuration",),
    ("rules",),
    (
        "suppressions",
        "formatter",
        "fingerprint",
        "discovery",
        "assign",
    ),
    ("embedded", "host"),
    ("filetype", "guesses"),
    ("criu",),
    ("syntax",),
    ("source", "finding", "files", "text", "inventory", "patterns", "named_tuple"),
)


# `Reading.to_json`, which is public, gives the outcome of the reading.
_ALLOWED = ("criulint.criu.outcome", "criulint.criu.reading")


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module.partition(".")[0] != "criulint":
                continue
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in _FILES else node.module


def _room(module: str) -> str:
    return module.split(".")[1]


def test_no_module_imports_itself_through_others() -> None:
    graph = {
        module: {other for other in _imported(path) if other in _FILES and other != module}
        for module, path in _FILES.items()
    }
    user, used = _ALLOWED
    graph[user].remove(used)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(reversed(error.args[1]))) from None


def test_no_package_imports_one_above_it() -> None:
    layer = {room: index for index, rooms in enumerate(_LAYERS) for room in rooms}
    assert set(layer) == {_room(module) for module in _FILES}
    upwards = {
        f"{module} -> {other}"
        for module, path in _FILES.items()
        for other in _imported(path)
        if other != "criulint" and layer[_room(other)] < layer[_room(module)]
    }
    assert upwards == set()


def test_no_packages_import_each_other() -> None:
    graph: dict[str, set[str]] = {}
    for module, path in _FILES.items():
        rooms = {_room(other) for other in _imported(path) if other != "criulint"}
        graph.setdefault(_room(module), set()).update(rooms - {_room(module)})
    TopologicalSorter(graph).prepare()
