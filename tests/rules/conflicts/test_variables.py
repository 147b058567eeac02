# SPDX-License-Identifier: GPL-2.0-only
"""Which options set one variable."""

from __future__ import annotations

import pytest

from criulint.criu.options import option_table
from criulint.rules.conflicts.variables import canonical_name, detaching_setting, variable_of
from tests.rules.asking import settings


@pytest.mark.parametrize(
    ("first", "second", "variable", "name"),
    [
        ("daemon", "restore-detached", True, True),
        ("no-daemon", "no-restore-detached", True, True),
        ("daemon", "no-restore-detached", True, False),
        ("tcp-close", "no-tcp-close", True, False),
        ("leave-running", "leave-stopped", True, False),
        ("tcp-close", "tcp-established", False, False),
    ],
)
def test_options_that_share_a_variable(first: str, second: str, variable: bool, name: bool) -> None:
    options = option_table("4.2.1").options
    one, other = options[first], options[second]
    assert (variable_of(one) == variable_of(other)) is variable
    assert (canonical_name(one) == canonical_name(other)) is name


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
