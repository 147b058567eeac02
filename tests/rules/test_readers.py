# SPDX-License-Identifier: GPL-2.0-only
"""What a file's path, its role and the runtime above CRIU change."""

from __future__ import annotations

import pytest

from criulint import Severity, check
from criulint.criu.context import Role, inferred_role


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


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("/etc/criu.conf", Severity.WARNING),
        ("/etc/criu/criu.conf", Severity.WARNING),
        ("/etc/criu/dump.conf", Severity.WARNING),
        ("/etc/criu/podman.conf", Severity.WARNING),
        ("image/etc/criu/restore.conf", Severity.WARNING),
        ("/etc/criu.d/tcp.conf", Severity.WARNING),
        ("/etc/criu/conf.d/10-tcp.conf", Severity.WARNING),
        ("/home/me/.criu.conf", Severity.WARNING),
        ("/root/.criu/runc.conf", Severity.WARNING),
        ("/root/.config/criu/criu.conf", Severity.WARNING),
        ("/etc/criu/tcp.conf", Severity.INFO),
        ("/etc/criu/default.conf", None),
        ("/etc/criu/runc.conf", None),
        ("/etc/criu/crun.conf", None),
        ("/root/.criu/default.conf", None),
        ("criu.conf", None),
        ("examples/criu/tcp.conf", None),
        (None, None),
    ],
)
def test_files_that_nobody_reads(path: str | None, severity: Severity | None) -> None:
    found = [finding.severity for finding in check(b"# c\ntcp-close\n", path=path) if finding.code == "CRIU402"]
    assert found == ([] if severity is None else [severity])


def test_a_file_that_sets_nothing_may_have_any_name() -> None:
    assert check(b"# nothing here\n", path="/etc/criu.conf") == []
