# SPDX-License-Identifier: MIT
"""What no linter checks: names, words, nested conditional expressions, and lists of modules."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import criulint

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = Path(criulint.__file__).parent
_PARTICIPLE = re.compile(r"_*([a-z]+ed|shown|told|made|sent|left|gone|given|found|written|kept)")
_FUNCTION = re.compile(r"((?:^ *@.*\n)*)^ *(?:async )?def (\w+)", re.MULTILINE)
_VERBS = frozenset(("feed", "embed", "need", "sed", "succeed"))
# Named after a kind of node, or a message of the protocol; `settings.named("tls")` is a phrase.
_OTHERS = frozenset(
    (
        *("_decorated", "_redirected", "_scoped", "_unparsed"),
        *("_related", "initialized", "named"),
    )
)
# Never what a native speaker writes; see docs/design/writing.md, which has to quote them.
_WORDS = re.compile(
    r"\b(?:anew|beyond doubt|mend(?:s|ed|ing)?|(?:tell|speak|report)(?:s|ing)? of|shall|whoever"
    r"|sa(?:y|ys|ying|id) of(?! which)"
    r"|(?:some|no)body(?:'s)?|exists already|else than|(?:end(?:s|ed)|went) well"
    r"|(?<!there )(?:is|are) no (?:archive|directory|file|image|list|map|number|version)"
    r"|takes? \S+ for an? )\b",
    re.IGNORECASE,
)
_WRITTEN = ("*.md", "*.py", "*.json", "*.yml", "*.yaml")
_QUOTING = ("docs/design/writing.md", "package-lock.json", "tests/")
_LISTED = re.compile(r"^- (`[a-z_]+`(?:, `[a-z_]+`)*):", re.MULTILINE)


def test_functions_are_not_named_by_a_participle_alone() -> None:
    names = {
        f"{path.relative_to(_PACKAGE)}: {name}"
        for path in _PACKAGE.rglob("*.py")
        for decorators, name in _FUNCTION.findall(path.read_text(encoding="utf-8"))
        if "property" not in decorators and _PARTICIPLE.fullmatch(name)
        if name.lstrip("_") not in _VERBS and name not in _OTHERS
    }
    assert not names


# Named after a kind of node: code that tree-sitter could not parse; a place that SARIF relates.
_TYPES = frozenset(("Related", "Unparsed"))


def test_types_are_not_named_by_a_participle_alone() -> None:
    """`WrittenFile` says what it is, `Written` does not."""
    names = {
        f"{path.relative_to(_PACKAGE)}: {node.name}"
        for path in _PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ClassDef) and _PARTICIPLE.fullmatch(node.name.lower())
        if node.name not in _TYPES
    }
    assert not names


# Names that two modules define although one of them is imported by its name, and why.
_NAMESAKES = {
    "main": "what `python -m` runs",
    "read": "`criulint.read` is public, and `files.read` is always called through its module",
}


def test_a_name_has_one_meaning() -> None:
    """Two modules name different types differently, and functions unless modules tell them apart.

    The formats of reports all have a `render`, the commands a `run`: those are called through their
    modules, and no module imports them by name.
    """
    homes: dict[str, list[str]] = {}
    types, imported = set(), set()
    for path in sorted(_PACKAGE.rglob("*.py")):
        module = ast.parse(path.read_bytes())
        for name, is_type in _defined(module):
            homes.setdefault(name, []).append(path.relative_to(_PACKAGE).as_posix())
            if is_type:
                types.add(name)
        imported |= {
            (_module_path(node.module), alias.name)
            for node in ast.walk(module)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
    ambiguous = {
        name: paths
        for name, paths in homes.items()
        if len(paths) > 1
        if name in types or any((path, name) in imported for path in paths)
    }
    assert {name: ambiguous[name] for name in ambiguous.keys() - _NAMESAKES} == {}
    assert ambiguous.keys() >= _NAMESAKES.keys()


def _defined(module: ast.Module) -> Iterator[tuple[str, bool]]:
    """Yield the public names that a module defines, and whether each is a type."""
    for node in module.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        else:
            continue
        for name in names:
            if not name.startswith("_"):
                yield name, name[0].isupper() and not name.isupper()


def _module_path(module: str) -> str:
    path = Path(*module.split(".")[1:])
    return f"{path}.py" if (_PACKAGE / f"{path}.py").is_file() else f"{path}/__init__.py"


def test_docstrings_begin_with_what_a_function_does() -> None:
    """A generator yields, and a function returns whether something is so; properties are."""
    places = [
        f"{path.relative_to(_PACKAGE)}:{node.lineno}"
        for path in _PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef)
        if (text := ast.get_docstring(node))
        if (text.startswith("Whether ") and not _is_property(node))
        or (text.startswith("Return ") and _is_generator(node))
    ]
    assert not places


def _is_property(function: ast.FunctionDef) -> bool:
    return any("property" in ast.unparse(decorator) for decorator in function.decorator_list)


def _is_generator(function: ast.FunctionDef) -> bool:
    left: list[ast.AST] = [*function.body]
    while left:
        node = left.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            left += ast.iter_child_nodes(node)
    return False


# Two of them: not every module has to be parsed.
_CHOICES = re.compile(r"\belse\b(?!:)[^#]*?\belse\b(?!:)")


def test_no_conditional_expression_is_in_another_one() -> None:
    places = [
        f"{path.relative_to(_PACKAGE)}:{inner.lineno}"
        for path in _PACKAGE.rglob("*.py")
        if _CHOICES.search(source := path.read_text(encoding="utf-8"))
        for outer in ast.walk(ast.parse(source))
        if isinstance(outer, ast.IfExp)
        for inner in ast.walk(outer)
        if isinstance(inner, ast.IfExp) and inner is not outer
    ]
    assert not places


# What others ask of a rule is an attribute of it or of its family, or in `rules/relations.py`.
_CODE = re.compile(r"CRIU[0-9]{1,3}")
_ASKS_A_CODE = re.compile(
    r"(?:\w+\.)+code(?:\.startswith\(.*\)|\[.*\]| [=!]= [A-Z_]+)|rule is (?:not )?(?!None|not)\w+"
)


def test_only_rules_know_codes() -> None:
    places = [
        f"{name}:{node.lineno}"
        for path in _PACKAGE.rglob("*.py")
        if not (name := path.relative_to(_PACKAGE).as_posix()).startswith("rules/")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Constant | ast.Compare | ast.Call | ast.Subscript)
        if _names_a_code(node)
    ]
    assert not places


def _names_a_code(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and _CODE.fullmatch(node.value) is not None
    return _ASKS_A_CODE.fullmatch(ast.unparse(node)) is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'CRIU2'", True),
        ("'see CRIU201'", False),
        ("finding.code.startswith(_MISREAD)", True),
        ("rule.code[4]", True),
        ("rule.code == OVERRIDDEN", True),
        ("rule is unused_suppression", True),
        ("rule is None", False),
        ("rule.code in OVERRIDDEN", False),
        ("other.code == finding.code", False),
    ],
)
def test_what_names_a_code(text: str, expected: bool) -> None:
    assert _names_a_code(ast.parse(text, mode="eval").body) is expected


def test_lines_have_at_most_100_columns() -> None:
    """Ruff allows a line without white space, such as half of a regular expression, to be long."""
    places = [
        f"{path.relative_to(_PACKAGE)}:{number}"
        for path in _PACKAGE.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if len(line) > 100
    ]
    assert not places


def test_words_are_plain() -> None:
    root = _PACKAGE.parent
    listed = subprocess.run(
        ["git", "ls-files", *_WRITTEN], cwd=root, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    places = [
        f"{name}:{number}: {found[0]}"
        for name in listed.stdout.splitlines()
        if not name.startswith(_QUOTING) and not name.endswith(_QUOTING)
        for number, line in enumerate((root / name).read_text(encoding="utf-8").split("\n"), 1)
        if (found := _WORDS.search(line))
    ]
    assert not places


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
