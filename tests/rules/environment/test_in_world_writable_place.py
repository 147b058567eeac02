# SPDX-License-Identifier: MIT
"""CRIU505: what CRIU writes where everyone can write."""

from __future__ import annotations

import pytest

from criulint.rules.environment.in_world_writable_place import in_world_writable_place
from tests.rules.environment.hosts import Image, Unreadable, find, message, severities


@pytest.mark.parametrize(
    ("file", "host", "expected"),
    [
        ("log-file /tmp/criu.log", ["1777 /tmp/"], ["warning"]),
        ("log-file /var/log/criu.log", ["0755 /var/log/"], []),
        ("log-file /var/log/criu/x.log", ["1777 /tmp/", "/var/log/criu -> /tmp"], ["warning"]),
        ("log-file criu.log", ["1777 /tmp/"], []),
        ("log-file /tmp/a/criu.log", ["1777 /tmp/", "0755 /tmp/a/"], ["info"]),
        ("log-file /dev/stdout", ["0777 /dev/"], []),
        ("log-file /dev/null", ["0777 /dev/"], []),
        ("log-file /dev/x.log", ["0777 /dev/"], ["warning"]),
        ("log-file /proc/self/fd/2", ["0777 /proc/self/fd/"], []),
        ("images-dir /tmp/images", ["1777 /tmp/", "0700 /tmp/images/"], ["info"]),
        ("images-dir /tmp/images", ["1777 /tmp/", "0700 1000:1000 /tmp/images/"], ["warning"]),
        ("images-dir /tmp/images", ["1777 /tmp/"], ["warning"]),
        ("images-dir /srv/images", ["0777 /srv/images/"], ["warning"]),
        ("images-dir /srv/images", ["0700 /srv/images/"], []),
        ("images-dir /srv/images", ["0777 /srv/", "0700 /srv/images/"], ["warning"]),
        (
            "images-dir /srv/images",
            ["/srv/images -> /tmp/x", "1777 /tmp/", "0700 /tmp/x/"],
            ["info"],
        ),
        ("images-dir /", ["0777 /"], []),
        ("work-dir /dev/shm", ["1777 /dev/shm/"], ["warning"]),
        ("prev-images-dir /srv/old", ["0777 /srv/old/"], ["warning"]),
        ("pidfile /tmp/criu.pid", ["1777 /tmp/"], ["warning"]),
        ("address /tmp/criu.sock", ["1777 /tmp/"], ["warning"]),
        ("address 10.0.0.1", [], []),
    ],
)
def test_where_criu_writes(file: str, host: list[str], expected: list[str]) -> None:
    found = find(in_world_writable_place, file, *host)
    assert severities(in_world_writable_place, found) == expected


@pytest.mark.parametrize("path", ["/tmp/x/log", "/var/tmp/log", "/dev/shm/x/log"])
def test_some_places_are_world_writable_wherever_they_exist(path: str) -> None:
    assert len(find(in_world_writable_place, f"log-file {path}", kind=Image)) == 1
    assert find(in_world_writable_place, f"log-file /x{path}", kind=Image) == []
    assert find(in_world_writable_place, f"log-file {path}", kind=Unreadable) == []


@pytest.mark.parametrize(
    ("file", "commands"),
    [("pidfile /tmp/x", ["restore"]), ("log-file /tmp/x", ["dump", "pre-dump", "restore"])],
)
def test_commands_that_write(file: str, commands: list[str]) -> None:
    for command in ("dump", "pre-dump", "restore"):
        found = find(in_world_writable_place, file, "1777 /tmp/", commands=(command,))
        assert bool(found) == (command in commands), command


def test_message_says_what_others_can_do() -> None:
    assert message(find(in_world_writable_place, "pidfile /tmp/x", "1777 /tmp/")) == (
        "everyone can write to `/tmp`: a file that others put there makes every restore fail at"
        " the very end with “pidfile: Can't open /tmp/x: File exists”"
    )
