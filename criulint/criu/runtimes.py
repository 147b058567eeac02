# SPDX-License-Identifier: GPL-2.0-only
"""What the programs that call CRIU do: the files that they name, and what they send with every request.

The facts are in ``runtimes.json``, each with its source. A *runtime* (runc, crun, youki, LXC) calls CRIU itself; an
*engine* (Podman, CRI-O, containerd, Docker, Incus) calls a runtime.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from criulint.criu.context import Caller
from criulint.criu.releases import Release

_SPELLINGS = {"crio": "cri-o", "containerd-shim": "containerd", "moby": "docker", "liblxc": "lxc"}


class UnknownCallerError(ValueError):
    """A runtime or engine that criulint knows nothing of."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.known = (*runtimes(), *engines())
        super().__init__(f"no runtime {name!r}; known ones: {', '.join(self.known)}")


class RequestField(NamedTuple):
    """An option that a caller sends with each of `commands`, so that the default files have no say in it.

    `value` is what it sends unless its user asks for something else with `flag`: a bool, a number or a string, or None if
    that is known only at run time; `what` then says what it is. It does so from its version `since` on, up to but without
    `until`.
    """

    option: str
    commands: tuple[str, ...]
    value: bool | int | str | None
    flag: str | None
    what: str | None
    since: str | None
    until: str | None

    @property
    def words(self) -> str:
        """The value in words, as the end of “runc sends …”."""
        value = self.what or (
            str(self.value).lower() if isinstance(self.value, bool) else f"`{self.value}`"
        )
        return (
            f"{value} unless `{self.flag}` is given" if self.flag and self.what is None else value
        )


class RpcFile(NamedTuple):
    """A configuration file that a runtime names to CRIU.

    It does so from its version `since` on and with CRIU `criu` or later (None: any); `only_without` is the path of
    another file that it prefers.
    """

    path: str
    since: str | None
    criu: str | None
    only_without: str | None


class Runtime:
    """A program that calls CRIU."""

    def __init__(self, name: str, facts: dict[str, Any]) -> None:
        self.name = name
        #: Its name in running text.
        self.title: str = facts["title"]
        #: Whether it speaks to ``criu swrk``, and not to the command line.
        self.rpc: bool = facts["transport"] == "rpc"
        #: CRIU's commands that it uses.
        self.commands: tuple[str, ...] = tuple(facts["commands"])
        #: The configuration files that it names, in the order in which it looks for them.
        self.files = tuple(
            RpcFile(file["path"], file.get("since"), file.get("criu"), file.get("only-without"))
            for file in facts["files"]
        )
        self._sends = tuple(map(_sent, facts["sends"]))

    def sends(self, option: str, command: str, version: str | None = None) -> RequestField | None:
        """What it sends for `option` with `command`; `version` None stands for any, and then `since` tells from when on."""
        for sent in self._sends:
            if (
                sent.option == option
                and command in sent.commands
                and in_range(version, sent.since, sent.until)
            ):
                return sent
        return None

    def all_sent(self, command: str, version: str | None = None) -> Iterator[RequestField]:
        """All that it sends with `command`. Without a `version` that is what the newest one sends."""
        for sent in self._sends:
            if (
                command in sent.commands
                and (version or not sent.until)
                and in_range(version, sent.since, sent.until)
            ):
                yield sent

    def reads(self, path: str, version: str | None, criu: str) -> bool:
        """Whether it names the file `path` to CRIU. `version` None: whether its newest one does."""
        return any(
            file.path == path
            and in_range(version, file.since, None)
            and (file.criu is None or Release(criu) >= file.criu)
            for file in self.files
        )


