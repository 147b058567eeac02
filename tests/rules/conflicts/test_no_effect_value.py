# SPDX-License-Identifier: MIT
"""CRIU310: what CRIU does anyway."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.rules.conflicts.no_effect_value import no_effect_value
from tests.rules.asking import lines, settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timeout 10", [1]),
        ("timeout 11", []),
        ("timeout 10\ntimeout 10", []),  # CRIU301
        ("ghost-limit 1M", [1]),
        ("ghost-limit 1048576", [1]),
        ("ghost-limit 2M", []),
        ("manage-cgroups=soft", [1]),
        ("manage-cgroups", []),
        ("manage-cgroups=full", []),
        ("no-tcp-close", [1]),
        ("tcp-close", []),
        ("tcp-close\nno-tcp-close", []),  # CRIU303
        ("ghost-fiemap", [1]),
        ("no-ghost-fiemap", []),
        ("ps-socket -1", [1]),
        ("verbosity=2", []),
        ("cpu-cap=fpu,ins", []),
        ("pre-dump-mode splice", [1]),
        ("pre-dump-mode read", []),
        ("pre-dump-mode read\npre-dump-mode splice", [2]),
    ],
)
def test_default_values_in_a_default_file(text: str, expected: list[int]) -> None:
    file = settings(f"{text}\n", role=Role.DEFAULT)
    assert lines(no_effect_value.check, file) == expected


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.DEFAULT, [1, 2]),
        (Role.CLI, [1, 2]),
        (Role.USER, [2]),
        (Role.ENV, [2]),
        (Role.RPC, [2]),
        (None, [2]),
    ],
)
def test_other_files_may_undo_earlier_ones(role: Role | None, expected: list[int]) -> None:
    file = settings("timeout 10\npre-dump-mode splice\n", role=role)
    assert lines(no_effect_value.check, file) == expected


@pytest.mark.parametrize(("criu", "expected"), [("4.0", [1]), ("4.1", [])])
def test_network_lock_has_its_default_from_the_build(criu: str, expected: list[int]) -> None:
    file = settings("network-lock iptables\n", criu=criu, role=Role.DEFAULT)
    assert lines(no_effect_value.check, file) == expected
