# SPDX-License-Identifier: MIT
"""No regular expression of criulint takes more than linear time, whatever the text is.

All of them are found in the source. One that needs look-around to be linear, or that only sees
short texts, is listed with the reason.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from criulint import filetype
from criulint.embedded import hosts
from tests.regular import Automaton

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOP = Path(__file__).parents[1]
_FUNCTIONS = frozenset(
    ("compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")
)
_ANCHORED = frozenset(("match", "fullmatch"))
# Development tools: their input is CRIU's own documents.
_LEFT_OUT = ("criulint/schemagen/", "criulint/__main__.py")

#: Expressions that may be superlinear, or that look-around makes linear: by module, how each
#: begins, and why it does no harm.
_BOUNDED = {
    "criulint/configuration/load.py": {
        '(?:"(?:': "`_unquoted` searches only what `_KEYS` has matched, so that each part fits",
    },
    "criulint/linter/embedded_files.py": {
        r"^([ \t]*)\S": "a run of blanks is matched from the beginning of its line alone",
        r"[ \t]*(?:#|//": "what follows the word always matches",
        r"(?<!\S)": "a word is tried from its beginning alone, and its end always matches",
    },
    "criulint/lsp/completion.py": {
        "#[^#]*": "1,000 characters of a line",
    },
    "criulint/lsp/configuration.py": {
        r'"(?:[^"\\\n]': "1,000 characters of a line",
        r"[\w.@+-]*": "1,000 characters of a line",
    },
    "criulint/lsp/markdown.py": {
        r"[\\`*": "a run of `#` is matched from the beginning of its line alone",
        "```text": "the text of rules, which is criulint's own",
    },
    "criulint/rules/misread/not_expanded.py": {
        r"(?s)[ \t]": "each blank begins another word, and words do not overlap",
    },
    "criulint/syntax/parser.py": {
        "\n    ([ ": "1,000 characters without a NUL, before which every comment ends",
    },
}


# Expressions that read hosts, and are not proved: they see one line, word or literal, and were
# measured with words that the analysis found. test_hosts.py in tests/embedded tries hostile ones.
_TRIED = {
    "criulint/embedded/bats.py": (
        r"^([ \t]*)@test",
        r"^[ \t]*(?:func",
        r"(?:^|(?<=[;&|]",
    ),
    "criulint/embedded/dockerfile/expand.py": (
        r"\$(?:(\w+)|\{(",
        r"(?::,.|'[^']*'",
    ),
    "criulint/embedded/dockerfile/parse.py": (
        r"#\s*([a-zA-Z][",
        r"\s*--[a-z][a-z",
        "\\\\.|'[^']*'|\\\"",
    ),
    "criulint/embedded/documents/blocks.py": (
        r"`+([^`]*)`+",
        r"[|;&<>$]|^\s*(",
        r"(?<=[.!?])\s+(",
    ),
    "criulint/embedded/documents/markdown.py": (r"[^\r\n]*(?:\r\n",),
    "criulint/embedded/documents/rest.py": (r"([ \t]*)\.\.(?",),
    "criulint/embedded/earthfile.py": (r"^(\+?[A-Za-z][",),
    "criulint/embedded/jenkinsfile.py": (
        r"(?P<comment>//",
        r"(?:^|[\s;{(])s",
        r"\bwriteFile\b[",
    ),
    "criulint/embedded/justfile.py": (r"\{\{\{\{|\{\{(",),
    "criulint/embedded/languages/c.py": (
        r"(?:\s|\\\r?\n|",
        r'"((?:[^"\\]|\\.',
    ),
    "criulint/embedded/languages/puppet.py": (
        r"@\(\s*(\"?)([^",
        r"\$(?:(?:::)?([",
    ),
    "criulint/embedded/languages/python.py": (r"^[ \t]+(?=[^\s",),
    "criulint/embedded/makefile.py": (
        r"[ \t]*((?:(?:export|override)",
        r"[ \t]*export(?",
        "(?<!\\\\)((?:\\\\\\\\",
        r"(?:(?<![ \t])[",
    ),
    "criulint/embedded/manifest/scalars.py": (
        r"(?:(?<![^\\][ ",
        r"\\(?:\r\n|[\n\r",
        r"''|(?:(?<![^\\]",
    ),
    "criulint/embedded/manifest/templates.py": (r"^[ \t]*(?:- +)",),
    "criulint/embedded/shell/sed.py": (r"s:,((?:\\(?s:.",),
    "criulint/embedded/shell/printing.py": (r"%(?:%|([-+ #0]",),
    "criulint/embedded/shell/scanning.py": (
        r"(?:\A|[\n;&|({",
        r"`(?:\\(?s:.)|[",
        "\\\\(?s:.)|`(?:\\\\",
    ),
    "criulint/embedded/shell/syntax.py": (r"\$(?:\w+|[@*#?",),
    "criulint/embedded/steps.py": (r"#![ \t]*(\S+)(",),
    "criulint/embedded/vagrantfile.py": (
        r"(?P<block>^=be",
        r"(?:^|[\s;])([$",
        r"\b([A-Za-z_]\w",
        "(?:[\\\"']?\\b([A",
        r"^[^#\n]*\.vm\.",
    ),
    "criulint/embedded/words.py": (r"(?P<blank>[ \t",),
}


#: Where an expression is the value of a variable, which another test looks at.
_ELSEWHERE = {
    *(("criulint.criu.options", name) for name in ("pattern", "replaces", "replaced")),
    *(("criulint.filetype", name) for name in ("first", "other")),
    ("criulint.advise.messages", "self._pattern"),  # of the table, which is seen below
    ("criulint.advise.messages", "facts['pattern']"),
    ("criulint.image.history", "names"),  # escaped literals
    ("criulint.embedded.hosts", "pattern"),  # names of files and programs, which are seen below
    ("criulint.embedded.hosts", "alternatives"),
    ("criulint.embedded.languages.puppet", "_END % re.escape(tag[2].strip())"),  # a word
    ("criulint.embedded.shell.builtins", "pattern"),  # a set of characters
    ("criulint.embedded.shell.expansion", "pattern"),  # sets of characters, or an escape
    # A pattern of the shell, whose stars are not tried twice.
    ("criulint.embedded.shell.parameters", "pattern.pattern.removesuffix('\\\\Z')"),
    ("criulint.embedded.shell.printing", "options"),  # of one word
    ("criulint.image.binaries", "_FLAG.format(module=module)"),  # with an escaped name
    ("criulint.image.binaries", "_MAIN_MODULE.format(module=module)"),
    ("criulint.lsp.completion", "pattern"),  # constants, which are seen below
    ("criulint.rules.misread.not_expanded", "pattern"),  # constants, too, as the next ones are
    ("criulint.rules.misread.number_misread", "_CANONICAL[option.kind]"),
    ("criulint.rules.misread.number_misread", "_CANONICAL[own.option.kind]"),
    ("criulint.rules.refused.unsupported_line", "form"),
}


class _Use(NamedTuple):
    module: str
    pattern: str | bytes
    flags: int
    searches: bool
    line: int


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((_TOP / "criulint").rglob("*.py")):
        name = path.relative_to(_TOP).as_posix()
        if not name.startswith(_LEFT_OUT):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def _uses() -> Iterator[_Use]:
    """Find the expressions, and whether a match may begin anywhere."""
    trees = list(_sources())
    for module, tree in trees:
        methods: defaultdict[str, set[str]] = defaultdict(set)  # of each compiled expression
        for _, other in trees if "/" not in module else [(module, tree)]:
            for node in ast.walk(other):
                if isinstance(node, ast.Attribute) and node.attr in _FUNCTIONS:
                    methods[_name(node.value)].add(node.attr)
        names = vars(importlib.import_module(module[: -len(".py")].replace("/", ".")))
        assigned = {
            id(node.value): _name(target)
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if _name(node.func.value) != "re" or node.func.attr not in _FUNCTIONS:
                continue
            flags = [*node.args[1:], *(word.value for word in node.keywords if word.arg == "flags")]
            found = {node.func.attr}
            if node.func.attr == "compile":
                found = methods[assigned.get(id(node), "")] or {"search"}
            else:
                flags = [word.value for word in node.keywords if word.arg == "flags"]
            yield _Use(
                module,
                _value(node.args[0], names),
                int(_value(flags[0], names)) if flags else 0,
                not found <= _ANCHORED,
                node.lineno,
            )


def _name(node: ast.expr) -> str:
    return (
        node.id
        if isinstance(node, ast.Name)
        else node.attr
        if isinstance(node, ast.Attribute)
        else ""
    )


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return the value of an argument; what a function fills in are single characters."""
    try:
        return eval(compile(ast.Expression(node), "", "eval"), dict(names))
    except NameError:
        if not isinstance(node, ast.JoinedStr):
            # A name of which the loop or the caller knows the value.
            assert (names["__name__"], ast.unparse(node)) in _ELSEWHERE, ast.unparse(node)
            return ""
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else ":," for part in node.values
        )


