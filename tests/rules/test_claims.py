# SPDX-License-Identifier: MIT
"""Everything that a rule of 3xx to 5xx claims is shown by a run or by a line of source."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.criu.releases import Release, releases
from criulint.rules.registry import RULES
from tests.rules.asking import settings
from tests.rules.claims import ALL, BORDERS, CLAIMS, OF_THE_FILE, Border, Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

_ORACLE = Path(__file__).parents[1] / "oracle"
_PREFIX = "criulint.rules."
# A public function that finds problems; what others ask for does not.
_RETURNS_PROBLEMS = re.compile(r"(Iterator|list)\[FileProblem\]")
_SOURCE = re.compile(r"(criu|Documentation|Linux \S+|criulint|schema)/\S+")


def _functions() -> Iterator[str]:
    """Yield the functions that find something; a rule only if its module has no others."""
    modules = {
        rule.check.__module__: rule.check.__name__
        for rule in RULES
        if "CRIU3" <= rule.code < "CRIU6"
    }
    for module, rule in modules.items():
        path = importlib.import_module(module).__file__ or ""
        found = [
            node.name
            for node in ast.parse(Path(path).read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef)
            and node.name != rule
            and not node.name.startswith("_")
            and node.returns is not None
            and _RETURNS_PROBLEMS.fullmatch(ast.unparse(node.returns))
        ]
        yield from (f"{module.removeprefix(_PREFIX)}.{name}" for name in found or [rule])


def _runs() -> set[str]:
    """Return what `Claim.runs` may name: ``MODULE.FUNCTION`` and ``MODULE: ID OF A CLAIM``."""
    runs = set()
    for path in _ORACLE.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                runs.add(f"{path.stem}.{node.name}")
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "Claim" and node.args:
                runs.add(f"{path.stem}: {ast.literal_eval(node.args[0])}")
    return runs


def test_each_function_has_a_claim() -> None:
    claimed, written = {claim.check for claim in CLAIMS}, set(_functions())
    assert written - claimed == set(), "say in tests/rules/claims.py what shows them"
    assert claimed - written == set()


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.check}: {claim.says}")
def test_each_claim_is_shown(claim: Claim) -> None:
    assert set(claim.runs) <= _runs()
    assert all(_SOURCE.match(source) for source in claim.sources)
    assert bool(claim.runs or claim.sources) is (claim.says != OF_THE_FILE)


def test_no_claim_is_made_twice() -> None:
    assert len({(claim.check, claim.says) for claim in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("border", BORDERS, ids=lambda each: " ".join(map(str, each[:4])))
def test_each_claim_holds_between_its_borders(border: Border) -> None:
    module = _PREFIX + border.check.rpartition(".")[0]
    (rule,) = (rule for rule in RULES if rule.check.__module__ == module)
    for release in map(Release, releases()):
        file = settings(
            f"{border.text}\n", criu=str(release), path=border.path, caller=border.caller
        )
        if not file.reading.error:
            holds = (not border.since or release >= border.since) and (
                not border.until or release < border.until
            )
            messages = [found.problem.message for found in rule.check(file)]
            assert any(border.words in message for message in messages) is holds, release


def test_each_bounded_claim_has_its_borders() -> None:
    bounded = {
        claim.check
        for claim in CLAIMS
        if not claim.check.startswith("environment.")
        and (claim.releases, claim.roles, claim.runtimes) != (ALL, ALL, ALL)
    }
    assert bounded <= {border.check for border in BORDERS}
