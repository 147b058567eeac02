# SPDX-License-Identifier: MIT
"""CRIU401: what runtimes send, from which version on, and what that means for a line."""

from __future__ import annotations

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.finding import Severity
from criulint.rules.runtime.overridden_by_runtime import (
    check_default_file,
    check_level_over_rpc,
    overridden_by_runtime,
)
from tests.rules.asking import advice, lines, problem, settings


@pytest.mark.parametrize(
    ("caller", "text", "is_overridden"),
    [
        ("runc", "tcp-established", True),
        ("runc", "no-tcp-established", False),
        ("runc@1.2.9", "link-remap", False),
        ("runc@1.3.0", "link-remap", True),
        ("runc", "link-remap", True),
        ("crun", "link-remap", False),
        # libcriu of CRIU 4.1 and later leaves it out: see test_libcriu_counts.
        ("crun@1.19.1", "network-lock nftables", False),
        ("crun@1.20", "network-lock nftables", False),
        ("crun", "network-lock nftables", False),
        ("crun@1.4.4", "manage-cgroups=full", True),
        ("crun@0.20", "file-locks", False),
        ("crun@1.4", "file-locks", True),
        # runc always sends the network namespace.
        ("runc", "empty-ns net", False),
        ("crun", "empty-ns net", False),
        ("podman", "work-dir /w", True),
        ("docker", "work-dir /w", True),
        ("runc", "work-dir /w", False),
        ("runc@1.0.3", "work-dir /w", True),
        ("crun", "work-dir /w", False),
        # What is sent is added to these.
        ("runc", "external mnt[a]:b", False),
        ("lxc", "enable-fs overlay", False),
        ("lxc", "ext-mount-map a:b", False),
        # The root of all controllers replaces another, and not that of one controller.
        ("crun", "cgroup-root /a", True),
        ("crun", "cgroup-root cpu:/a", False),
        ("crun", "cgroup-root /a\ncgroup-root cpu:/a", True),
        ("runc", "cgroup-root /a", False),
        ("lxc", "no-force-irmap", True),
        ("youki", "link-remap", True),
        ("youki@0.6.0", "link-remap", False),
        ("crun@1.4.5", "manage-cgroups=full", True),
        ("youki", "shell-job", True),
        ("lxc", "tcp-established", False),
        ("lxc", "no-tcp-established", True),
        ("incus", "manage-cgroups=soft", True),
        ("incus", "manage-cgroups=full", False),
        ("runc", "verbosity=4", False),
        ("runc", "verbosity=3", True),
        ("runc", "verbosity=3\nverbosity=4", False),
        ("cri-o", "no-file-locks", True),
        ("podman", "ghost-limit 64M", False),
        ("runc", "leave-running", False),  # CRIU can't switch it off for a client: CRIU407
        ("containerd", "leave-stopped", True),
        ("lxc", "leave-stopped", True),
        ("runc", "leave-stopped", False),
        ("runc", "tcp-close", False),
        ("crun@1.23", "tcp-close", False),  # CRIU409
        ("crun@1.23", "no-tcp-close", False),
    ],
)
def test_what_callers_send(caller: str, text: str, is_overridden: bool) -> None:
    file = settings(f"{text}\n", role=Role.DEFAULT, caller=caller)
    assert len(lines(overridden_by_runtime.check, file)) == is_overridden


@pytest.mark.parametrize(("criu", "is_overridden"), [("4.0", True), ("4.1", False)])
def test_libcriu_counts(criu: str, is_overridden: bool) -> None:
    file = settings("network-lock skip\n", criu=criu, role=Role.DEFAULT, caller="crun@1.19")
    assert lines(check_default_file, file) == ([1] if is_overridden else [])


@pytest.mark.parametrize(("criu", "expected"), [("3.14", [1]), ("3.15", [])])
def test_tcp_close_was_for_restores_alone(criu: str, expected: list[int]) -> None:
    file = settings("tcp-close\n", criu=criu, role=Role.DEFAULT, caller="crun@1.23")
    assert lines(check_default_file, file) == expected


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.DEFAULT, [1]),
        (Role.USER, [1]),
        (Role.ENV, [1]),
        (Role.CLI, []),
        (Role.RPC, []),
        (None, []),
    ],
)
def test_only_the_default_files_are_overridden(role: Role | None, expected: list[int]) -> None:
    file = settings("tcp-established\n", role=role, caller="runc")
    assert lines(overridden_by_runtime.check, file) == expected


def test_the_line_that_counts_in_the_file_is_reported() -> None:
    file = settings("verbosity=4\nverbosity=3\n", role=Role.DEFAULT, caller="runc")
    assert lines(check_default_file, file) == [2]