_ALL = list(_uses())


def _reason(use: _Use) -> str:
    if str(use.pattern).startswith(_TRIED.get(use.module, ())):
        return "tried"
    reasons = _BOUNDED.get(use.module, {})
    return next((why for start, why in reasons.items() if str(use.pattern).startswith(start)), "")


def test_all_are_found() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (_TOP / "criulint").rglob("*.py"))
    assert len(_ALL) > 100
    assert not re.search(r"^\s*from re import|\bimport re as|\bfnmatch\b", text, re.MULTILINE)


@pytest.mark.parametrize("use", _ALL, ids=lambda use: f"{use.module}:{use.line}")
def test_expression_is_linear(use: _Use) -> None:
    word = Automaton(use.pattern, use.flags, searches=use.searches).superlinear()
    assert bool(word) == bool(_reason(use)), (use, word)


def test_terminals_of_grammars_are_linear() -> None:
    from criulint.criu.document import _json_parser
    from criulint.syntax.parser import _grammar

    for grammar in (_grammar(), _json_parser()):
        assert grammar.terminals
        for terminal in grammar.terminals:
            text = terminal.pattern.to_regexp()
            # A lexer that cannot go on has failed: what comes after a terminal is another one.
            assert not Automaton(text, searches=False).superlinear(), terminal.name


