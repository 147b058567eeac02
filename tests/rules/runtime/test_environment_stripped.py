# SPDX-License-Identifier: MIT
"""CRIU408: engines that hide the environment from CRIU."""

from __future__ import annotations

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.finding import Severity
from criulint.rules.base import Scope
from criulint.rules.runtime.environment_stripped import environment_stripped
from tests.rules.asking import problem, settings


@pytest.mark.parametrize(
    ("caller", "role", "commands", "message"),
    [
        ("podman", Role.USER, COMMANDS, "under Podman (dump, pre-dump): `HOME` is not set"),
        ("podman", Role.ENV, ("dump",), "under Podman (dump): `CRIU_CONFIG_FILE` is not set"),
        (
            "podman@4.3.1",
            Role.ENV,
            COMMANDS,
            "under Podman (dump, pre-dump, restore): `CRIU_CONFIG_FILE` is not set",
        ),
        ("cri-o", Role.USER, COMMANDS, "under CRI-O (dump, restore): `HOME` is not set"),
        (
            None,
            Role.USER,
            COMMANDS,
            "under Podman (dump, pre-dump), CRI-O (dump, restore): `HOME` is not set",
        ),
        (None, Role.USER, ("restore",), "under CRI-O (restore): `HOME` is not set"),
    ],
)
def test_messages(caller: str | None, role: Role, commands: tuple[str, ...], message: str) -> None:
    file = settings("ghost-limit 64M\n", role=role, caller=caller, commands=commands)
    found = problem(environment_stripped.check, file)
    assert found.message == f"CRIU does not find this file {message}"
    assert (found.severity, found.subject) == (None if caller else Severity.INFO, None)


def test_what_is_on_the_host_may_be_meant() -> None:
    file = settings("ghost-limit 64M\n", role=Role.USER, present=("runc", "podman"))
    found = problem(environment_stripped.check, file)
    assert found.message.endswith(" under Podman (dump, pre-dump): `HOME` is not set")
    assert (found.severity, found.scope) == (None, Scope.FILE)


@pytest.mark.parametrize(
    ("caller", "role", "commands"),
    [
        ("podman", Role.USER, ("restore",)),
        ("podman@3.0.1", Role.USER, COMMANDS),
        ("podman@4.8.0", Role.ENV, ("restore",)),
        ("cri-o", Role.USER, ("pre-dump",)),
        ("docker", Role.USER, COMMANDS),
        ("runc", Role.USER, COMMANDS),
        ("podman", Role.DEFAULT, COMMANDS),
        ("podman", Role.RPC, COMMANDS),
        ("podman", Role.CLI, COMMANDS),
        ("podman", None, COMMANDS),
    ],
)
def test_silence(caller: str, role: Role | None, commands: tuple[str, ...]) -> None:
    file = settings("ghost-limit 64M\n", role=role, caller=caller, commands=commands)
    assert list(environment_stripped.check(file)) == []
