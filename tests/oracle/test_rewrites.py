# SPDX-License-Identifier: MIT
"""The real CRIU does not notice what the formatter and --add-ignore write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from criulint.criu.reading import Reading
from criulint.formatter import lay_out
from criulint.linter.linter import Linter
from criulint.rules.registry import RULE_INDEX, RULES
from criulint.source import Source
from criulint.suppressions.comments import SuppressionParser
from criulint.suppressions.editing import add_suppressions
from tests.checking import finder
from tests.oracle.roots import SUITES
from tests.oracle.strategies import REAL_FILES, files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.oracle.oracle import Oracle, OracleReading

_STRATEGIES = {release: files(release) for release in SUITES}
_ALL = frozenset(rule.code for rule in RULES)
_BOUNDED = settings(
    max_examples=600, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def _told(real: OracleReading) -> object:
    """What CRIU did with a file: not its words, of which other ones can mean the same, nor the
    empty ones that it drops.
    """
    return (
        real.kind,
        real.options,
        real.refused_option,
        [word for word in real.dropped if word],
        real.message,
        real.status,
    )


def _formatted(oracle: Oracle, data: bytes) -> bytes:
    return lay_out(Reading(Source(data), oracle.release)).data


def _suppressed(oracle: Oracle, data: bytes) -> bytes:
    return add_suppressions(
        data,
        finder(Linter(oracle.release, _ALL)),
        SuppressionParser(oracle.release, RULE_INDEX),
        reason='for "us"',
    ).data


@pytest.mark.parametrize("rewrite", [_formatted, _suppressed])
@pytest.mark.parametrize("file", REAL_FILES, ids=lambda file: file.stem)
def test_files_as_people_write_them(oracle: Oracle, file: Path, rewrite: object) -> None:
    assert callable(rewrite)
    data = file.read_bytes()
    assert _told(oracle.read(rewrite(oracle, data))) == _told(oracle.read(data))


@_BOUNDED
@given(data=st.data())
def test_random_files_formatted(oracle: Oracle, data: st.DataObject) -> None:
    file = data.draw(_STRATEGIES[oracle.release])
    assert _told(oracle.read(_formatted(oracle, file))) == _told(oracle.read(file))


@_BOUNDED
@given(data=st.data())
def test_random_files_with_suppressions(oracle: Oracle, data: st.DataObject) -> None:
    file = data.draw(_STRATEGIES[oracle.release])
    assert _told(oracle.read(_suppressed(oracle, file))) == _told(oracle.read(file))
