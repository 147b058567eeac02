# SPDX-License-Identifier: MIT
"""Real Podman checkpoints and restores a real container, and the request is the predicted one.

Podman 6 with runc is not here: it needs controllers that not every host has in its cgroup2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from criulint.criu.context import COMMANDS
from criulint.criu.precedence import Invocation
from criulint.criu.runtimes import engines, runtimes
from tests.oracle.runtimes import container
from tests.oracle.runtimes.hosts import (
    Packages,
    assert_predicted,
    last_request,
    sandboxed,
    sent_options,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracle.runtimes.hosts import RequestOfEngine
    from tests.oracle.sandbox import Sandbox

_NAME = "here"
_STORAGE = """\
[storage]
driver = "vfs"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
"""
_CONFIGURATION = """\
[containers]
pids_limit = 0
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "{runtime}"
"""
_ALL = ("podman", "crun", "runc", "libcriu2")
_HOSTS = {
    "crun of trixie": ("crun", Packages(_ALL, "trixie", "4.1.1")),
    "runc of trixie": ("runc", Packages(_ALL, "trixie", "4.1.1")),
    "crun of sid": ("crun", Packages(_ALL, "sid", "4.2.1")),
    "runc of sid": ("runc", Packages(_ALL, "sid", "4.2.1")),
}
_WORDS = {
    "dump": ("checkpoint", "--keep"),
    "pre-dump": ("checkpoint", "--keep", "--pre-checkpoint"),
    "restore": ("restore", "--keep"),
}


class Host(NamedTuple):
    """A sandbox with Podman of `version`, its runtime, and a running container."""

    sandbox: Sandbox
    version: str
    runtime: str
    runtime_version: str
    release: str

    def caller(self, command: str) -> Invocation:
        """Return both as `effective` has them."""
        runtime, engine = runtimes()[self.runtime], engines()["podman"]
        return Invocation(runtime, self.runtime_version, engine, self.version, command, rpc=True)

    def ask(self, command: str, *flags: str) -> RequestOfEngine:
        """Let Podman checkpoint or restore; return the request, and CRIU's variables there."""
        call = self.sandbox.call
        if command == "restore":
            self._leave_a_checkpoint()
        call(container.answer_as, self.release)
        done = call(container.call, "podman", "container", *_WORDS[command], *flags, _NAME)
        asked = call(container.asked)
        if command == "restore":
            call(container.call, "podman", "start", _NAME)
        return last_request(asked, command, done.output)

    def _leave_a_checkpoint(self) -> None:
        call = self.sandbox.call
        call(container.call, "podman", "kill", _NAME)
        call(container.call, "podman", "wait", _NAME)
        path = call(
            container.call, "podman", "inspect", "--format", "{{.StaticDir}}", _NAME
        ).output.strip()
        self.sandbox.write(f"{path}/checkpoint/inventory.img", "")


@pytest.fixture(scope="module", params=_HOSTS.values(), ids=list(_HOSTS))
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    runtime, packages = request.param
    with sandboxed(packages, f"podman-{runtime}") as sandbox:
        sandbox.call(container.make_root)
        policy = '{"default": [{"type": "insecureAcceptAnything"}]}'
        sandbox.write("/etc/containers/policy.json", policy)
        sandbox.write("/etc/containers/storage.conf", _STORAGE)
        sandbox.write("/etc/containers/containers.conf", _CONFIGURATION.format(runtime=runtime))
        versions = [
            sandbox.call(container.call, name, "--version").output.split()[2].partition("+")[0]
            for name in ("podman", runtime)
        ]
        limits = ("--ulimit", "nofile=64:64", "--ulimit", "nproc=64:64")
        words = ("run", "--detach", "--name", _NAME, "--network", "none", *limits, "--rootfs")
        program = ("sh", "-c", "while :; do sleep 1; done")
        rootfs = f"{container.BUNDLE}/rootfs"
        done = sandbox.call(container.call, "podman", *words, rootfs, *program)
        assert done.status == 0, done.output
        yield Host(sandbox, versions[0], runtime, versions[1], packages.release)


@pytest.mark.parametrize("command", COMMANDS)
def test_request_is_the_predicted_one(host: Host, command: str) -> None:
    assert_predicted(host.ask(command), host.caller(command), host.release)


@pytest.mark.parametrize(
    ("command", "flag"),
    [
        ("dump", "--leave-running"),
        ("dump", "--tcp-established"),
        ("dump", "--file-locks"),
        ("restore", "--tcp-established"),
        ("restore", "--file-locks"),
        ("restore", "--tcp-close"),
    ],
)
def test_flags_change_what_they_are_said_to(host: Host, command: str, flag: str) -> None:
    option = flag.removeprefix("--")
    caller = host.caller(command)
    assert caller.engine
    if not caller.engine.flag(option, command, host.version, host.runtime):
        with pytest.raises(AssertionError, match=r"unknown flag|not defined"):
            host.ask(command, flag)
        return
    usual, sent = (sent_options(host.ask(command, *flags)[0]) for flags in ((), (flag,)))
    changed = {name for name in sent if isinstance(sent[name], bool) and sent != usual}
    assert sent[option] is True
    assert {name for name in changed if sent[name] != usual.get(name)} == {option}
