# SPDX-License-Identifier: MIT
"""Which rules a word of a suppression names."""

from __future__ import annotations

import pytest

from criulint.suppressions.index import RuleIndex

_NOTHING = frozenset[str]()
_INDEX = RuleIndex(
    {"CRIU101": "syntax", "CRIU201": "value-ignored", "CRIU202": "value-lost"},
    default=_NOTHING,
    host_dependent=_NOTHING,
    about_suppressions=_NOTHING,
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("CRIU201", {"CRIU201"}),
        ("criu201", {"CRIU201"}),
        ("value-ignored", {"CRIU201"}),
        ("Value-Ignored", {"CRIU201"}),
        ("CRIU2", {"CRIU201", "CRIU202"}),
        ("criu20", {"CRIU201", "CRIU202"}),
        ("CRIU1", {"CRIU101"}),
        ("CRIU3", set()),
        ("CRIU", set()),  # all rules have no name: that would be too easy to write
        ("CRIU2x", set()),
        ("CRIU2011", set()),
        ("value", set()),
        ("201", set()),
        ("", set()),
    ],
)
def test_matching(text: str, codes: set[str]) -> None:
    assert _INDEX.matching(text) == codes
