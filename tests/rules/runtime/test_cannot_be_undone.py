# SPDX-License-Identifier: MIT
"""CRIU407."""

from __future__ import annotations

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.rules.runtime.cannot_be_undone import cannot_be_undone
from tests.rules.asking import lines, problem, settings


@pytest.mark.parametrize(
    ("text", "role", "commands", "expected"),
    [
        ("leave-running", Role.DEFAULT, COMMANDS, [1]),
        ("leave-running", Role.USER, COMMANDS, [1]),
        ("leave-running", Role.ENV, COMMANDS, [1]),
        ("leave-stopped", Role.DEFAULT, COMMANDS, [1]),
        ("leave-running\nleave-stopped", Role.DEFAULT, COMMANDS, [2]),
        ("leave-running", Role.DEFAULT, ("dump",), [1]),
        ("leave-running", Role.DEFAULT, ("pre-dump",), []),
        ("leave-running", Role.DEFAULT, ("restore",), []),
        ("leave-running", Role.RPC, COMMANDS, []),
        ("leave-running", Role.CLI, COMMANDS, []),
        ("leave-running", None, COMMANDS, []),
        ("tcp-close", Role.DEFAULT, COMMANDS, []),
    ],
)
def test_default_files(
    text: str, role: Role | None, commands: tuple[str, ...], expected: list[int]
) -> None:
    file = settings(f"{text}\n", role=role, commands=commands)
    assert lines(cannot_be_undone.check, file) == expected


def test_messages() -> None:
    running = problem(cannot_be_undone.check, settings("leave-running\n", role=Role.DEFAULT))
    stopped = problem(cannot_be_undone.check, settings("leave-stopped\n", role=Role.DEFAULT))
    assert "keep running" in running.message and "stay stopped" in stopped.message
    assert running.help == "have the caller request it: `--leave-running`"