def test_patterns_of_schemas_are_linear() -> None:
    """CRIU's options are checked by them: patterns of values, and of what replaces what."""
    found = set()
    for path in (_TOP / "schema").glob("criu-*.schema.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        waiting: list[Any] = [document["$defs"], document["properties"]]
        while waiting:
            node = waiting.pop()
            if isinstance(node, dict):
                for key in ("pattern", "x-criu-replaces", "x-criu-replaced"):
                    if isinstance(node.get(key), str):
                        found.add(node[key])
                waiting += node.values()
            elif isinstance(node, list):
                waiting += node
    assert len(found) > 5
    for pattern in found:
        assert not Automaton(pattern, searches=True).superlinear(), pattern


def test_patterns_of_messages_are_linear() -> None:
    """Logs are text of strangers, too."""
    table = json.loads((_TOP / "criulint/advise/messages.json").read_text(encoding="utf-8"))
    for row in (*table["messages"], *table["noise"]):
        word = Automaton(row["pattern"], re.IGNORECASE, searches=True).superlinear()
        assert not word, (row["pattern"], word)


def test_patterns_of_values_are_linear() -> None:
    expanded = vars(importlib.import_module("criulint.rules.misread.not_expanded"))
    for name in ("_VARIABLE", "_HOME", "_SPECIFIER", "_GLOB"):
        assert not Automaton(expanded[name], searches=True).superlinear(), name
    numbers = vars(importlib.import_module("criulint.rules.misread.number_misread"))
    for kind, pattern in numbers["_CANONICAL"].items():
        assert not Automaton(rf"(?:{pattern})\Z", searches=False).superlinear(), kind


def test_patterns_of_names_of_hosts_are_linear() -> None:
    for pattern, _ in (*hosts._NAMES, *hosts._INTERPRETERS):
        flags = re.IGNORECASE | re.DOTALL
        assert not Automaton(pattern, flags, searches=False).superlinear(), pattern


def test_the_first_lines_of_other_files_are_matched_in_linear_time() -> None:
    for first, other, _ in filetype._FIRST_LINES:
        assert not Automaton(first + r"\Z", searches=False).superlinear(), first
        assert not Automaton(other, searches=False).superlinear(), other


@pytest.mark.parametrize(
    ("pattern", "searches", "is_linear"),
    [
        ("a+b", True, False),
        ("a+b", False, True),
        ("^a+b", True, True),
        ("(?<!a)a+b", True, True),
        ("(?:a*)*b", False, False),
        ("(?:a|ab)*c", False, True),
        ("(?:ab|a.)*c", False, False),
        ("a*a*b", False, False),
        ("a*a*", False, True),
        ("a*a*$", False, False),
        (r"[^/]*criu[^/]*\.conf", False, False),
        (r"\s+$", True, False),
        ("[a-z]+", True, True),
        ("x.{0,255}y", True, True),
        (".*x.*y", False, False),
        (r'"(?:[^"\\]|\\.)*"', False, True),
        (r'"(?:[^"\\]|\\.)*"', True, False),
        (b"[\x80-\xff]+a", False, True),
    ],
)
def test_the_analysis_knows_what_is_linear(
    pattern: str | bytes, searches: bool, is_linear: bool
) -> None:
    assert (Automaton(pattern, searches=searches).superlinear() == "") is is_linear
