# SPDX-License-Identifier: GPL-2.0-only
"""What the programs that call CRIU do: which files they name, and what they send with a request.

The facts are in ``runtimes.json``, each with its source. A *runtime* (runc, crun, youki, LXC)
calls CRIU itself; an *engine* (Podman, CRI-O, containerd, Docker, Incus) calls a runtime.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from criulint.criu.context import Caller
from criulint.criu.releases import Release

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPELLINGS = {"crio": "cri-o", "containerd-shim": "containerd", "moby": "docker", "liblxc": "lxc"}


class UnknownCallerError(ValueError):
    """A name that is not a runtime or engine known to criulint."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.known = (*runtimes(), *engines())
        super().__init__(f"no runtime {name!r}; known ones: {', '.join(self.known)}")


class RequestField(NamedTuple):
    """An option that a caller sends with each of `commands`, which overrides the default files.

    `value` is what it sends unless its user passes `flag`; None if it is known only at run time,
    and `description` says what it is. It is sent from the caller's version `since` on, up to but
    not including `until`.
    """

    option: str
    commands: tuple[str, ...]
    value: bool | int | str | None
    flag: str | None
    description: str | None
    since: str | None
    until: str | None

    @property
    def words(self) -> str:
        """The value in words, as the end of “runc sends …”."""
        if self.description:
            return self.description
        is_switch = isinstance(self.value, bool)
        value = str(self.value).lower() if is_switch else f"`{self.value}`"
        return f"{value} unless `{self.flag}` is given" if self.flag else value


class RpcFile(NamedTuple):
    """A configuration file that a runtime passes to CRIU.

    It does so from its version `since` on, and with CRIU `criu` or later; None stands for any.
    `only_without` is the path of another file that it prefers.
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
        #: Whether it sends requests to ``criu swrk`` instead of using the command line.
        self.rpc: bool = facts["transport"] == "rpc"
        #: CRIU's commands that it uses.
        self.commands: tuple[str, ...] = tuple(facts["commands"])
        #: The configuration files that it passes to CRIU, in the order in which it looks for them.
        self.files = tuple(
            RpcFile(file["path"], file.get("since"), file.get("criu"), file.get("only-without"))
            for file in facts["files"]
        )
        self._sends = tuple(map(_sent, facts["sends"]))

    def sends(self, option: str, command: str, version: str | None = None) -> RequestField | None:
        """Return what it sends for an option with a command, or None.

        `version` None stands for any version; `since` and `until` of the field then say which.
        """
        for sent in self._sends:
            if (
                sent.option == option
                and command in sent.commands
                and in_range(version, sent.since, sent.until)
            ):
                return sent
        return None

    def all_sent(self, command: str, version: str | None = None) -> Iterator[RequestField]:
        """Yield all that it sends with a command; without a `version`, what the newest sends."""
        for sent in self._sends:
            if (
                command in sent.commands
                and (version or not sent.until)
                and in_range(version, sent.since, sent.until)
            ):
                yield sent

    def reads(self, path: str, version: str | None, criu: str) -> bool:
        """Return whether it passes a file to CRIU; without a `version`, whether the newest does."""
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
        """Return whether its user can ask for an option with a command."""
        return command in self._flags.get(option, ())

    def sends(self, option: str, command: str) -> RequestField | None:
        """Return what it makes its runtime send for an option with a command, or None."""
        return next(
            (sent for sent in self._sends if sent.option == option and command in sent.commands),
            None,
        )

    def all_sent(self, command: str) -> Iterator[RequestField]:
        """Return all that it makes its runtime send with a command."""
        return (sent for sent in self._sends if command in sent.commands)

    def strips(self, variable: str, command: str) -> bool:
        """Return whether an environment variable does not reach CRIU with a command."""
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
    """Return the runtimes by name."""
    return {name: Runtime(name, facts) for name, facts in _facts()["runtimes"].items()}


@cache
def engines() -> dict[str, Engine]:
    """Return the engines by name."""
    return {name: Engine(name, facts) for name, facts in _facts()["engines"].items()}


def caller_names() -> tuple[str, ...]:
    """Return all names that `find_caller` accepts."""
    return (*runtimes(), *engines(), *_SPELLINGS)


def find_caller(text: str) -> Caller:
    """Return the caller that a text such as ``"runc"`` or ``"crun@1.26"`` names.

    Raises UnknownCallerError, or ValueError for a bad version.
    """
    name, at, version = text.strip().partition("@")
    name = name.lower()
    name = _SPELLINGS.get(name, name)
    if name not in runtimes() and name not in engines():
        raise UnknownCallerError(name)
    version = version.removeprefix("v")
    if at and not re.fullmatch(r"[0-9]+(\.[0-9]+)*([-~+].*)?", version):
        raise ValueError(f"{text.strip()!r} has no version after the @")
    return Caller(name, version or None)


def runtimes_of(caller: Caller | None) -> list[tuple[Runtime, str | None]]:
    """Return the runtimes that may call CRIU, each with its version or None.

    They are the caller's, or all runtimes if the caller is not known.
    """
    if caller is None:
        return [(runtime, None) for runtime in runtimes().values()]
    if caller.name in runtimes():
        return [(runtimes()[caller.name], caller.version)]
    return [(runtimes()[name], None) for name in engines()[caller.name].runtimes]


def engine_of(caller: Caller | None) -> Engine | None:
    """Return the engine if the caller is one."""
    return engines().get(caller.name) if caller else None


def cannot_be_cleared(option: str) -> bool:
    """Return whether an RPC client cannot switch off an option that a file switched on.

    Source: criu/cr-service.c (v4.2).
    """
    return option in _facts()["criu"]["true-only"]["options"]


def always_set(option: str) -> bool:
    """Return whether each RPC request sets an option, and so overrides the default files.

    Source: criu/cr-service.c (v4.2).
    """
    return option in _facts()["criu"]["always"]["options"]


def in_range(version: str | None, since: str | None, until: str | None) -> bool:
    """Return whether a version lies in a range, the end exclusive; None stands for any version."""
    if version is None:
        return True
    key = _order(version)
    return (since is None or key >= _order(since)) and (until is None or key < _order(until))


def _order(version: str) -> tuple[tuple[int, ...], int, int]:
    """Return a key that orders versions; ``1.0.0-rc7`` comes before ``1.0.0``."""
    numbers, _, rest = version.partition("-")
    digits = [int(part) for part in re.findall(r"[0-9]+", numbers)]
    candidate = re.match(r"rc\.?([0-9]+)", rest)
    padded = (*digits, 0, 0, 0)[:4]
    return padded, 0 if candidate else 1, int(candidate[1]) if candidate else 0
