# SPDX-License-Identifier: MIT
"""Who may call CRIU, and how it leads CRIU to a file."""

from __future__ import annotations

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.criu.runtimes import engines, runtimes
from criulint.finding import Severity
from criulint.rules.runtime import callers
from tests.rules.asking import settings


def test_nobody_is_named() -> None:
    file = settings("tcp-close\n")
    assert [runtime for runtime, _ in callers.possible_runtimes(file)] == list(runtimes().values())
    every = [(engine, None) for engine in engines().values()]
    assert callers.possible_engines(file) == every
    assert callers.severity_of_caller(file) is Severity.INFO


@pytest.mark.parametrize(
    ("caller", "names", "engine", "version"),
    [
        ("runc", [("runc", None)], None, None),
        ("runc@1.3.0", [("runc", "1.3.0")], None, None),
        ("podman@5.0", [("crun", None), ("runc", None)], "podman", "5.0"),
    ],
)
def test_a_caller_is_named(
    caller: str, names: list[tuple[str, str | None]], engine: str | None, version: str | None
) -> None:
    file = settings("tcp-close\n", caller=caller)
    found = [(runtime.name, known) for runtime, known in callers.possible_runtimes(file)]
    assert sorted(found, key=str) == sorted(names, key=str)
    named = [(each.name, known) for each, known in callers.possible_engines(file)]
    assert named == ([(engine, version)] if engine else [])
    chains = {(chain.engine and chain.engine.name) for chain in callers.possible_chains(file)}
    assert chains == {engine}
    assert callers.severity_of_caller(file) is None


@pytest.mark.parametrize(
    ("caller", "role", "rpc", "command_line"),
    [
        (None, None, False, False),
        (None, Role.DEFAULT, False, False),
        (None, Role.RPC, True, False),
        ("runc", Role.DEFAULT, True, False),
        ("runc", Role.ENV, True, False),
        ("runc", Role.CLI, False, False),
        ("lxc", Role.DEFAULT, False, True),
        ("lxc", Role.USER, False, True),
        ("lxc", Role.CLI, False, False),
        ("lxc", None, False, True),
        ("lxc", Role.RPC, True, True),
    ],
)
def test_how_criu_is_called(
    caller: str | None, role: Role | None, rpc: bool, command_line: bool
) -> None:
    file = settings("tcp-close\n", caller=caller, role=role)
    assert callers.is_called_by_rpc(file) is rpc
    assert callers.is_called_by_command_line(file) is command_line


@pytest.mark.parametrize(
    ("names", "is_known", "rpc"),
    [
        (("runc",), True, True),
        (("runc", "podman"), True, True),
        (("podman", "runc"), True, True),
        (("lxc",), True, False),
        (("lxc", "runc"), True, False),
        # An engine may have a runtime of its own, so that it does not say which one calls CRIU.
        (("podman",), False, False),
        (("incus",), False, False),
        ((), False, False),
    ],
)
def test_callers_that_are_present(names: tuple[str, ...], is_known: bool, rpc: bool) -> None:
    file = settings("tcp-close\n", role=Role.DEFAULT, present=names)
    assert callers.knows_runtimes(file) is is_known
    assert callers.is_called_by_rpc(file) is rpc


@pytest.mark.parametrize(
    ("path", "role", "caller", "commands", "is_read"),
    [
        ("/etc/criu/default.conf", None, None, COMMANDS, True),
        ("/srv/a.conf", None, "runc", COMMANDS, False),
        ("/srv/a.conf", Role.ENV, "runc", COMMANDS, True),
        ("/etc/criu/runc.conf", None, "runc", COMMANDS, True),
        ("/etc/criu/crun.conf", None, "runc", COMMANDS, False),
        ("/etc/criu/crun.conf", Role.RPC, "runc", COMMANDS, False),
        # An annotation names it.
        ("/srv/a.conf", Role.RPC, "runc", COMMANDS, True),
        ("/srv/a.conf", Role.RPC, "lxc", COMMANDS, False),
        ("/root/.criu/default.conf", None, "podman", COMMANDS, True),
        ("/root/.criu/default.conf", None, "podman", ("dump", "pre-dump"), False),
        ("/root/.criu/default.conf", None, None, ("dump", "pre-dump"), True),
        ("/root/.criu/default.conf", None, "cri-o", COMMANDS, False),
    ],
)
def test_who_reads_a_file(
    path: str, role: Role | None, caller: str | None, commands: tuple[str, ...], is_read: bool
) -> None:
    file = settings("tcp-close\n", path=path, role=role, caller=caller, commands=commands)
    assert callers.is_read(file) is is_read


@pytest.mark.parametrize(
    ("name", "option", "flags"),
    [
        ("runc", "shell-job", ["runc checkpoint --shell-job", "runc restore --shell-job"]),
        ("docker", "leave-running", ["docker checkpoint create --leave-running"]),
        # Both can do it, but no command line asks for it.
        ("lxc", "track-mem", []),
        ("cri-o", "leave-running", []),
    ],
)
def test_command_lines_that_ask_for_an_option(name: str, option: str, flags: list[str]) -> None:
    file = settings("tcp-close\n", caller=name)
    caller, *_ = callers.possible_callers(file)
    assert caller.flags(option, COMMANDS) == flags
