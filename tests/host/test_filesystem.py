# SPDX-License-Identifier: MIT
"""Where a path leads in a file system; `test_local` asks the kernel the same."""

from __future__ import annotations

import errno

import pytest

from criulint.host.filesystem import Kind, Status, resolve_path
from tests.listing import Listing

_FILES = Listing(
    [
        "0644 /etc/criu/default.conf",
        "0755 /srv/data/",
        "/etc/link -> criu/default.conf",
        "/etc/up -> ../srv/data",
        "/abs -> /etc/criu",
        "/loop -> /loop",
        "/dangling -> /etc/none",
        "/a -> /b",
        "/b -> /etc/criu/default.conf",
    ]
)


@pytest.mark.parametrize(
    ("path", "plain", "kind"),
    [
        ("/", "/", Kind.DIRECTORY),
        ("/etc", "/etc", Kind.DIRECTORY),
        ("/etc/", "/etc", Kind.DIRECTORY),
        ("//etc/./criu//default.conf", "/etc/criu/default.conf", Kind.FILE),
        ("/etc/criu/../criu/default.conf", "/etc/criu/default.conf", Kind.FILE),
        ("/../../etc", "/etc", Kind.DIRECTORY),
        ("/etc/link", "/etc/criu/default.conf", Kind.FILE),
        ("/etc/up", "/srv/data", Kind.DIRECTORY),
        ("/etc/up/..", "/srv", Kind.DIRECTORY),
        ("/abs/default.conf", "/etc/criu/default.conf", Kind.FILE),
        ("/a", "/etc/criu/default.conf", Kind.FILE),
    ],
)
def test_what_is_there(path: str, plain: str, kind: Kind) -> None:
    resolved = resolve_path(_FILES, path)
    assert resolved
    assert (resolved.path, resolved.status.kind, resolved.missing) == (plain, kind, False)


@pytest.mark.parametrize(
    ("path", "first", "error"),
    [
        ("/none", "/none", errno.ENOENT),
        ("/none/below", "/none", errno.ENOENT),
        ("/dangling", "/etc/none", errno.ENOENT),
        ("/etc/criu/default.conf/", "/etc/criu/default.conf", errno.ENOTDIR),
        ("/etc/criu/default.conf/x", "/etc/criu/default.conf", errno.ENOTDIR),
        ("/loop", "/loop", errno.ELOOP),
        ("/loop/x", "/loop/x", errno.ELOOP),
        ("/" + "x" * 4094, "/" + "x" * 4094, errno.ENOENT),
        ("/" + "x" * 4095, "/" + "x" * 4095, errno.ENAMETOOLONG),
        ("/" + "ü" * 2048, "/" + "ü" * 2048, errno.ENAMETOOLONG),
    ],
)
def test_what_is_missing(path: str, first: str, error: int) -> None:
    resolved = resolve_path(_FILES, path)
    assert resolved
    assert resolved.missing
    assert (resolved.path, resolved.status.error) == (first, error)
    assert resolved.error


@pytest.mark.parametrize("path", ["", "etc", "./etc", "/etc\0"])
def test_other_text_is_not_a_path(path: str) -> None:
    assert resolve_path(_FILES, path) is None


def test_way_to_a_file() -> None:
    resolved = resolve_path(_FILES, "/etc/link")
    assert resolved
    assert [(path, status.kind) for path, status in resolved.traversed] == [
        ("/", Kind.DIRECTORY),
        ("/etc", Kind.DIRECTORY),
        ("/etc/link", Kind.LINK),
        ("/etc", Kind.DIRECTORY),
        ("/etc/criu", Kind.DIRECTORY),
    ]


@pytest.mark.parametrize(("links", "missing"), [(40, False), (41, True)])
def test_as_many_links_as_linux_follows(links: int, missing: bool) -> None:
    lines = [f"/{number} -> /{number + 1}" for number in range(links)]
    resolved = resolve_path(Listing([*lines, f"0644 /{links}"]), "/0")
    assert resolved
    assert resolved.missing is missing


class _Closed(Listing):
    """Nothing is known about the content of /secret."""

    def lstat(self, path: str) -> Status | None:
        return None if path.startswith("/secret/") else super().lstat(path)


@pytest.mark.parametrize("path", ["/secret/a", "/secret/a/b", "/link"])
def test_what_is_unknown(path: str) -> None:
    assert resolve_path(_Closed(["0700 /secret/", "/link -> /secret/a"]), path) is None


def test_status_of_what_is_missing() -> None:
    assert Status.missing(errno.ENOENT) == Status(Kind.MISSING, error=errno.ENOENT)
