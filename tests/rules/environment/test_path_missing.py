# SPDX-License-Identifier: MIT
"""CRIU501; ``tests/oracle/test_machine.py`` asks CRIU itself."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.rules.environment.path_missing import path_missing
from tests.rules.environment.hosts import Closed, Image, Unreadable, find, message, severities

KEY_PAIR = "tls-key /etc/key.pem\ntls-cert /etc/cert.pem"


@pytest.mark.parametrize(
    ("file", "host", "expected"),
    [
        ("libdir /usr/lib/criu", [], ["error"]),
        ("libdir lib/criu", [], []),
        ("libdir /proc/self/cwd", [], []),
        ("work-dir /srv/criu", ["/srv -> /gone"], ["error"]),
        ("log-file criu.log", [], []),
        ("log-file -", [], []),
        ("log-file /dev/null", ["0755 /dev/"], []),
        ("log-file /criu.log", [], []),
        ("log-file /a", ["0755 /a/"], ["error"]),
        ("pidfile /run/criu/pid", [], ["error"]),
        ("cgroup-props-file /etc/criu/props", [], ["error"]),
        ("cgroup-props-file /etc/criu/props", ["0644 /etc/criu/props"], []),
        ("freeze-cgroup /cg", ["0644 /cg/cgroup.freeze"], []),
        ("freeze-cgroup /cg", ["0644 /cg/freezer.state"], []),
        ("freeze-cgroup /cg", ["0755 /cg/"], ["error"]),
        ("join-ns net:/run/netns/x,0", ["0644 /run/netns/x"], []),
        ("join-ns net:/run/netns/x,0", [], ["error"]),
        ("join-ns net:1", [], []),
        ("action-script ../hook", [], []),
        ("action-script hook", ["0755 /usr/local/sbin/hook: #!/bin/sh"], []),
        ("action-script hook", [], ["warning"]),
        ("action-script=", [], []),
        (KEY_PAIR, [], []),
        (f"tls\n{KEY_PAIR}", [], ["error"] * 2),
        ("tls", [], ["warning"]),
        ("tls", ["0600 /etc/pki/criu/private/key.pem"], ["warning"]),
        ("tls", ["0600 /etc/pki/criu/private/key.pem", "0644 /etc/pki/criu/cert.pem"], []),
        ("tls\nno-tls", [], []),
    ],
)
def test_what_has_to_be_there(file: str, host: list[str], expected: list[str]) -> None:
    assert severities(path_missing, find(path_missing, file, *host)) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("work-dir /run/criu", []),
        ("work-dir /var/run/criu", []),
        ("work-dir /var/lib/criu", ["error"]),
        ("log-file /tmp/criu/criu.log", []),
        ("log-file /tmporary/criu.log", ["error"]),
        ("freeze-cgroup /sys/fs/cgroup/x", []),
        ("join-ns net:/run/netns/x", []),
        ("images-dir /mnt/checkpoints", []),
        ("action-script /var/tmp/hook", []),
    ],
)
def test_image_is_not_filled_yet(file: str, expected: list[str]) -> None:
    assert severities(path_missing, find(path_missing, file, kind=Image)) == expected


def test_link_into_a_place_that_is_filled_at_start() -> None:
    host = "/var/lib/criu -> /run/criu"
    assert find(path_missing, "work-dir /var/lib/criu", host, kind=Image) == []
    assert len(find(path_missing, "work-dir /var/lib/criu", host)) == 1


@pytest.mark.parametrize(
    ("file", "commands"),
    [
        ("cgroup-props-file /gone", ["dump"]),
        ("freeze-cgroup /gone", ["dump", "pre-dump"]),
        ("cgroup-yard /gone", ["dump", "restore"]),
        ("pidfile /gone/pid", ["restore"]),
        ("action-script /gone", ["dump", "restore"]),
        ("action-script gone", ["dump", "restore"]),
        ("tls", ["dump", "pre-dump"]),
        ("tls\ntls-cacert /gone\ntls-key key", ["dump", "pre-dump"]),
        ("tls\ntls-cacrl /gone\ntls-key key", ["dump", "pre-dump"]),
        ("tls\ntls-cert /gone", ["dump", "pre-dump"]),
        ("libdir /gone", ["dump", "pre-dump", "restore"]),
    ],
)
def test_commands_that_use_the_path(file: str, commands: list[str]) -> None:
    for command in ("dump", "pre-dump", "restore"):
        found = find(path_missing, file, commands=(command,))
        assert bool(found) == (command in commands), command


@pytest.mark.parametrize(("criu", "count"), [("3.15", 0), ("3.16", 1)])
def test_release_that_looks_up_the_previous_images(criu: str, count: int) -> None:
    assert len(find(path_missing, "prev-images-dir /gone", criu=criu)) == count


@pytest.mark.parametrize("option", ["images-dir", "work-dir", "libdir", "cgroup-yard"])
def test_file_in_the_place_of_a_directory(option: str) -> None:
    found = find(path_missing, f"{option} /a", "0644 /a")
    assert message(found).startswith("`/a` is not a directory: ")
    assert found[0].help == "name a directory"


@pytest.mark.parametrize(
    ("file", "error"),
    [
        ("cgroup-props-file /a", "Is a directory"),
        ("log-file /a", "Is a directory"),
        ("pidfile /a", "File exists"),
    ],
)
def test_directory_in_the_place_of_a_file(file: str, error: str) -> None:
    found = find(path_missing, file, "0755 /a/")
    assert message(found).startswith("`/a` is a directory: ")
    assert message(found).endswith(f": {error}”")
    assert found[0].help == "name a file"


def test_directory_is_not_a_namespace() -> None:
    """CRIU accepts the line, as access(2) finds the directory."""
    assert message(find(path_missing, "join-ns net:/a", "0755 /a/")) == (
        "`/a` is a directory, not a namespace: every restore fails"
    )


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ([], "`/opt/a/b` does not exist (`/opt` is missing): "),
        (["0755 /opt/a/"], "`/opt/a/b` does not exist: "),
        (["/opt/a -> ../srv"], "`/opt/a/b` leads to `/srv`, which does not exist: "),
        (["0644 /opt/a"], "`/opt/a/b` does not exist (`/opt/a` is not a directory): "),
        (
            ["/opt/a -> ../srv", "0644 /srv"],
            "`/opt/a/b` leads to `/srv`, which is not a directory: ",
        ),
    ],
)
def test_message_says_what_is_missing(host: list[str], expected: str) -> None:
    assert message(find(path_missing, "libdir /opt/a/b", *host)).startswith(expected)


@pytest.mark.parametrize(
    ("file", "role", "expected"),
    [
        (
            "log-file /a/b",
            None,
            "every command without its own `log-file` fails with"
            " “Can't create log file /a/b: No such file or directory”",
        ),
        (
            "log-file /a/b",
            Role.RPC,
            "every command fails with “Can't create log file /a/b: No such file or directory”",
        ),
        (
            "work-dir /b",
            None,
            "every command without its own `work-dir` fails with"
            " “Can't change directory to /b: No such file or directory”",
        ),
        (
            "work-dir /b",
            Role.RPC,
            "every request fails with “Can't chdir to work_dir: No such file or directory”",
        ),
        (
            "libdir /b",
            Role.RPC,
            "every dump and restore fails with"
            " “Unable to open directory /b: No such file or directory”",
        ),
    ],
)
def test_message_says_what_fails(file: str, role: Role | None, expected: str) -> None:
    found = message(find(path_missing, file, role=role))
    assert found.partition(": ")[2] == expected


def test_braces_in_a_path_are_not_filled_in() -> None:
    found = message(find(path_missing, "libdir /{error}{path}"))
    assert "directory /{error}{path}: No such file or directory" in found


def test_a_cgroup_that_cannot_be_looked_into_may_have_a_freezer() -> None:
    assert find(path_missing, "freeze-cgroup /closed", "0755 /closed/", kind=Closed) == []


@pytest.mark.parametrize(
    "file",
    ["action-script /a", "action-script b", "log-file /a/b", "libdir /a", "tls", "join-ns net:/a"],
)
def test_what_cannot_be_looked_up_is_not_reported(file: str) -> None:
    assert len(find(path_missing, file)) == 1
    assert find(path_missing, file, kind=Unreadable) == []


@pytest.mark.parametrize(
    ("file", "criu", "expected"),
    [
        ("action-script /a", "3.15", "“exec(/a, ...) failed: No such file or directory”"),
        ("action-script /a", "3.16", "“execvp("),
        ("freeze-cgroup /a", "3.13", "“Unable to open /a/freezer.state”"),
        ("freeze-cgroup /a", "3.14", "“Neither a cgroupv1"),
        ("pidfile /a/b", "3.17.1", "“Can't open /a/b: No such file or directory”"),
        ("pidfile /a/b", "3.18", "“pidfile: Can't open /a/b: No such file or directory”"),
    ],
)
def test_message_of_the_release(file: str, criu: str, expected: str) -> None:
    (found,) = find(path_missing, file, criu=criu)
    assert expected in found.message
