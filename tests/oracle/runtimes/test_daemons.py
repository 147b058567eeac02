# SPDX-License-Identifier: MIT
"""Real containerd and Docker checkpoint a real container, and the request is the predicted one.

Docker restores, too, from a checkpoint that is empty: CRIU, which is a stub, would say no anyway.
containerd restores only what it has checkpointed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from criulint.criu.precedence import Invocation
from criulint.criu.runtimes import engines, runtimes
from tests.oracle.runtimes import container
from tests.oracle.runtimes.groups import remove_group
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
_PROGRAM = ("/bin/sh", "-c", "while :; do /bin/sleep 1; done")
_CONFIGURATION = """\
version = 2
disabled_plugins = [
  "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"
]
"""
_DOCKERD = (
    *("dockerd", "--experimental", "--iptables=false", "--ip6tables=false", "--bridge=none"),
    *("--storage-driver=vfs", "--exec-opt=native.cgroupdriver=cgroupfs"),
)
_CTR, _DOCKER = ("containerd", "runc"), ("docker.io", "containerd", "runc")
_HOSTS = {
    "containerd of bookworm": ("containerd", Packages(_CTR, "bookworm", "3.17.1")),
    "containerd of trixie": ("containerd", Packages(_CTR, "trixie", "4.1.1")),
    "containerd of sid": ("containerd", Packages(_CTR, "sid", "4.2.1")),
    "docker of bookworm": ("docker", Packages(_DOCKER, "bookworm", "3.17.1")),
    "docker of trixie": ("docker", Packages((*_DOCKER, "docker-cli"), "trixie", "4.1.1")),
}


class Host(NamedTuple):
    """A sandbox with an engine of `version`, its runc, and a running container."""

    sandbox: Sandbox
    engine: str
    version: str
    runtime_version: str
    release: str

    def caller(self, command: str) -> Invocation:
        """Return both as `effective` has them."""
        runtime, engine = runtimes()["runc"], engines()[self.engine]
        return Invocation(runtime, self.runtime_version, engine, self.version, command, rpc=True)

    def ask(self, command: str, *flags: str) -> RequestOfEngine:
        """Let the engine checkpoint or restore; return the request, and CRIU's variables there."""
        call = self.sandbox.call
        words = ("ctr", "tasks", "checkpoint", *flags, _NAME)
        if self.engine == "docker":
            words = ("docker", "checkpoint", "create", *flags, _NAME, "new")
        if command == "restore":
            words = ("docker", "start", "--checkpoint", self._leave_a_checkpoint(), _NAME)
        call(container.answer_as, self.release)
        done = call(container.call, *words)
        asked = call(container.asked)
        if command == "restore":
            call(container.call, "docker", "start", _NAME)
        return last_request(asked, command, done.output)

    def _leave_a_checkpoint(self) -> str:
        call = self.sandbox.call
        call(container.call, "docker", "kill", _NAME)
        done = call(container.call, "docker", "inspect", "--format", "{{.Id}}", _NAME)
        path = f"/var/lib/docker/containers/{done.output.strip()}/checkpoints/old"
        self.sandbox.write(f"{path}/config.json", "{}")
        self.sandbox.write(f"{path}/descriptors.json", '["/dev/null", "pipe:[1]", "pipe:[2]"]')
        return "old"


@pytest.fixture(scope="module", params=_HOSTS.values(), ids=list(_HOSTS))
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    engine, packages = request.param
    with sandboxed(packages, engine) as sandbox:
        call = sandbox.call
        call(container.make_root)
        call(container.mount_controllers, group := f"criulint-{engine}-{packages.suite}")
        try:
            version = _start_docker(sandbox) if engine == "docker" else _start_containerd(sandbox)
            runc = call(container.call, "runc", "--version").output.split()[2]
            versions = [each.partition("+")[0] for each in (version, runc)]
            yield Host(sandbox, engine, versions[0], versions[1], packages.release)
        finally:
            ctr = ("ctr", "tasks", "kill", "--signal", "9", _NAME)
            call(container.call, *(("docker", "kill", _NAME) if engine == "docker" else ctr))
            call(container.stop_daemons)
    remove_group(group)


def _start_containerd(sandbox: Sandbox) -> str:
    sandbox.write("/etc/containerd/config.toml", _CONFIGURATION)
    _need(sandbox.call(container.start_daemon, ("containerd",), ("ctr", "version")))
    rootfs = f"{container.BUNDLE}/rootfs"
    words = ("ctr", "run", "--detach", "--rootfs", rootfs, _NAME, *_PROGRAM)
    _need(sandbox.call(container.call, *words))
    output = sandbox.call(container.call, "containerd", "--version").output
    return output.split()[2].partition("~")[0]


def _start_docker(sandbox: Sandbox) -> str:
    call, image = sandbox.call, "/tmp/image.tar"
    _need(call(container.start_daemon, _DOCKERD, ("docker", "version")))
    for words in (
        ("busybox", "tar", "-cf", image, "-C", f"{container.BUNDLE}/rootfs", "."),
        ("docker", "import", image, "image"),
        ("docker", "run", "--detach", "--name", _NAME, "--network", "none", "image", *_PROGRAM),
    ):
        _need(call(container.call, *words))
    return call(
        container.call, "docker", "version", "--format", "{{.Server.Version}}"
    ).output.strip()


def _need(done: container.Done) -> None:
    assert done.status == 0, done.output


@pytest.mark.parametrize("command", ["dump", "restore"])
def test_request_is_the_predicted_one(host: Host, command: str) -> None:
    if command == "restore" and host.engine != "docker":
        pytest.skip("containerd restores only what it has checkpointed")
    assert_predicted(host.ask(command), host.caller(command), host.release)


def test_flags_change_what_they_are_said_to(host: Host) -> None:
    flag, value = ("--leave-running", True) if host.engine == "docker" else ("--exit", False)
    usual, sent = (sent_options(host.ask("dump", *flags)[0]) for flags in ((), (flag,)))
    assert sent["leave-running"] is value
    booleans = {name for name in sent if isinstance(sent[name], bool)}
    assert {name for name in booleans if sent[name] != usual.get(name)} == {"leave-running"}
