# SPDX-License-Identifier: MIT
"""Real runtimes checkpoint and restore real containers, and ask CRIU what criulint says they ask.

The runtimes are those of Debian's suites; ``stub.c`` stands in for CRIU and says no, so that one
container serves for all. What other versions asked is in `tests/criu/data/wire.jsonl`. Not here:
LXC and Podman, of which that file has requests, too.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.criu.options import option_table
from criulint.criu.precedence import Caller, FileNames, candidate_files
from criulint.criu.releases import find_release
from criulint.criu.runtimes import runtimes
from tests.criu.wire import predict, unseen
from tests.oracle import rpc
from tests.oracle.roots import SUITES, RootError, stub, unpacked
from tests.oracle.runtimes import container
from tests.oracle.runtimes.groups import remove_group
from tests.oracle.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

#: CRIU's release, which is libcriu's -> the runtimes of its suite. crun of bookworm has no CRIU.
_RUNTIMES = {"3.17.1": ("runc",), "4.1.1": ("runc", "crun"), "4.2.1": ("runc", "crun")}
_MORE = {
    "3.17.1": ("busybox-static",),
    "4.1.1": ("crun", "libcriu2", "busybox-static"),
    "4.2.1": ("crun", "libcriu2", "busybox-static"),
}
_CONTAINER, _RESTORED, _IMAGES = "here", "there", "/images/dump"
_FILES = {"runc": "/etc/criu/runc.conf", "crun": "/etc/criu/crun.conf"}
#: Flags that take a value, and what the request then has.
_VALUES: dict[str, tuple[str, Any]] = {
    "--manage-cgroups-mode": ("full", "full"),
    "--network-lock": ("nftables", "nftables"),
    "--work-path": ("/images/work", None),
    "--parent-path": ("../parent", None),
    "--page-server": ("127.0.0.1:9", None),
    "--lsm-profile": ("apparmor:x", "apparmor:x"),
    "--lsm-mount-context": ("context", "context"),
}
#: Fields that have an option's meaning under another name, or none at all.
_RENAMED = {"ext_mnt": "external", "manage_cgroups": "manage-cgroups", "ps": "page-server"}
_NO_OPTION = {"pid", "notify_scripts", "orphan_pts_master", "config_file"}
_MODES = {0: "ignore", 3: "soft", 4: "full", 5: "strict", 6: "soft"}
_LOCKS = {1: "iptables", 2: "nftables", 3: "skip"}


class Host(NamedTuple):
    """A sandbox with a runtime of `version`, and the release of the libcriu there."""

    sandbox: Sandbox
    runtime: str
    version: str
    release: str

    def caller(self, command: str) -> Caller:
        """Return the runtime as `effective` has it."""
        return Caller(runtimes()[self.runtime], self.version, None, None, command, rpc=True)

    def ask(self, command: str, *flags: str) -> rpc.Asked:
        """Let the runtime checkpoint or restore, and return what it asked last."""
        self.sandbox.call(container.answer_as, self.release)
        words = {
            "dump": ("checkpoint", *flags, "--image-path", _IMAGES, _CONTAINER),
            "pre-dump": (
                "checkpoint",
                "--pre-dump",
                *flags,
                "--image-path",
                "/images/pre",
                _CONTAINER,
            ),
            "restore": (
                *("restore", "--detach", *flags, "--image-path", _IMAGES),
                *("--bundle", container.BUNDLE, _RESTORED),
            ),
        }[command]
        done = self.sandbox.call(container.call, self.runtime, *words)
        self.sandbox.call(container.stop, self.runtime, _RESTORED)
        requests = self.sandbox.call(container.asked).requests
        assert requests, done.output
        asked = rpc.decode(requests[-1])
        assert asked.kind.removeprefix("single ") == command, done.output
        return asked


@pytest.fixture(
    scope="module",
    params=[(release, name) for release, names in _RUNTIMES.items() for name in names],
    ids=" ".join,
)
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    release, runtime = request.param
    group = f"criulint-{os.getpid()}-{release}-{runtime}"
    try:
        root = unpacked("runc", SUITES[release], *_MORE[release])
        with Sandbox(release, root, container.__name__) as sandbox:
            sandbox.call(container.set_up, stub().read_bytes(), group)
            sandbox.call(container.make_bundle, runtime, None)
            said = sandbox.call(container.call, runtime, "--version").output
            version = said.split()[2].partition("+")[0]
            sandbox.call(container.start, runtime, _CONTAINER)
            yield Host(sandbox, runtime, version, release)
    except RootError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no {runtime} to ask: {error}")
    finally:
        remove_group(group)


def _sent(asked: rpc.Asked) -> dict[str, Any]:
    """Return the options of a request by CRIU's names."""
    names = {option.rpc_field: name for name, option in option_table("4.2.1").options.items()}
    sent: dict[str, Any] = {}
    for field, value in asked.options.items():
        if field in _NO_OPTION:
            continue
        name = _RENAMED.get(field) or names[field]
        if field == "manage_cgroups":
            value = "soft" if value else "ignore"
        elif field == "manage_cgroups_mode":
            value = _MODES[value]
        elif field == "network_lock":
            value = _LOCKS[value]
        elif field == "empty_ns":
            value = "net"
        sent[name] = value
    return sent


