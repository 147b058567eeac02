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
    assert running.help == "pass it on the command line of the dump"


@pytest.mark.parametrize(
    ("caller", "commands", "after"),
    [
        ("runc", COMMANDS, "each dump, unless the caller asks for `leave-running`, and after each"),
        ("runc", ("restore",), "each restore"),
        ("lxc", COMMANDS, "each restore"),
        ("youki", COMMANDS, "each dump, unless the caller asks for `leave-running`"),
    ],
)
def test_what_stays_stopped(caller: str, commands: tuple[str, ...], after: str) -> None:
    file = settings("leave-stopped\n", role=Role.DEFAULT, caller=caller, commands=commands)
    stopped = problem(cannot_be_undone.check, file)
    assert f"stay stopped after {after}" in stopped.message
    assert "has no flag for it" in stopped.help


@pytest.mark.parametrize(
    ("caller", "advice"),
    [
        ("runc", "`runc checkpoint --leave-running`"),
        ("podman", "`podman container checkpoint --leave-running`"),
        ("lxc", "remove the line: LXC already requests it unless `-s` is given"),
        ("containerd", "remove the line: containerd already requests it unless `--exit` is given"),
    ],
)
def test_who_leaves_processes_running(caller: str, advice: str) -> None:
    file = settings("leave-running\n", role=Role.DEFAULT, caller=caller)
    assert advice in problem(cannot_be_undone.check, file).help
