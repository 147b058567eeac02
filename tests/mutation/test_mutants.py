# SPDX-License-Identifier: MIT
"""What is changed in a module, and what is not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mapping import central_modules, find_tests
from tests.mutation.mutants import make_mutants

_TOP = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b", ["x = (a <= b)"]),
        ("x = a is b", ["x = (a is not b)"]),
        ("x = a and b", ["x = (a or b)", "x = (b)", "x = (a)"]),
        ("x = not a", ["x = (a)"]),
        ("x = b if a else c", ["x = b if (not a) else c"]),
        ("x = [a for a in b if a]", ["x = [a for a in b if (not a)]"]),
        ("x = 'é' + a", ["x = ('é' - a)", "x = ('éX') + a"]),
        ("x = b'a'", ["x = (b'aX')"]),
        ("x = 1", ["x = (2)", "x = (0)"]),
        ("x = True", ["x = False"]),
        ("x = (a, b)", ["x = ((b,))", "x = ((a,))"]),
        ("x = {a: b}", ["x = ({})"]),
        ("f(a)", ["pass"]),
        ("x += a", ["pass"]),
        ("x[a] = b", ["pass"]),
        ("def f(a: 'A' = b) -> 'B': return a", ["def f(a: 'A' = b) -> 'B': return None"]),
        ("def f(): return False", ["def f(): return True"]),
        ("x: 'A' = a", []),
        ("X = tuple[A, B]", []),
        ("x = 'two words'", []),
        ("x = f'{a}b'", []),
        ("x = cast('A', b)", []),
        ("X = Literal['a']", []),
        ("_MAX_X = 1000", []),
        ("_MAX_X = 1 << 22", []),
        ("_MAX_X = 9", ["_MAX_X = (10)", "_MAX_X = (8)"]),
        ("'text'", []),
        ("import a", []),
        ("__all__ = ['a']", []),
        ("if TYPE_CHECKING: import a", []),
        ("@rule('CRIU101', True)\ndef f(): x = a", []),
    ],
)
def test_changes(source: str, expected: list[str]) -> None:
    found = [
        mutant.after.split("\n")[-1]
        for mutants in make_mutants("module.py", source).values()
        for mutant in mutants
    ]
    assert found == expected


def test_lines_and_bytes() -> None:
    source = "a = 'é'; b = [\n    1,  # é\n]\n"
    found = make_mutants("module.py", source)
    assert sorted(found) == [1, 2]
    assert [mutant.change for mutant in found[2]] == [
        "- 1,  # é\n+ (2),  # é",
        "- 1,  # é\n+ (0),  # é",
    ]


def test_mutants_are_python() -> None:
    """One that is not would count as noticed."""
    for module in central_modules():
        source = (_TOP / module).read_text(encoding="utf-8")
        for mutants in list(make_mutants(module, source).values())[::30]:
            assert ast.parse(mutants[-1].after)


@pytest.mark.parametrize("module", central_modules())
def test_each_module_has_its_tests(module: str) -> None:
    assert all((_TOP / test).exists() for test in find_tests(module))


def test_what_cannot_be_noticed_is_still_there() -> None:
    for module, changes in EQUIVALENT.items():
        source = (_TOP / module).read_text(encoding="utf-8")
        made = {
            mutant.change for mutants in make_mutants(module, source).values() for mutant in mutants
        }
        assert not changes - made
