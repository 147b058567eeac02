# SPDX-License-Identifier: MIT
"""CRIU409: what one side has and the other one needs."""

from __future__ import annotations

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.finding import Severity
from criulint.rules.runtime.needs_both_sides import (
    check_dump_alone,
    check_restore_alone,
    check_runtime_restore,
    needs_both_sides,
)
from tests.rules.asking import Check, advice, lines, problem, settings

_DUMPS, _RESTORE = ("dump", "pre-dump"), ("restore",)


@pytest.mark.parametrize(
    ("check", "text", "criu", "commands", "is_found"),
    [
        (check_dump_alone, "tcp-close", "4.2.1", ("dump",), True),
        (check_dump_alone, "tcp-close", "3.15", _DUMPS, True),
        (check_dump_alone, "tcp-close", "3.14", _DUMPS, False),
        (check_dump_alone, "tcp-close", "4.2.1", _RESTORE, False),
        (check_dump_alone, "tcp-close", "4.2.1", COMMANDS, False),
        (check_dump_alone, "tcp-established", "3.11", _DUMPS, True),
        (check_dump_alone, "tcp-established", "4.2.1", ("pre-dump",), False),
        (check_dump_alone, "no-tcp-established", "4.2.1", _DUMPS, False),
        (check_dump_alone, "allow-uprobes", "4.2", _DUMPS, True),
        (check_dump_alone, "allow-uprobes", "4.2", ("dump", "restore"), False),
        (check_restore_alone, "cpu-cap", "4.2.1", _RESTORE, True),
        (check_restore_alone, "cpu-cap=cpu", "3.11", _RESTORE, True),
        (check_restore_alone, "cpu-cap=none", "4.2.1", _RESTORE, False),
        (check_restore_alone, "cpu-cap", "4.2.1", ("pre-dump", "restore"), True),
        (check_restore_alone, "cpu-cap", "4.2.1", ("dump", "restore"), False),
        (check_restore_alone, "cpu-cap", "4.2.1", ("dump",), False),
    ],
)
def test_one_side(
    check: Check, text: str, criu: str, commands: tuple[str, ...], is_found: bool
) -> None:
    file = settings(f"{text}\n", criu=criu, commands=commands)
    assert lines(check, file) == ([1] if is_found else [])
    assert lines(needs_both_sides.check, file) == ([1] if is_found else [])


@pytest.mark.parametrize(
    ("criu", "message"),
    [("4.1.1", "“Unexpected EOF on (empty-image)”"), ("4.2", "“No cpuinfo image”")],
)
def test_restore_has_the_message_of_the_release(criu: str, message: str) -> None:
    file = settings("cpu-cap\n", criu=criu, commands=_RESTORE)
    assert problem(check_restore_alone, file).message.endswith(message)


@pytest.mark.parametrize(
    ("caller", "criu", "role", "commands", "is_found"),
    [
        ("crun@1.22", "4.2.1", Role.DEFAULT, COMMANDS, False),
        ("crun@1.23", "4.2.1", Role.DEFAULT, COMMANDS, True),
        ("crun@1.23", "4.2.1", Role.USER, COMMANDS, True),
        ("crun@1.23", "3.15", Role.DEFAULT, COMMANDS, True),
        ("crun@1.23", "3.14", Role.DEFAULT, COMMANDS, False),
        ("crun@1.23", "4.2.1", Role.RPC, COMMANDS, False),
        ("crun@1.23", "4.2.1", Role.DEFAULT, ("restore",), False),
        ("crun@1.23", "4.2.1", Role.DEFAULT, ("dump",), False),
        ("crun@1.23", "4.2.1", Role.DEFAULT, ("dump", "restore"), True),
        ("crun@1.23", "4.2.1", Role.DEFAULT, ("pre-dump", "restore"), False),
        ("podman", "4.2.1", Role.DEFAULT, COMMANDS, True),
        ("runc", "4.2.1", Role.DEFAULT, COMMANDS, False),
    ],
)
def test_crun_overrides_the_restore(
    caller: str, criu: str, role: Role, commands: tuple[str, ...], is_found: bool
) -> None:
    file = settings("tcp-close\n", criu=criu, role=role, caller=caller, commands=commands)
    assert lines(check_runtime_restore, file) == ([1] if is_found else [])


def test_what_is_off_is_not_overridden() -> None:
    file = settings("tcp-close\nno-tcp-close\n", role=Role.DEFAULT, caller="crun@1.23")
    assert lines(check_runtime_restore, file) == []


def test_messages() -> None:
    file = settings("tcp-close\n", role=Role.DEFAULT)
    found = problem(check_runtime_restore, file)
    assert "because crun 1.23 or later overrides this line" in found.message
    assert found.severity is Severity.INFO
    assert advice(needs_both_sides, file).startswith("move it to /etc/criu/crun.conf (crun 1.26")
    file = settings("tcp-close\n", role=Role.DEFAULT, caller="crun@1.24")
    found = problem(check_runtime_restore, file)
    assert "because crun overrides this line" in found.message and found.severity is None


@pytest.mark.parametrize(
    ("caller", "message"),
    [
        ("crun@1.24", "a restore fails unless `--tcp-close` is given"),
        ("podman@5.7.0", "a restore fails unless `--tcp-close` is given"),
        ("podman@5.4.2", "a restore fails, because crun 1.23 or later overrides"),
        ("cri-o", "a restore fails, because crun 1.23 or later overrides"),
    ],
)
def test_flag_is_the_one_that_the_user_has(caller: str, message: str) -> None:
    file = settings("tcp-close\n", role=Role.DEFAULT, caller=caller)
    assert problem(check_runtime_restore, file).message.startswith(message)
