# SPDX-License-Identifier: MIT
"""CRIU101: what is said about a name that no release has."""

from __future__ import annotations

import pytest

from criulint.rules.refused.unknown_option import build_help, unknown_option
from tests.rules.refused.explain import explain


@pytest.mark.parametrize(
    ("name", "is_known"),
    [("compress-region", True), ("decompress-threads", True), ("compress", False), ("", False)],
)
def test_options_of_development_builds_are_known(name: str, is_known: bool) -> None:
    assert bool(build_help(name)) is is_known


@pytest.mark.parametrize("text", ["tcp", "tcp-close=1", "log-file a b c", "tcp-close"])
def test_other_errors_are_for_other_rules(text: str) -> None:
    assert explain(unknown_option, text) == []
