# SPDX-License-Identifier: MIT
"""Real runtimes checkpoint and restore real containers, and ask CRIU what criulint says they ask.

The runtimes are those of Debian's suites; ``stub.c`` stands in for CRIU and says no, so that one
container serves for all. What other versions asked is in `tests/criu/data/wire.jsonl`. LXC, Podman,
containerd and Docker have tests of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from criulint.criu.context import COMMANDS, Role
from criulint.criu.options import option_table
from criulint.criu.precedence import FileNames, Invocation, candidate_files
from criulint.criu.releases import find_release
from criulint.criu.runtimes import runtimes
from tests.criu.wire import predict, unseen
from tests.oracle import rpc
from tests.oracle.roots import unpacked
from tests.oracle.runtimes import container
from tests.oracle.runtimes.hosts import Packages, sandboxed, sent_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracle.sandbox import Sandbox

_BOTH = ("runc", "crun", "libcriu2")
#: crun of bookworm has no CRIU. An own libcriu is that of another suite.
_HOSTS = {
    "runc of bookworm": ("runc", Packages(("runc",), "bookworm", "3.17.1"), None),
    "runc of trixie": ("runc", Packages(_BOTH, "trixie", "4.1.1"), None),
    "crun of trixie": ("crun", Packages(_BOTH, "trixie", "4.1.1"), None),
    "runc of sid": ("runc", Packages(_BOTH, "sid", "4.2.1"), None),
    "crun of sid": ("crun", Packages(_BOTH, "sid", "4.2.1"), None),
    "crun of sid with libcriu 4.1.1": ("crun", Packages(_BOTH, "sid", "4.1.1"), "trixie"),
    "runc of experimental": ("runc", Packages(("runc",), "experimental", "4.3"), None),
}
_LIBCRIU = "usr/lib/*/libcriu.so.2"
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


class Host(NamedTuple):
    """A sandbox with a runtime of `version`, and the release of the libcriu there."""

    sandbox: Sandbox
    runtime: str
    version: str
    release: str

    def caller(self, command: str) -> Invocation:
        """Return the runtime as `effective` has it."""
        return Invocation(runtimes()[self.runtime], self.version, None, None, command, rpc=True)

    def ask(self, command: str, *flags: str) -> rpc.Asked:
        """Let the runtime checkpoint or restore, and return what it asked last."""
        done, requests = self._run(command, *flags)
        assert requests, done.output
        asked = rpc.decode(requests[-1])
        assert asked.kind.removeprefix("single ") == command, done.output
        return asked

    def complaint(self, command: str) -> str:
        """Let the runtime checkpoint or restore, and return what it says as it does not ask."""
        done, requests = self._run(command)
        assert {rpc.decode(each).kind for each in requests} <= {"version"} and done.status != 0
        return done.output

    def _run(self, command: str, *flags: str) -> tuple[container.Done, tuple[bytes, ...]]:
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
        return done, self.sandbox.call(container.asked).requests


@pytest.fixture(scope="module", params=_HOSTS.values(), ids=list(_HOSTS))
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    runtime, packages, suite_of_libcriu = request.param
    with sandboxed(packages, runtime) as sandbox:
        if suite_of_libcriu:
            _replace_libcriu(sandbox, suite_of_libcriu)
        sandbox.call(container.make_bundle, runtime, None)
        answer = sandbox.call(container.call, runtime, "--version").output
        version = answer.split()[2].partition("+")[0]
        sandbox.call(container.start, runtime, _CONTAINER)
        yield Host(sandbox, runtime, version, packages.release)


def _replace_libcriu(sandbox: Sandbox, suite: str) -> None:
    root = unpacked("runc", suite, *_BOTH[1:], "busybox-static")
    (library,) = root.glob(_LIBCRIU)
    sandbox.call(container.replace_library, _LIBCRIU, library.read_bytes())


@pytest.mark.parametrize("command", COMMANDS)
def test_request_is_the_predicted_one(host: Host, command: str) -> None:
    host.ask("dump")  # A restore wants a file that it leaves.
    sent = sent_options(host.ask(command))
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
    usual = sent_options(host.ask(command))
    runtime = runtimes()[host.runtime]
    for option in option_table("4.2.1").options:
        flag = runtime.flag(option, command, host.version)
        if flag and flag != "--image-path" and option not in ("address", "port"):
            value, expected = _VALUES.get(flag, ("", True))
            sent = sent_options(host.ask(command, flag, *filter(None, [value])))
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
    names = FileNames(home="", variable="", config=None, rpc=annotation)
    files = list(candidate_files(names, host.caller("dump"), host.release, lambda path: True))
    refused = [file for file in files if file.state == "refused"]
    call(container.stop, runtime, _CONTAINER)
    try:
        call(container.make_bundle, runtime, annotation)
        call(container.start, runtime, _CONTAINER)
        if refused:
            assert refused[0].reason.partition(": ")[2] in host.complaint("dump")
            return
        named = host.ask("dump").options.get("config_file")
    finally:
        call(container.stop, runtime, _CONTAINER)
        call(container.make_bundle, runtime, None)
        call(container.start, runtime, _CONTAINER)
    read = [file.path for file in files if file.state == "read"]
    # crun passes an empty name on, and CRIU reads nothing.
    assert [path for path in read if path.endswith("mine.conf")] == ([named] if named else [])
