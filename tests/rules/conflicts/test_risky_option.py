# SPDX-License-Identifier: MIT
"""CRIU309."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.rules.conflicts.risky_option import risky_option
from tests.rules.asking import lines, settings


@pytest.mark.parametrize(
    ("text", "is_risky"),
    [
        ("leave-running", True),
        ("leave-stopped", True),
        ("skip-file-rwx-check", True),
        ("evasive-devices", True),
        ("no-evasive-devices", False),
        ("unprivileged", True),
        ("enable-fs all", True),
        ("enable-fs ceph", False),
        ("cpu-cap=none", True),
        ("cpu-cap", False),
        ("network-lock skip", True),
        ("network-lock none", True),
        ("network-lock nftables", False),
        ("verbosity=0", True),
        ("verbosity=1", False),
        ("verbosity", False),
        ("tcp-close", False),
    ],
)
def test_what_is_risky(text: str, is_risky: bool) -> None:
    assert lines(risky_option.check, settings(f"{text}\n")) == ([1] if is_risky else [])


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (None, [1, 2]),
        (Role.CLI, [1, 2]),
        (Role.RPC, [1, 2]),
        (Role.DEFAULT, [2]),
        (Role.USER, [2]),
        (Role.ENV, [2]),
    ],
)
def test_default_files_have_a_rule_of_their_own(role: Role | None, expected: list[int]) -> None:
    file = settings("leave-running\nunprivileged\n", role=role)
    assert lines(risky_option.check, file) == expected
