# SPDX-License-Identifier: MIT
"""A run that is killed leaves the old file or the new one (`tests.kill` tries longer)."""

from __future__ import annotations

import os
import signal

import pytest

from tests import kill

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="sends signals"),
]


@pytest.mark.parametrize("command", kill._COMMANDS)
def test_a_killed_run_breaks_no_file(command: str) -> None:
    outcome = kill.run(command, 12)
    assert outcome.broken == 0
    assert outcome.old + outcome.new == 12


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_an_ended_run_leaves_nothing_behind(name: str) -> None:
    outcome = kill.run("fix", 12, signal.Signals[name])
    assert (outcome.broken, outcome.leftovers) == (0, 0)
