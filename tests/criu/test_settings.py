# SPDX-License-Identifier: MIT
"""What a file sets, with its places."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from tests.rules.asking import settings

_Place = tuple[str, bytes | None, int, int, int, bool]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp-close\n", [("tcp-close", None, 1, 0, 9, False)]),
        ("# a\n  log-file  a # b\n", [("log-file", b"a", 2, 2, 13, False)]),
        ("log-file=a\n", [("log-file", b"a", 1, 0, 10, False)]),
        ("timeout\n5\n", [("timeout", b"--5", 1, 0, 7, True)]),
        (
            "log-file\ntcp-close\nport 1\n",
            [("log-file", b"--tcp-close", 1, 0, 8, True), ("port", b"1", 3, 0, 6, False)],
        ),
        (
            "timeout\n5\ntimeout 7\n",
            [("timeout", b"--5", 1, 0, 7, True), ("timeout", b"7", 3, 0, 9, False)],
        ),
        ('log-file "a.log"\n', [("log-file", b"a.log", 1, 0, 16, False)]),
        ("port 0\ntcp-close\n", [("tcp-close", None, 2, 0, 9, False)]),
        ("bogus\ntcp-close\n", [("tcp-close", None, 2, 0, 9, False)]),
        ("a b c d\ntcp-close\n", [("tcp-close", None, 2, 0, 9, False)]),
        ("config a\n", []),
    ],
)
def test_places(text: str, expected: list[_Place]) -> None:
    found = [
        (one.name, one.value, one.line, one.start, one.end, one.takes_next_line)
        for one in settings(text).all
    ]
    assert found == expected


def test_quoted_values_are_not_known_up_to_3_15() -> None:
    assert settings('log-file "a.log"\ntcp-close\n', criu="3.15").all == []


def test_by_name() -> None:
    file = settings("port 1\ntcp-close\nport 2\nno-tcp-close\ntimeout 3\n")
    assert [one.line for one in file.named("port", "tcp-close")] == [1, 3, 2]
    assert [one.line for one in file.by_name["port"]] == [1, 3]
    last = file.last("tcp-close", "port")
    assert last
    assert last.line == 3
    assert file.last("log-file") is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("tcp-close\n", 1),
        ("tcp-close\nno-tcp-close\n", None),
        ("no-tcp-close\ntcp-close\n", 2),
        ("shell-job\n", None),
    ],
)
def test_switched_on(text: str, line: int | None) -> None:
    setting = settings(text).switched_on("tcp-close")
    assert (setting and setting.line) == line


@pytest.mark.parametrize(
    ("path", "role", "expected"),
    [
        ("/etc/criu/runc.conf", None, Role.RPC),
        ("/etc/criu/default.conf", None, Role.DEFAULT),
        ("/etc/criu/runc.conf", Role.DEFAULT, Role.DEFAULT),
        ("/tmp/x.conf", None, None),
        (None, None, None),
    ],
)
def test_role(path: str | None, role: Role | None, expected: Role | None) -> None:
    assert settings("", path=path, role=role).role is expected
