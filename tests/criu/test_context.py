# SPDX-License-Identifier: MIT
"""Which of CRIU's files a path says a file is."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.criu.paths import inferred_role


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/etc/criu/default.conf", Role.DEFAULT),
        ("image/rootfs/etc/criu/default.conf", Role.DEFAULT),
        ("criu/default.conf", Role.DEFAULT),
        ("/root/.criu/default.conf", Role.USER),
        (".criu/default.conf", Role.USER),
        ("/etc/criu/runc.conf", Role.RPC),
        ("crun.conf", Role.RPC),
        ("C:\\work\\criu\\default.conf", Role.DEFAULT),
        ("default.conf", None),
        ("/etc/default.conf", None),
        ("/etc/criu/lxc.conf", None),
        ("myrunc.conf", None),
        (None, None),
    ],
)
def test_path_gives_the_role(path: str | None, role: Role | None) -> None:
    assert inferred_role(path) is role
