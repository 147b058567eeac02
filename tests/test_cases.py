# SPDX-License-Identifier: MIT
"""Configuration files as people write them, and what criulint says about each.

``cases/RULE/NAME.conf`` holds the bytes of a file in which the rule finds something
(``ok-NAME.conf``: in which it would be wrong to), ``NAME.expected`` what criulint says about it,
and with which settings (`tests.golden`). ``cases/correct`` are files that CRIU reads as they look;
``cases/mixed`` have several mistakes.

``pytest --update-expected tests/test_cases.py`` renews the expected files: read the difference
line by line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint import read
from criulint.linter.fixing import fix
from criulint.rules.registry import RULES
from criulint.source import Source
from tests.golden import CASES, Case, Golden, Run

if TYPE_CHECKING:
    from criulint.criu.reading import Reading

_COLLECTIONS = {"correct", "mixed"}
_RUNS = [(case, run) for case in CASES for run in case.runs]
_each_run = pytest.mark.parametrize(
    ("case", "run"), _RUNS, ids=[f"{case}{run.header[2:]}" for case, run in _RUNS]
)


def _stops(reading: Reading) -> bool:
    """Whether CRIU refuses the file, or prints something and ends."""
    table = reading.table
    return reading.error is not None or any(
        (
            table.options[option.name]
            if option.name
            else table.short[(option.short or "").encode()].option
        ).facts.get("x-criu-in-file")
        == "exits"
        for option in reading.options
    )


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_findings_are_the_expected_ones(case: Case, golden: Golden) -> None:
    golden(case.expected, case.text())


@_each_run
def test_family_1xx_if_and_only_if_criu_stops(case: Case, run: Run) -> None:
    refused = {finding.code for finding in case.findings(run) if finding.code.startswith("CRIU1")}
    if "CRIU115" not in refused:
        assert bool(refused) == _stops(read(case.data, criu=run.linter.release))


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@_each_run
def test_fixing_twice_is_fixing_once(case: Case, run: Run, unsafe: bool) -> None:
    fixed = fix(Source(case.data), run.linter.check, unsafe=unsafe).source
    assert fix(fixed, run.linter.check, unsafe=unsafe).source.data == fixed.data


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_case_is_in_the_folder_of_its_rule(case: Case) -> None:
    """A correct one, in ``correct`` or with the prefix ``ok-``, has no finding of that rule, or
    none at all.
    """
    names = {finding.name for run in case.runs for finding in case.findings(run)}
    if case.folder == "correct":
        assert not names
    elif case.folder not in _COLLECTIONS:
        assert (case.folder in names) != case.path.stem.startswith("ok-")


def test_each_folder_is_that_of_a_rule() -> None:
    assert {case.folder for case in CASES} - _COLLECTIONS <= {rule.name for rule in RULES}


def test_each_rule_has_a_case() -> None:
    found = {finding.name for case in CASES for run in case.runs for finding in case.findings(run)}
    assert not {rule.name for rule in RULES} - found


def test_each_expected_file_has_its_case() -> None:
    for case in CASES:
        for suffix in (".expected", ".machine"):
            assert not {
                path
                for path in case.path.parent.glob(f"*{suffix}")
                if not path.with_suffix(".conf").exists()
            }
