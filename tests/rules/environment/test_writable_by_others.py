# SPDX-License-Identifier: MIT
"""CRIU503: who other than root decides what CRIU runs as root."""

from __future__ import annotations

import pytest

from criulint.criu.context import Role
from criulint.rules.environment.writable_by_others import writable_by_others
from tests.rules.environment.hosts import DEFAULT, Image, find, message, severities

OWN = "/home/me/.criu/default.conf"
HOME = ("0755 1000:1000 /home/me/", "0755 1000:1000 /home/me/.criu/")


def breach(file: str, *host: str, path: str = DEFAULT, role: Role | None = None) -> str | None:
    """Return what the message says of who can write where."""
    found = find(writable_by_others, file, *host, path=path, role=role)
    return message(found).partition(": ")[0] if found else None


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ([], None),
        ([f"0644 {DEFAULT}"], None),
        ([f"0664 {DEFAULT}"], None),
        ([f"0664 0:50 {DEFAULT}"], f"group 50 can write to `{DEFAULT}`"),
        ([f"0644 1000:0 {DEFAULT}"], f"`{DEFAULT}` belongs to user 1000"),
        (
            ["0775 0:50 /etc/criu/", f"0644 {DEFAULT}"],
            "group 50 can write to `/etc/criu`",
        ),
        (["0777 /etc/", f"0644 {DEFAULT}"], "everyone can write to `/etc`"),
        (["0777 /", f"0644 {DEFAULT}"], None),
        (
            [f"{DEFAULT} -> /opt/x", "0777 /opt/", "0644 /opt/x"],
            "everyone can write to `/opt`",
        ),
    ],
)
def test_this_file(host: list[str], expected: str | None) -> None:
    assert breach("tcp-close", *host) == expected
    assert breach("# empty", *host) == expected


def test_this_file_is_reported_at_its_first_option() -> None:
    (found,) = find(writable_by_others, "tcp-close\n  shell-job", "0777 /etc/", f"0644 {DEFAULT}")
    assert found.start == 0


def test_without_options_it_is_reported_at_the_first_line() -> None:
    (found,) = find(writable_by_others, "# empty\n#", "0777 /etc/", f"0644 {DEFAULT}")
    assert (found.start, found.end) == (0, 7)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (["0755 1000:1000 /h/", "0755 /h/a"], "`/h` belongs to user 1000"),
        (["0755 /h/", "0757 /h/a"], "everyone can write to `/h/a`"),
        (["0755 /h/", "0775 0:50 /h/a"], "group 50 can write to `/h/a`"),
        (["1777 /h/", "0755 /h/a"], "everyone can write to `/h`"),
        (["1775 0:50 /h/", "0755 /h/a"], None),
        (["1777 /h/", "0755 1000:0 /h/a"], "`/h/a` belongs to user 1000"),
        (["1777 /t/", "/h/a -> /t/a", "0755 /t/a"], "everyone can write to `/t`"),
        # A link of somebody else's counts only where that user can replace it.
        (["1775 0:50 /h/", "0777 1000:1000 /h/a -> /b", "0755 /b"], "`/h/a` belongs to user 1000"),
        (["0755 /h/", "0777 1000:1000 /h/a -> /b", "0755 /b"], None),
        (["0755 /h/", "/h/a -> /gone"], None),
    ],
)
def test_script(host: list[str], expected: str | None) -> None:
    assert breach("action-script /h/a", *host) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (["0755 /opt/l/", "0666 /opt/l/x.so"], "everyone can write to `/opt/l/x.so`"),
        (["0755 /opt/l/", "0666 /opt/l/x.txt"], None),
        (["1777 /opt/l/", "0644 /opt/l/x.so"], "everyone can write to `/opt/l`"),
        (
            ["0755 /opt/l/", "0666 /opt/l/b.so", "0666 /opt/l/a.so"],
            "everyone can write to `/opt/l/a.so`",
        ),
        (["0644 /opt/l"], None),
    ],
)
def test_plugins(host: list[str], expected: str | None) -> None:
    assert breach("libdir /opt/l", *host) == expected


def test_script_that_anyone_can_create_after_a_reboot() -> None:
    found = find(writable_by_others, "action-script /tmp/a", "1777 /tmp/", "0755 /tmp/a")
    assert message(found) == (
        "everyone can write to `/tmp`: while `/tmp/a` is missing, as after a reboot, anyone can"
        " create it, and CRIU runs it as root"
    )
    assert len(find(writable_by_others, "action-script /var/tmp/hook", kind=Image)) == 1


def test_empty_file_has_a_place_for_the_problem() -> None:
    found = find(writable_by_others, "", f"0666 {DEFAULT}")
    assert [(problem.start, problem.end) for problem in found] == [(0, 0)]
    assert severities(writable_by_others, found) == ["warning"]


def test_image_that_a_user_unpacked_is_that_users() -> None:
    host = ["0755 1000:1000 /", "0775 1000:1000 /etc/criu/", f"0664 1000:1000 {DEFAULT}"]
    assert breach("tcp-close", *host) is None
    assert breach("tcp-close", *host, f"0644 1001:1000 {DEFAULT}") == (
        f"`{DEFAULT}` belongs to user 1001"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"0644 1000:1000 {OWN}", None),
        (f"0666 1000:1000 {OWN}", f"everyone can write to `{OWN}`"),
        (f"0644 1001:1001 {OWN}", f"`{OWN}` belongs to user 1001"),
    ],
)
def test_file_of_a_home_directory_is_for_that_user(line: str, expected: str | None) -> None:
    assert breach("tcp-close", *HOME, line, path=OWN) == expected


@pytest.mark.parametrize("role", [None, Role.ENV, Role.CLI])
def test_file_that_a_caller_names_is_for_that_user(role: Role | None) -> None:
    path = "/home/me/my.conf"
    host = ["0755 1000:1000 /home/me/", f"0644 1000:1000 {path}"]
    assert breach("tcp-close", *host, path=path, role=role) is None
    assert breach("tcp-close", *host, path=path, role=Role.RPC) == (
        "`/home/me` belongs to user 1000"
    )


def test_file_from_elsewhere_has_no_place_of_its_own() -> None:
    host = ["0777 /etc/criu/", f"0666 {DEFAULT}"]
    assert find(writable_by_others, "tcp-close", *host, path=None) == []
