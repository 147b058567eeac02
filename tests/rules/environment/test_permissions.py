# SPDX-License-Identifier: MIT
"""Who can change what a path leads to."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.host.filesystem import HostContext, resolve_path
from criulint.rules.environment.permissions import PublicDirectory, Trust, find_public_directory
from tests.listing import Listing
from tests.rules.asking import settings


def _breach(lines: list[str], path: str, role: Role | None = Role.DEFAULT) -> str | None:
    files = Listing(lines)
    host = HostContext(files, "/home/u/.criu/default.conf" if role is Role.USER else "/etc/c")
    resolved = resolve_path(files, path)
    assert resolved
    breach = Trust(settings("", role=role), host).find_breach(resolved)
    return str(breach) if breach else None


@pytest.mark.parametrize(
    ("lines", "breach"),
    [
        (["0644 /a/f"], None),
        (["0666 /a/f"], "everyone can write to `/a/f`"),
        (["0664 0:7 /a/f"], "group 7 can write to `/a/f`"),
        (["0664 0:0 /a/f"], None),
        (["0644 7:0 /a/f"], "`/a/f` belongs to user 7"),
        (["0777 /a/", "0644 /a/f"], "everyone can write to `/a`"),
        (["0775 0:7 /a/", "0644 /a/f"], "group 7 can write to `/a`"),
        (["0755 7:0 /a/", "0644 /a/f"], "`/a` belongs to user 7"),
        # The sticky bit keeps others from replacing what is there.
        (["1777 /a/", "0644 /a/f"], None),
        (["1777 /a/", "0644 7:0 /a/f"], "`/a/f` belongs to user 7"),
        (["1777 /a/", "0666 /a/f"], "everyone can write to `/a/f`"),
        # The mode of a link says nothing; its owner matters where others can write.
        (["0777 7:0 /a/f -> /b", "0644 /b"], None),
        (["1777 /a/", "0777 7:0 /a/f -> /b", "0644 /b"], "`/a/f` belongs to user 7"),
        (["0777 7:0 /a -> /b", "0644 /b/f"], None),
        (["0777 /a/f -> /b", "0666 /b"], "everyone can write to `/b`"),
        (["0755 7:8 /", "0664 7:8 /a/f"], None),
    ],
)
def test_breach(lines: list[str], breach: str | None) -> None:
    assert _breach(lines, "/a/f") == breach


@pytest.mark.parametrize(
    ("role", "owned"), [(Role.USER, None), (Role.DEFAULT, "`/home/u` belongs to user 7")]
)
def test_a_home_belongs_to_its_user(role: Role, owned: str | None) -> None:
    lines = ["0755 7:7 /home/u/", "0755 7:7 /home/u/.criu/", "0664 7:7 /home/u/.criu/f"]
    assert _breach(lines, "/home/u/.criu/f", role) == owned


@pytest.mark.parametrize(
    ("role", "trusted"),
    [(None, True), (Role.ENV, True), (Role.CLI, True), (Role.RPC, False), (Role.DEFAULT, False)],
)
def test_who_names_a_file_trusts_its_owner(role: Role | None, trusted: bool) -> None:
    found = _breach(["0644 7:7 /etc/c", "0644 7:7 /a/f"], "/a/f", role)
    assert (found is None) is trusted


@pytest.mark.parametrize(
    ("lines", "path", "public"),
    [
        (["0644 /a/f"], "/a/f", None),
        (["0777 /a/", "0644 /a/f"], "/a/f", PublicDirectory("/a", False)),
        (["1777 /a/", "0755 /a/b/"], "/a/b", PublicDirectory("/a", True)),
        (["1777 /a/", "0777 /a/b/"], "/a/b", PublicDirectory("/a/b", False)),
        (["0666 /a/f"], "/a/f", None),
        ([], "/tmp/x", PublicDirectory("/tmp", True)),
        ([], "/var/tmp", PublicDirectory("/var/tmp", True)),
        ([], "/dev/shm/x/y", PublicDirectory("/dev/shm", True)),
        ([], "/tmpx", None),
        ([], "/srv/tmp/x", None),
        (["0755 /tmp/", "0644 /tmp/x"], "/tmp/x", None),
    ],
)
def test_public_directory(lines: list[str], path: str, public: PublicDirectory | None) -> None:
    resolved = resolve_path(Listing(lines), path)
    assert resolved
    assert find_public_directory(resolved, path) == public
