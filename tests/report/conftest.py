# SPDX-License-Identifier: MIT
"""A report in any format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
from tests.report.reports import INPUTS, read_golden, run_report


@pytest.fixture(params=[*INPUTS, "cases"])
def any_report(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Return a report in a format: a golden file, or the report on all files of ``tests/cases``."""
    name: str = request.param
    return lambda format_: (
        read_golden(name, format_)
        if name in INPUTS
        else run_report(name, format_, "--extend-select=CRIU6")
    )
