# SPDX-License-Identifier: MIT
"""CRIU404: which release crashes at which option, in which file."""

from __future__ import annotations

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.finding import Severity
from criulint.rules.runtime.crashes_criu import (
    check_action_script,
    check_network_lock,
    check_stream,
    crashes_criu,
)
from tests.rules.asking import Check, lines, problem, settings


@pytest.mark.parametrize(
    ("check", "text", "criu", "expected"),
    [
        (check_network_lock, "network-lock skip", "4.2", [1]),
        (check_network_lock, "network-lock skip", "4.2.1", []),
        (check_network_lock, "network-lock iptables", "3.16", [1]),
        (check_action_script, "action-script /a", "3.18", [1]),
        (check_action_script, "action-script /a", "3.19", []),
        (check_stream, "stream", "3.15", [1]),
        (check_stream, "stream", "4.2.1", [1]),
        (check_stream, "stream\nno-stream", "4.2.1", []),
    ],
)
def test_releases(check: Check, text: str, criu: str, expected: list[int]) -> None:
    file = settings(f"{text}\n", criu=criu, role=Role.RPC)
    assert lines(check, file) == expected
    assert lines(crashes_criu.check, file) == expected


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.RPC, [1, 2, 3]),
        (Role.DEFAULT, [1, 3]),
        (Role.USER, [1, 3]),
        (Role.ENV, [1, 3]),
        (Role.CLI, []),  # CRIU305
        (None, []),
    ],
)
def test_roles(role: Role | None, expected: list[int]) -> None:
    file = settings("stream\nnetwork-lock iptables\naction-script /a\n", criu="3.18", role=role)
    assert lines(crashes_criu.check, file) == expected


def test_an_unknown_release_may_crash() -> None:
    file = settings("network-lock iptables\n", criu=None, role=Role.RPC)
    assert problem(check_network_lock, file).severity is Severity.WARNING
    file = settings("network-lock iptables\n", criu="4.2", role=Role.RPC)
    assert problem(check_network_lock, file).severity is None


@pytest.mark.parametrize(
    ("caller", "commands", "criu", "message"),
    [
        ("runc", COMMANDS, "3.18", "CRIU aborts under runc: "),
        ("runc", COMMANDS, "3.19", ""),
        ("crun", COMMANDS, "3.18", "CRIU aborts under crun (restore): "),
        ("crun", ("dump",), "3.18", ""),
        ("podman", COMMANDS, "3.17.1", "CRIU aborts under crun (restore), runc: "),
        ("lxc", COMMANDS, "3.18", ""),
        ("youki", COMMANDS, "3.18", ""),
    ],
)
def test_action_script_of_a_default_file(
    caller: str, commands: tuple[str, ...], criu: str, message: str
) -> None:
    file = settings(
        "action-script /a\n", criu=criu, role=Role.DEFAULT, caller=caller, commands=commands
    )
    found = [each.problem for each in check_action_script(file)]
    assert [each.message.startswith(message) for each in found] == ([True] if message else [])
    assert all(each.severity is None for each in found)


def test_action_script_without_a_caller_is_a_note() -> None:
    file = settings("action-script /a\n", criu="3.18", role=Role.DEFAULT)
    assert problem(check_action_script, file).severity is Severity.INFO


@pytest.mark.parametrize(("caller", "expected"), [("runc", [1]), ("podman", [1]), ("lxc", [])])
def test_stream_crashes_requests_only(caller: str, expected: list[int]) -> None:
    file = settings("stream\n", role=Role.DEFAULT, caller=caller)
    assert lines(check_stream, file) == expected
