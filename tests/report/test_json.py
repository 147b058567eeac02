# SPDX-License-Identifier: MIT
"""criulint's own JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Callable
from tests.report.reports import TOP


def test_json_fits_its_schema(any_report: Callable[[str], str]) -> None:
    schema = json.loads((TOP / "schema" / "findings.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(any_report("json")))
