# SPDX-License-Identifier: GPL-2.0-only
"""CRIU404: which release crashes at which option, in which file."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
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
        (Role.DEFAULT, [1]),
        (Role.USER, [1]),
        (Role.ENV, [1]),
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
    ("criu", "beginning", "end"),
    [
        ("4.2.1", "CRIU aborts", "connection"),
        ("4.3", "every request of a runtime fails", "socket”"),
        (None, "every request of a runtime fails", "CRIU up to 4.2.1 aborts"),
    ],
)
def test_stream_by_release(criu: str | None, beginning: str, end: str) -> None:
    message = problem(check_stream, settings("stream\n", criu=criu, role=Role.RPC)).message
    assert message.startswith(beginning)
    assert message.endswith(end)
