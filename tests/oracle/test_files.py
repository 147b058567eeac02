# SPDX-License-Identifier: MIT
"""criulint reads whole files as CRIU does: the same words, options, leftovers and refusals.

A bounded share of random files, the same in each run; ``python -m tests.oracle.hunt`` tries
others for as long as one likes. What it finds goes into ``cases.jsonl``, with the cause.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle.compare import differences
from tests.oracle.roots import SUITES
from tests.oracle.strategies import REAL_FILES, files

if TYPE_CHECKING:
    from tests.oracle.oracle import Oracle

_CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).with_name("cases.jsonl").read_text(encoding="utf-8").splitlines()
]
_STRATEGIES = {release: files(release) for release in SUITES}


@pytest.mark.parametrize("file", REAL_FILES, ids=lambda file: file.stem)
def test_files_as_people_write_them(oracle: Oracle, file: Path) -> None:
    data = file.read_bytes()
    assert differences(data, oracle.release, oracle.read(data)) == []


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["id"])
def test_what_was_once_different(oracle: Oracle, case: dict[str, Any]) -> None:
    data = case["text"].encode("latin-1")
    assert differences(data, oracle.release, oracle.read(data)) == []


@settings(
    max_examples=2000,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_random_files(oracle: Oracle, data: st.DataObject) -> None:
    file = data.draw(_STRATEGIES[oracle.release])
    assert differences(file, oracle.release, oracle.read(file)) == []


def test_a_copy_of_criu_reads_as_a_criu_does(oracle: Oracle) -> None:
    """Each file above is read by a copy of one process."""
    for file in REAL_FILES:
        copy, real = oracle.read(file.read_bytes()), oracle.read_afresh(file.read_bytes())
        # There are pointers among the settings.
        assert copy._replace(settings=b"") == real._replace(settings=b"")
