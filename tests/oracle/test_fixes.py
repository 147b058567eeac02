# SPDX-License-Identifier: MIT
"""A real CRIU reads fixed files as the fixes promise (see `promises`).

A bounded share of random files, the same in each run; ``python -m tests.oracle.hunt`` tries others.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.golden import CASES
from tests.oracle.promises import broken_promises
from tests.oracle.roots import SUITES
from tests.oracle.strategies import REAL_FILES, files
from tests.strategies import NEARLY_RIGHT

if TYPE_CHECKING:
    from tests.oracle.oracle import Oracle

_FILES = [*REAL_FILES, *(case.path for case in CASES)]
_CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).with_name("fixes.jsonl").read_text(encoding="utf-8").splitlines()
]
_STRATEGIES = {release: st.one_of(NEARLY_RIGHT, files(release)) for release in SUITES}


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_files_as_people_write_them(oracle: Oracle, file: Path) -> None:
    assert broken_promises(file.read_bytes(), oracle.release, oracle.read) == []


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["id"])
def test_what_was_once_broken(oracle: Oracle, case: dict[str, Any]) -> None:
    assert broken_promises(case["text"].encode("latin-1"), oracle.release, oracle.read) == []


@settings(
    max_examples=500,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_random_files(oracle: Oracle, data: st.DataObject) -> None:
    file = data.draw(_STRATEGIES[oracle.release])
    assert broken_promises(file, oracle.release, oracle.read) == []
