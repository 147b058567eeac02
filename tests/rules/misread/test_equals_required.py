# SPDX-License-Identifier: MIT
"""CRIU202: a value that must be attached."""

from __future__ import annotations

import pytest

from criulint.rules.misread.equals_required import equals_required
from tests.rules.misread.report import Reported, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("verbosity vv", Reported("vv", "verbosity=4", True)),
        ("verbosity debug", Reported("debug", "verbosity=4", False)),
        ("verbosity -1", None),
        ("manage-cgroups Ignore", Reported("Ignore", "manage-cgroups=ignore", True)),
        ("manage-cgroups ignor", Reported("ignor", "manage-cgroups=ignore", False)),
        ("manage-cgroups ignore# x", Reported("ignore")),
        ("manage-cgroups = full", None),
        ("cpu-cap #none", None),
        ("verbosity=4", None),
        ("verbosity :", Reported(":")),
        ("manage-cgroups", None),
        ("-v 4", None),
        ("ext-unix-sk x", Reported("x")),
    ],
)
def test_equals_required(text: str, expected: Reported | None) -> None:
    assert report(equals_required, text) == ([expected] if expected else [])