@pytest.mark.parametrize("command", COMMANDS)
def test_request_is_the_predicted_one(host: Host, command: str) -> None:
    host.ask("dump")  # A restore wants a file that it leaves.
    sent = _sent(host.ask(command))
    caller = host.caller(command)
    predicted = predict(caller, find_release(host.release))
    assert set(predicted) ^ set(sent) <= unseen(caller)
    assert caller.runtime
    for field in caller.runtime.all_sent(command, host.version, host.release):
        if field.value is not None and field.option in sent:
            assert sent[field.option] == field.value, field.option


@pytest.mark.parametrize("command", COMMANDS)
def test_flags_change_what_they_are_said_to(host: Host, command: str) -> None:
    host.ask("dump")
    usual = _sent(host.ask(command))
    runtime = runtimes()[host.runtime]
    for option in option_table("4.2.1").options:
        flag = runtime.flag(option, command, host.version)
        if flag and flag != "--image-path" and option not in ("address", "port"):
            value, expected = _VALUES.get(flag, ("", True))
            sent = _sent(host.ask(command, flag, *filter(None, [value])))
            assert sent.get(option) != usual.get(option), (option, flag)
            assert expected is None or sent[option] == expected or option == "track-mem"


@pytest.mark.parametrize("files", [(), ("runc",), ("crun",), ("runc", "crun")], ids="+".join)
@pytest.mark.parametrize("command", COMMANDS)
def test_named_file_is_the_predicted_one(host: Host, command: str, files: tuple[str, ...]) -> None:
    host.ask("dump")
    host.sandbox.remove(*_FILES.values())
    for name in files:
        host.sandbox.write(_FILES[name], "")
    named = host.ask(command).options.get("config_file")
    names = FileNames(home="", variable="", config=None, rpc=None)
    there = {_FILES[name] for name in files}
    candidates = candidate_files(names, host.caller(command), host.release, there.__contains__)
    read = [file.path for file in candidates if file.role is Role.RPC and file.state == "read"]
    assert read[-1:] == ([named] if named else [])


@pytest.mark.parametrize("annotation", ["/etc/criu/mine.conf", ""])
def test_annotation_does_what_it_is_said_to(host: Host, annotation: str) -> None:
    call, runtime = host.sandbox.call, host.runtime
    call(container.stop, runtime, _CONTAINER)
    try:
        call(container.make_bundle, runtime, annotation)
        call(container.start, runtime, _CONTAINER)
        named = host.ask("dump").options.get("config_file")
    finally:
        call(container.stop, runtime, _CONTAINER)
        call(container.make_bundle, runtime, None)
        call(container.start, runtime, _CONTAINER)
    names = FileNames(home="", variable="", config=None, rpc=annotation)
    files = candidate_files(names, host.caller("dump"), host.release, lambda path: True)
    read = [file.path for file in files if file.state == "read"]
    # crun passes an empty name on, and CRIU reads nothing.
    assert [path for path in read if path.endswith("mine.conf")] == ([named] if named else [])
