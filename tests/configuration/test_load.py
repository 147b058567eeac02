# SPDX-License-Identifier: MIT
"""Configuration files, and what criulint says about each.

``cases/NAME.toml`` is read as a criulint.toml; ``cases/NAME.expected`` holds the error, or
nothing for a correct file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from criulint.configuration import ConfigurationError
from criulint.configuration.load import load_configuration
from criulint.configuration.schema import schema

if TYPE_CHECKING:
    from tests.golden import Golden

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_FOLDER = Path(__file__).with_name("cases")
_CASES = sorted(_FOLDER.glob("*.toml"))


def _error(case: Path) -> str:
    try:
        load_configuration(str(case))
    except ConfigurationError as error:
        message = f"{case.name}{str(error).partition(case.name)[2]}"
        # How the parser of TOML puts it is another matter from release to release of Python.
        return "".join(message.partition("not TOML")[:2]) + "\n"
    return ""


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.stem)
def test_errors_are_the_expected_ones(case: Path, golden: Golden) -> None:
    message = _error(case)
    golden(case.with_suffix(".expected"), message)
    assert message.count("\n") <= 1
    assert message.rstrip("\n").isprintable()
    assert bool(message) != case.stem.startswith("ok-")


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.stem)
def test_the_schema_says_the_same(case: Path) -> None:
    try:
        document = tomllib.loads(case.read_bytes().decode())
    except (ValueError, RecursionError):
        assert _error(case)
        return
    assert jsonschema.Draft7Validator(schema()).is_valid(document) == (_error(case) == "")


def test_each_expected_file_has_its_case() -> None:
    assert {path.stem for path in _FOLDER.glob("*.expected")} == {case.stem for case in _CASES}
