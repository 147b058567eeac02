# SPDX-License-Identifier: MIT
"""What `docs/design/writing.md` says about names, and what packages say about their modules."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import criulint

_PACKAGE = Path(criulint.__file__).parent
_PARTICIPLE = re.compile(r"_*([a-z]+ed|shown|told|made|sent|left|gone|given|found|written|kept)")
_VERBS = frozenset(("feed", "embed", "need", "sed", "succeed"))
# Named after a kind of node, or a message of the protocol; `settings.named("tls")` is a phrase.
_OTHERS = frozenset(
    (
        *("_decorated", "_filled", "_joined", "_redirected", "_scoped", "_unparsed"),
        *("_related", "initialized", "named", "outdated", "unused"),
    )
)
_LISTED = re.compile(r"^- (`[a-z_]+`(?:, `[a-z_]+`)*):", re.MULTILINE)


def _functions(path: Path) -> list[str]:
    return [
        node.name
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and not any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]


def test_functions_are_not_named_by_a_participle_alone() -> None:
    names = {
        f"{path.relative_to(_PACKAGE)}: {name}"
        for path in _PACKAGE.rglob("*.py")
        for name in _functions(path)
        if _PARTICIPLE.fullmatch(name) and name.lstrip("_") not in _VERBS and name not in _OTHERS
    }
    assert not names


@pytest.mark.parametrize(
    "package",
    [
        pytest.param(path, id=path.parent.name)
        for path in sorted(_PACKAGE.rglob("__init__.py"))
        if _LISTED.search(path.read_text(encoding="utf-8"))
    ],
)
def test_a_list_of_modules_has_all_of_them(package: Path) -> None:
    lists = _LISTED.findall(package.read_text(encoding="utf-8"))
    listed = [name for names in lists for name in re.findall(r"[a-z_]+", names)]
    modules = (path.stem for path in package.parent.glob("*.py") if not path.stem.startswith("__"))
    assert sorted(listed) == sorted(modules)
