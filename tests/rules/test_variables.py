# SPDX-License-Identifier: MIT
"""Which setting of a variable counts."""

from __future__ import annotations

import pytest

from criulint.rules.variables import detaching_setting
from tests.rules.asking import settings


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("daemon\n", 1),
        ("restore-detached\ndaemon\n", 2),
        ("daemon\nno-restore-detached\n", None),
        ("no-daemon\nrestore-detached\n", 2),
        ("tcp-close\n", None),
    ],
)
def test_what_detaches_criu(text: str, line: int | None) -> None:
    setting = detaching_setting(settings(text))
    assert (setting.line if setting else None) == line