class Engine:
    """A program above a runtime."""

    def __init__(self, name: str, facts: dict[str, Any]) -> None:
        self.name = name
        self.title: str = facts["title"]
        #: The names of the runtimes that it uses, the usual one first.
        self.runtimes: tuple[str, ...] = tuple(facts["runtimes"])
        self._flags: dict[str, list[str]] = facts["flags"]
        self._stripped: dict[str, list[str]] = facts["stripped"]
        self._sends = tuple(map(_sent, facts["sends"]))

    def has_flag(self, option: str, command: str) -> bool:
        """Whether its user can ask for the option with `command`."""
        return command in self._flags.get(option, ())

    def sends(self, option: str, command: str) -> RequestField | None:
        """What it makes its runtime send for `option` with `command`, whatever its user asks for."""
        return next(
            (sent for sent in self._sends if sent.option == option and command in sent.commands),
            None,
        )

    def all_sent(self, command: str) -> Iterator[RequestField]:
        """All that it makes its runtime send with `command`."""
        return (sent for sent in self._sends if command in sent.commands)

    def strips(self, variable: str, command: str) -> bool:
        """Whether the environment variable does not reach CRIU with `command`."""
        return variable in self._stripped.get(command, ())


def _sent(facts: dict[str, Any]) -> RequestField:
    return RequestField(
        facts["option"],
        tuple(facts["commands"]),
        facts["value"],
        facts.get("flag"),
        facts.get("what"),
        facts.get("since"),
        facts.get("until"),
    )


@cache
def _facts() -> dict[str, Any]:
    with open(os.path.join(os.path.dirname(__file__), "runtimes.json"), encoding="utf-8") as file:
        facts: dict[str, Any] = json.load(file)
    return facts


@cache
def runtimes() -> dict[str, Runtime]:
    """The runtimes by name."""
    return {name: Runtime(name, facts) for name, facts in _facts()["runtimes"].items()}


@cache
def engines() -> dict[str, Engine]:
    """The engines by name."""
    return {name: Engine(name, facts) for name, facts in _facts()["engines"].items()}


def caller_names() -> tuple[str, ...]:
    """All names that `find_caller` takes."""
    return (*runtimes(), *engines(), *_SPELLINGS)


def find_caller(text: str) -> Caller:
    """The caller that ``"runc"`` or ``"crun@1.26"`` names. UnknownCallerError, or ValueError for a version that is none."""
    name, at, version = text.strip().partition("@")
    name = name.lower()
    name = _SPELLINGS.get(name, name)
    if name not in runtimes() and name not in engines():
        raise UnknownCallerError(name)
    version = version.removeprefix("v")
    if at and not re.fullmatch(r"[0-9]+(\.[0-9]+)*([-~+].*)?", version):
        raise ValueError(f"{text.strip()!r} has no version behind the @")
    return Caller(name, version or None)


def runtimes_of(caller: Caller | None) -> list[tuple[Runtime, str | None]]:
    """The runtimes that may call CRIU, each with its version if that is known: the caller's, or all."""
    if caller is None:
        return [(runtime, None) for runtime in runtimes().values()]
    if caller.name in runtimes():
        return [(runtimes()[caller.name], caller.version)]
    return [(runtimes()[name], None) for name in engines()[caller.name].runtimes]


def engine_of(caller: Caller | None) -> Engine | None:
    """The engine, if the caller is one."""
    return engines().get(caller.name) if caller else None


def cannot_be_cleared(option: str) -> bool:
    """Whether an RPC client can't switch off what a file switched on. Source: criu/cr-service.c (v4.2)."""
    return option in _facts()["criu"]["true-only"]["options"]


def always_set(option: str) -> bool:
    """Whether each RPC request sets the option, so that the default files have no say. Source: criu/cr-service.c (v4.2)."""
    return option in _facts()["criu"]["always"]["options"]


def in_range(version: str | None, since: str | None, until: str | None) -> bool:
    """Whether a version lies in a range, the end exclusive; None stands for any version."""
    if version is None:
        return True
    key = _order(version)
    return (since is None or key >= _order(since)) and (until is None or key < _order(until))


def _order(version: str) -> tuple[tuple[int, ...], int, int]:
    """The order of versions such as ``1.0.0-rc7`` and ``1.26``: a release candidate comes before its release."""
    numbers, _, rest = version.partition("-")
    digits = [int(part) for part in re.findall(r"[0-9]+", numbers)]
    candidate = re.match(r"rc\.?([0-9]+)", rest)
    padded = (*digits, 0, 0, 0)[:4]
    return padded, 0 if candidate else 1, int(candidate[1]) if candidate else 0