@pytest.mark.parametrize(
    ("text", "commands", "expected"),
    [
        ("lazy-pages", ("dump",), [1]),
        ("link-remap", ("restore",), []),
        ("freeze-cgroup /x", ("restore",), []),
        ("freeze-cgroup /x", ("dump",), [1]),
    ],
)
def test_commands_that_read_the_file(
    text: str, commands: tuple[str, ...], expected: list[int]
) -> None:
    file = settings(f"{text}\n", role=Role.DEFAULT, caller="runc", commands=commands)
    assert lines(check_default_file, file) == expected


@pytest.mark.parametrize(
    ("caller", "text", "commands", "message"),
    [
        (
            None,
            "shell-job",
            COMMANDS,
            "overridden by runc, crun, youki: off unless `--shell-job` is given",
        ),
        (
            None,
            "link-remap",
            COMMANDS,
            "overridden by runc 1.3.0 or later, youki 0.7.0 or later:"
            " off unless `--link-remap` is given",
        ),
        (
            "runc@1.3.0",
            "link-remap",
            COMMANDS,
            "overridden by runc: off unless `--link-remap` is given",
        ),
        ("cri-o", "no-file-locks", COMMANDS, "overridden by crun (dump), runc (dump): on"),
        (
            None,
            "log-file a",
            COMMANDS,
            "overridden by runc (dump, pre-dump), crun (dump, pre-dump), youki: `dump.log`;"
            " runc (restore), crun (restore): `restore.log`;"
            " LXC: a file in the directory of the images",
        ),
        ("runc", "log-file dump.log", COMMANDS, "overridden by runc (restore): `restore.log`"),
        ("crun", "log-file a", ("restore",), "overridden by crun: `restore.log`"),
        ("runc", "no-daemon", COMMANDS, "overridden by runc: `restore-detached` on"),
        (
            "lxc",
            "leave-stopped",
            ("dump",),
            "overridden by LXC: `leave-running` on unless `-s` is given",
        ),
        (
            "containerd",
            "work-dir /w",
            ("dump",),
            "overridden by runc: a directory of the shim",
        ),
    ],
)
def test_messages(caller: str | None, text: str, commands: tuple[str, ...], message: str) -> None:
    file = settings(f"{text}\n", role=Role.DEFAULT, caller=caller, commands=commands)
    assert problem(check_default_file, file).message == message


@pytest.mark.parametrize(
    ("caller", "criu", "text", "expected"),
    [
        (
            None,
            "4.2.1",
            "shell-job",
            "move it to /etc/criu/runc.conf or /etc/criu/crun.conf"
            " (crun 1.26 or later with CRIU 4.2 or later);"
            " youki: no file can change that: use `youki checkpoint --shell-job`",
        ),
        ("runc", "4.2.1", "verbosity=3", "remove the line: the caller chooses this"),
        ("lxc", "4.2.1", "no-tcp-established", "no file can change that: remove the line"),
        ("docker", "4.2.1", "shell-job", "move it to /etc/criu/runc.conf"),
        (
            "podman",
            "4.1.1",
            "tcp-established",
            "move it to /etc/criu/runc.conf; crun: no file works with these versions:"
            " use `podman container checkpoint --tcp-established`"
            " and `podman container restore --tcp-established`, or update to CRIU 4.2 or later",
        ),
        (
            "crun@1.19",
            "4.0",
            "network-lock nftables",
            "no file works with these versions:"
            " use `crun checkpoint --network-lock`, or update to crun 1.20 or later",
        ),
        (
            "crun@1.19",
            "4.0",
            "shell-job",
            "no file works with these versions:"
            " use `crun checkpoint --shell-job` and `crun restore --shell-job`,"
            " or update to crun 1.26 or later with CRIU 4.2 or later",
        ),
    ],
)
def test_advice(caller: str | None, criu: str, text: str, expected: str) -> None:
    file = settings(f"{text}\n", criu=criu, role=Role.DEFAULT, caller=caller)
    assert advice(overridden_by_runtime, file) == expected


@pytest.mark.parametrize(
    ("caller", "severity"), [(None, Severity.INFO), ("runc", None), ("podman", None)]
)
def test_severity(caller: str | None, severity: Severity | None) -> None:
    file = settings("shell-job\n", role=Role.DEFAULT, caller=caller)
    assert problem(check_default_file, file).severity is severity


@pytest.mark.parametrize(("criu", "expected"), [("4.1.1", []), ("4.2", [2])])
def test_level_in_a_file_for_rpc_clients(criu: str, expected: list[int]) -> None:
    file = settings("verbosity=2\nverbosity=3\n", criu=criu, role=Role.RPC)
    assert lines(check_level_over_rpc, file) == expected
    assert lines(overridden_by_runtime.check, file) == expected
