# SPDX-License-Identifier: GPL-2.0-only
"""Configuration files as people write them, and what criulint says of each.

``cases/NAME.conf`` holds the bytes of a file, ``cases/NAME.expected`` what ``criulint check --format concise NAME.conf``
prints for it; an empty one stands for silence. ``NAME@3.15.conf`` is read as CRIU 3.15 does, the others as the newest.
``NAME+rpc.conf`` has that role. Names that begin with 1 or 2 are collections of lines for these families, and only they
are told of; ``200-`` are the ones that CRIU reads as they look. Names with a 6 are for
the rules that run only if they are selected.

After a change to a rule, ``python -m tests.test_cases`` in the root of the repository rewrites the expected files: read
the difference line by line before committing it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from criulint import read
from criulint.criu.context import Context, Role
from criulint.criu.reading import Reading
from criulint.linter.linter import Linter
from criulint.report import text
from criulint.rules.environment import HOST_RULES
from criulint.rules.registry import RULES
from tests.checking import finder, fix

_FOLDER = Path(__file__).with_name("cases")
_CASES = sorted(_FOLDER.glob("*.conf"))


def _linter(case: Path) -> Linter:
    codes = None
    if case.stem[0] in "12":
        codes = frozenset(rule.code for rule in RULES if rule.code < "CRIU3")
    elif case.stem[0] == "6":
        codes = frozenset(rule.code for rule in RULES if rule.code.startswith("CRIU6"))
    name, _, release = case.stem.partition("@")
    role = name.partition("+")[2]
    return Linter(release or None, codes, Context(Role(role) if role else None))


def _concise(case: Path) -> str:
    style = text.Style(False)
    findings = finder(_linter(case), case.name)(case.read_bytes())
    return "".join(f"{text.concise(finding, style)}\n" for finding in findings)


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


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.stem)
def test_findings_are_the_expected_ones(case: Path) -> None:
    assert _concise(case) == case.with_suffix(".expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.stem)
def test_family_1xx_if_and_only_if_criu_stops(case: Path) -> None:
    data = case.read_bytes()
    linter = _linter(case)
    refused = {finding.code for finding in finder(linter)(data) if finding.code.startswith("CRIU1")}
    if "CRIU115" not in refused:
        assert bool(refused) == _stops(read(data, criu=linter.release))


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.stem)
def test_fixing_twice_is_fixing_once(case: Path, unsafe: bool) -> None:
    find = finder(_linter(case))
    fixed = fix(case.read_bytes(), find, unsafe=unsafe).data
    assert fix(fixed, find, unsafe=unsafe).data == fixed


def test_correct_files_are_met_with_silence() -> None:
    talkative = [
        case.stem for case in _CASES if case.stem.startswith(("ok-", "200-")) and _concise(case)
    ]
    assert not talkative


def test_each_rule_has_a_case() -> None:
    """But for those that look at the path (tests/rules/test_readers.py) or around it (tests/cli/test_root.py)."""
    said = "".join(case.with_suffix(".expected").read_text(encoding="utf-8") for case in _CASES)
    assert not [
        rule.code
        for rule in RULES
        if not (rule.path or rule in HOST_RULES) and f" {rule.code} {rule.name}: " not in said
    ]


def test_each_expected_file_has_its_case() -> None:
    assert {path.stem for path in _FOLDER.glob("*.expected")} == {case.stem for case in _CASES}


if __name__ == "__main__":
    for path in _CASES:
        path.with_suffix(".expected").write_text(_concise(path), encoding="utf-8")
