# SPDX-License-Identifier: MIT
"""CRIU306."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.rules.conflicts.not_for_a_file import not_for_a_file
from tests.rules.asking import fixed, lines, problem, settings


@pytest.mark.parametrize(
    "text", ["tree 1", "close 3", "status-fd 3", "ps-socket 3", "feature userns"]
)
def test_values_of_one_run(text: str) -> None:
    assert fixed(not_for_a_file.check, settings(f"{text}\n")) == ["-"]


@pytest.mark.parametrize(("role", "expected"), [(None, []), (Role.CLI, []), (Role.RPC, [1])])
def test_program_in_a_file_for_rpc_clients(role: Role | None, expected: list[int]) -> None:
    assert lines(not_for_a_file.check, settings("exec-cmd\n", role=role)) == expected


def test_each_line_is_reported() -> None:
    assert lines(not_for_a_file.check, settings("close 3\nclose 4\n")) == [1, 2]


@pytest.mark.parametrize(
    ("text", "role", "caller", "message", "advice"),
    [
        ("tree 1", None, None, "this process ID", "pass it on the command line"),
        ("tree 1", Role.RPC, None, "no effect", "remove the line"),
        ("tree 1", Role.DEFAULT, "runc", "no effect", "remove the line"),
        (
            "tree 1",
            Role.DEFAULT,
            "lxc",
            "this process ID",
            "remove the line: LXC already requests it",
        ),
        ("close 3", Role.RPC, None, "CRIU closes", "remove the line"),
        (
            "close 3",
            Role.DEFAULT,
            "runc",
            "CRIU closes",
            "remove the line: runc has no flag for it",
        ),
        ("status-fd 3", Role.RPC, None, "a descriptor", "have the caller request it"),
        ("exec-cmd", Role.DEFAULT, "podman", "no effect", "remove the line"),
    ],
)
def test_callers_by_rpc(
    text: str, role: Role | None, caller: str | None, message: str, advice: str
) -> None:
    found = problem(not_for_a_file.check, settings(f"{text}\n", role=role, caller=caller))
    assert found.message.startswith(message)
    assert found.help == advice
