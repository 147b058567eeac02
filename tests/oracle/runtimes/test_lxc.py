# SPDX-License-Identifier: MIT
"""Real LXC checkpoints and restores a real container, and runs CRIU as criulint says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from criulint.criu.context import COMMANDS
from criulint.criu.getopt import ParsedOption, parse_words
from criulint.criu.options import option_table
from criulint.criu.precedence import Invocation
from criulint.criu.releases import find_release
from criulint.criu.runtimes import runtimes
from criulint.source import decode, encode
from tests.criu.wire import predict
from tests.oracle.runtimes import container
from tests.oracle.runtimes.hosts import Packages, sandboxed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracle.sandbox import Sandbox

_NAME = "here"
_CONFIGURATION = f"""\
lxc.uts.name = {_NAME}
lxc.rootfs.path = dir:{container.BUNDLE}/rootfs
lxc.init.cmd = /bin/busybox sleep 1000
lxc.net.0.type = empty
lxc.mount.auto = proc:rw
lxc.apparmor.profile = unconfined
lxc.tty.max = 0
lxc.console.path = none
"""
_SUITES = {"bookworm": "3.17.1", "trixie": "4.1.1", "sid": "4.2.1"}
_WORDS = {
    "dump": ("-D", "/images/dump"),
    "pre-dump": ("-p", "-D", "/images/pre"),
    "restore": ("-r", "-D", "/images/dump"),
}
#: Flags to try, with the command that has them.
_FLAGS = (
    ("dump", "-s"),
    ("dump", "-v"),
    ("dump", "-A", "/hook"),
    ("pre-dump", "--predump-dir=../before"),
    ("restore", "-v"),
)


class Host(NamedTuple):
    """A sandbox with LXC of `version` and a running container."""

    sandbox: Sandbox
    version: str
    release: str

    def run(self, command: str, *flags: str) -> dict[str, list[Any]]:
        """Let LXC checkpoint or restore, and return the options that it gave CRIU."""
        call = self.sandbox.call
        call(container.answer_as, self.release)
        if command == "restore":
            call(container.call, "lxc-stop", "--kill", "--name", _NAME)
        words = ("lxc-checkpoint", "--name", _NAME, *_WORDS[command], *flags)
        done = call(container.call, *words)
        asked = call(container.asked).words
        if command == "restore":
            call(container.call, "lxc-start", "--name", _NAME, "--daemon")
        assert asked and asked[-1][0] == command, done.output
        return _options(asked[-1][1:], self.release)

    def predict(self, command: str, *flags: str) -> dict[str, list[Any]]:
        """Return what criulint says of it."""
        caller = Invocation(runtimes()["lxc"], self.version, None, None, command, rpc=False)
        return predict(caller, find_release(self.release), flags)


@pytest.fixture(scope="module", params=_SUITES)
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    release = _SUITES[request.param]
    with sandboxed(Packages(("lxc",), request.param, release), "lxc") as sandbox:
        sandbox.call(container.make_root)
        sandbox.write(f"/var/lib/lxc/{_NAME}/config", _CONFIGURATION)
        version = sandbox.call(container.call, "lxc-start", "--version").output.strip()
        done = sandbox.call(container.call, "lxc-start", "--name", _NAME, "--daemon")
        assert done.status == 0, done.output
        yield Host(sandbox, version, release)


def _options(words: tuple[str, ...], release: str) -> dict[str, list[Any]]:
    """Return the values of each option on a command line of CRIU."""
    found: dict[str, list[Any]] = {}
    for result in parse_words([encode(word) for word in words], option_table(release)).results:
        assert isinstance(result, ParsedOption), result
        option = result.option
        value: Any = True if result.value is None else decode(result.value)
        if result.value is not None and (number := option.number(result.value)) is not None:
            value = number
        found.setdefault(option.variable, []).append(value)
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_command_line_is_the_predicted_one(host: Host, command: str) -> None:
    given, predicted = host.run(command), host.predict(command)
    assert set(given) == set(predicted)
    for option, values in predicted.items():
        for ours, real in zip(values, given[option], strict=True):
            is_text = isinstance(ours, str) and " " in ours  # what it is, in words
            assert is_text or ours == real, option


@pytest.mark.parametrize(("command", "flags"), [(each[0], each[1:]) for each in _FLAGS])
def test_flags_change_what_they_are_said_to(
    host: Host, command: str, flags: tuple[str, ...]
) -> None:
    usual, given = host.run(command), host.run(command, *flags)
    changed = {name for name in {*usual, *given} if usual.get(name) != given.get(name)}
    ours, now = host.predict(command), host.predict(command, *flags)
    assert changed == {name for name in {*ours, *now} if ours.get(name) != now.get(name)}
    for name in changed:
        assert given.get(name) == now.get(name), name


def test_environment_is_passed_on(host: Host) -> None:
    host.run("dump")
    variables = host.sandbox.call(container.asked).variables
    assert set(variables[-1]) == {"HOME", "CRIU_CONFIG_FILE"}
