# SPDX-License-Identifier: MIT
"""CRIU406: paths that all containers write to."""

from __future__ import annotations

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.finding import Severity
from criulint.rules.runtime.shared_output import check_images_dir, check_pidfile, shared_output
from tests.rules.asking import lines, problem, settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pidfile /run/a", [1]),
        ("images-dir /a", [1]),
        ("log-file /a", [1]),
        ("work-dir /a", [1]),
        ("log-file a", []),
        ("log-file ./a/b", []),
        ("log-file /dev/null", []),
        ("log-file /proc/self/fd/1", []),
        ("log-file /a\nlog-file b", []),
        ("log-file b\nlog-file /a", [2]),
    ],
)
def test_paths(text: str, expected: list[int]) -> None:
    assert lines(shared_output.check, settings(f"{text}\n")) == expected


@pytest.mark.parametrize(
    ("caller", "text", "expected"),
    [
        ("runc", "images-dir /a", []),
        ("runc", "log-file /a", []),
        ("runc", "work-dir /a", [1]),
        ("podman", "work-dir /a", []),
        ("lxc", "work-dir /a", [1]),
        ("runc", "pidfile /a", [1]),
    ],
)
def test_what_each_caller_replaces_is_not_used(caller: str, text: str, expected: list[int]) -> None:
    file = settings(f"{text}\n", role=Role.DEFAULT, caller=caller)
    assert lines(shared_output.check, file) == expected


@pytest.mark.parametrize(
    ("commands", "expected"), [(COMMANDS, [1]), (("restore",), [1]), (("dump", "pre-dump"), [])]
)
def test_only_a_restore_writes_the_pidfile(commands: tuple[str, ...], expected: list[int]) -> None:
    assert lines(check_pidfile, settings("pidfile /a\n", commands=commands)) == expected


@pytest.mark.parametrize(
    ("role", "criu", "severity"),
    [
        (None, "4.2.1", Severity.INFO),
        (Role.DEFAULT, "4.1.1", Severity.INFO),
        (Role.RPC, "4.1.1", Severity.ERROR),
        (Role.RPC, "4.2", None),
    ],
)
def test_images_directory(role: Role | None, criu: str, severity: Severity | None) -> None:
    file = settings("images-dir /a\n", criu=criu, role=role)
    assert problem(check_images_dir, file).severity is severity


@pytest.mark.parametrize(
    ("text", "severity", "advice"),
    [
        ("pidfile /run/a.pid", None, "write a relative path: `pidfile a.pid`"),
        ("log-file /var/a.log", Severity.INFO, "write a relative path: `log-file a.log`"),
        ("log-file /", Severity.INFO, "write a relative path: `log-file criu`"),
        ("work-dir /var/a", Severity.INFO, "remove the line, and leave the choice to the caller"),
    ],
)
def test_advice(text: str, severity: Severity | None, advice: str) -> None:
    found = problem(shared_output.check, settings(f"{text}\n"))
    assert (found.severity, found.help) == (severity, advice)


@pytest.mark.parametrize(
    ("criu", "message"),
    [("3.17.1", "“Can't open /run/a: File exists”"), ("3.18", "“pidfile: Can't open /run/a:")],
)
def test_pidfile_has_the_message_of_the_release(criu: str, message: str) -> None:
    assert message in problem(check_pidfile, settings("pidfile /run/a\n", criu=criu)).message
