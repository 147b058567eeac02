# SPDX-License-Identifier: MIT
"""What the programs that call CRIU do: which files they name, and what their requests contain.

The facts are in ``runtimes.json``, each with its source and how it was seen. A *runtime* (runc,
crun, youki, LXC) calls CRIU itself; an *engine* (Podman, CRI-O, containerd, Docker, Incus) calls a
runtime.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from criulint.criu.context import Caller
from criulint.criu.releases import Release
from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.context import Context

_SPELLINGS = {"crio": "cri-o", "containerd-shim": "containerd", "moby": "docker", "liblxc": "lxc"}


class UnknownCallerError(ValueError):
    """A name that is not a runtime or engine known to criulint."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.known = (*runtimes(), *engines())
        super().__init__(f"no runtime {name!r}; known ones: {', '.join(self.known)}")


class RequestField(NamedTuple):
    """An option that a caller sends with each of `commands`.

    `value` is what it sends unless its user asks for something else with `flag`: a bool, a number
    or a string, or None if that is known only at run time; `description` then says what it is. If
    `adds`, CRIU adds it to the values of files; otherwise it replaces them. The caller sends it
    from its version `since` on, up to but without `until`, and with a libcriu before
    `libcriu_until`.
    """

    option: str
    commands: tuple[str, ...]
    value: bool | int | str | None
    flag: str | None = None
    description: str | None = None
    adds: bool = False
    since: str | None = None
    until: str | None = None
    libcriu_until: str | None = None
    #: Whether the caller does not send the option if the flag is given.
    omits: bool = False
    #: Values of the flag that change nothing, each with the first version in which they do.
    ignores: tuple[tuple[str, str], ...] = ()
    #: Who sets it if the caller does not on its own: its user with a flag, or CRIU.
    by: str = ""

    @property
    def words(self) -> str:
        """The value in words, as the end of “runc sends …”."""
        if self.description:
            return self.description
        value = f"`{self.value}`"
        if isinstance(self.value, bool):
            value = "on" if self.value else "off"
        return f"{value} unless `{self.flag}` is given" if self.flag else value

    def is_sent(self, command: str, version: str | None, criu: str | None = None) -> bool:
        """Return whether the caller of this `version` sends it with `command` to CRIU `criu`.

        None is any version. libcriu's version is taken to be CRIU's.
        """
        old_enough = (
            criu is None or self.libcriu_until is None or Release(criu) < self.libcriu_until
        )
        return old_enough and command in self.commands and in_range(version, self.since, self.until)


class Flag(NamedTuple):
    """A caller's own option with which its user asks for CRIU's `option` with each of `commands`.

    It is there from the caller's version `since` on, up to but without `until`; for an engine only
    with one of `runtimes` if there are any.
    """

    option: str
    flag: str
    commands: tuple[str, ...]
    runtimes: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    #: What it sends if not its own value, and a description if that is known only at run time.
    sets: int | None = None
    description: str | None = None


class RpcFile(NamedTuple):
    """A configuration file that a runtime passes to CRIU.

    It does so from its version `since` on and with libcriu `criu` or later (None: any).
    libcriu comes with CRIU, and criulint knows only the version of CRIU. `only_without` is the
    path of another file that it prefers.
    """

    path: str
    since: str | None
    criu: str | None
    only_without: str | None


class Annotation(NamedTuple):
    """The annotation of a container that names a file, from a runtime's version `since` on.

    With a libcriu before `criu` (None: any will do) the runtime fails.
    """

    name: str
    since: str
    criu: str | None


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
            RpcFile(file["path"], file.get("since"), file.get("libcriu"), file.get("only-without"))
            for file in facts["files"]
        )
        annotation = facts.get("annotation")
        #: The annotation that names another file; None if there is none.
        self.annotation: Annotation | None = annotation and Annotation(
            annotation["name"], annotation["since"], annotation.get("libcriu")
        )
        #: The command lines with which its user asks for CRIU's commands.
        self.invocations: dict[str, str] = facts["invocations"]
        self._commands_since: dict[str, str] = facts.get("commands-since", {})
        self._sends = tuple(map(_request_field, facts["sends"]))
        self._flags = tuple(map(_flag, facts["flags"]))

    def sends(
        self, option: str, command: str, version: str | None = None, criu: str | None = None
    ) -> RequestField | None:
        """Return what it sends with `command` that replaces the values of files for `option`.

        None if CRIU adds it to those. Without a `version`, return what the newest sends; its
        `since` says from which version on.
        """
        return next(
            (
                sent
                for sent in self.all_sent(command, version, criu)
                if sent.option == option and not sent.adds
            ),
            None,
        )

    def all_sent(
        self, command: str, version: str | None = None, criu: str | None = None
    ) -> Iterator[RequestField]:
        """Yield all that it sends with `command`; without a `version`, what the newest sends."""
        if not in_range(version, self._commands_since.get(command), None):
            return
        for sent in self._sends:
            if (version or not sent.until) and sent.is_sent(command, version, criu):
                yield sent

    def sent_since(self, field: RequestField) -> str | None:
        """Return the first version that sends the value of `field`, None if all do."""
        before = next((each for each in self._sends if _precedes(each, field)), None)
        return self.sent_since(before) if before else field.since

    def reads(self, path: str, version: str | None, criu: str) -> bool:
        """Return whether it passes a file to CRIU; without a `version`, whether the newest does."""
        return any(
            file.path == path
            and in_range(version, file.since, None)
            and (file.criu is None or Release(criu) >= file.criu)
            for file in self.files
        )

    def reads_annotation(self, version: str | None, criu: str) -> bool:
        """Return whether it passes the file that its annotation names; as for `reads`."""
        annotation = self.annotation
        return (
            annotation is not None
            and in_range(version, annotation.since, None)
            and (annotation.criu is None or Release(criu) >= annotation.criu)
        )

    def versions_after(self, version: str | None, option: str) -> list[str]:
        """Return its later versions, oldest first, that name more files or no longer send `option`.

        Empty without a `version`: that stands for the newest.
        """
        if version is None:
            return []
        known = {file.since for file in self.files} | {
            sent.until for sent in self._sends if sent.option == option
        }
        later = {each for each in known if each is not None and _order(each) > _order(version)}
        return sorted(later, key=_order)

    def flags(self, command: str, version: str | None = None, _: str | None = None) -> list[Flag]:
        """Return its own options for what it otherwise does not send with `command`."""
        return [flag for flag in self._flags if _is_there(flag, command, version)]

    def flag(self, option: str, command: str, version: str | None = None) -> str:
        """Return its own option with which its user asks for `option`; empty if there is none."""
        flags = self.flags(command, version)
        own = next((flag.flag for flag in flags if flag.option == option), "")
        sent = self.sends(option, command, version)
        return (sent.flag if sent else None) or own


class Engine:
    """A program above a runtime."""

    def __init__(self, name: str, facts: dict[str, Any]) -> None:
        self.name = name
        self.title: str = facts["title"]
        #: The names of the runtimes that it uses, the usual one first.
        self.runtimes: tuple[str, ...] = tuple(facts["runtimes"])
        #: The command lines with which its user asks for CRIU's commands, where there are any.
        self.invocations: dict[str, str] = facts["invocations"]
        self._flags = tuple(map(_flag, facts["flags"]))
        self._stripped: list[dict[str, Any]] = facts["stripped"]
        self._sends = tuple(map(_request_field, facts["sends"]))

    def flags(
        self, command: str, version: str | None = None, runtime: str | None = None
    ) -> list[Flag]:
        """Return its own options for what it otherwise does not send; `runtime` None is any."""
        return [
            flag
            for flag in self._flags
            if _is_there(flag, command, version)
            and (runtime is None or not flag.runtimes or runtime in flag.runtimes)
        ]

    def flag(
        self, option: str, command: str, version: str | None = None, runtime: str | None = None
    ) -> str:
        """Return its own option with which its user asks for `option`; empty if there is none.

        `runtime` is the one that it uses, None for any.
        """
        sent = self.sends(option, command, version)
        flags = self.flags(command, version, runtime)
        own = next((flag.flag for flag in flags if flag.option == option), "")
        return (sent.flag if sent else None) or own

    def sends(self, option: str, command: str, version: str | None = None) -> RequestField | None:
        """Return what it always makes its runtime send for `option`.

        None if CRIU adds it to what files set.
        """
        return next(
            (
                sent
                for sent in self._sends
                if sent.option == option and not sent.adds and sent.is_sent(command, version)
            ),
            None,
        )

    def all_sent(self, command: str, version: str | None = None) -> Iterator[RequestField]:
        """Yield everything that it makes its runtime send with `command`."""
        return (sent for sent in self._sends if sent.is_sent(command, version))

    def strips(self, variable: str, command: str, version: str | None = None) -> bool:
        """Return whether it, by default its newest version, keeps a variable from CRIU."""
        return any(
            variable in stripped["variables"]
            and command in stripped["commands"]
            and (version or "until" not in stripped)
            and in_range(version, stripped.get("since"), stripped.get("until"))
            for stripped in self._stripped
        )


def _precedes(earlier: RequestField, later: RequestField) -> bool:
    """Return whether two fields send the same without a flag, the first until the second begins."""
    is_same = (earlier.option, earlier.value) == (later.option, later.value)
    is_next = later.since is not None and earlier.until == later.since
    return is_same and is_next and set(later.commands) <= set(earlier.commands)


def _request_field(facts: dict[str, Any]) -> RequestField:
    return RequestField(
        facts["option"],
        tuple(facts["commands"]),
        facts["value"],
        flag=facts.get("flag"),
        description=facts.get("what"),
        adds=facts.get("adds", False),
        since=facts.get("since"),
        until=facts.get("until"),
        libcriu_until=facts.get("libcriu-until"),
        omits=facts.get("omits", False),
        ignores=tuple((value, fact["until"]) for value, fact in facts.get("ignores", {}).items()),
        by=facts.get("by", ""),
    )


def _flag(facts: dict[str, Any]) -> Flag:
    return Flag(
        facts["option"],
        facts["flag"],
        tuple(facts["commands"]),
        tuple(facts.get("runtimes", ())),
        facts.get("since"),
        facts.get("until"),
        facts.get("sets"),
        facts.get("what"),
    )


def _is_there(flag: Flag, command: str, version: str | None) -> bool:
    return (
        command in flag.commands
        and (version is not None or flag.until is None)
        and in_range(version, flag.since, flag.until)
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
    """Return the caller that ``"runc"``, ``"crun@1.26"`` or ``"podman@5.4.2+runc"`` names.

    UnknownCallerError, or ValueError for an invalid version, or a runtime that the engine does not
    use.
    """
    # A version may contain a plus sign, too.
    both = re.fullmatch(rf"(.+)\+(({'|'.join(runtimes())})(@.*)?)", text.strip(), re.IGNORECASE)
    if both is None:
        return _find_one(text)
    caller, runtime = _find_one(both[1]), _find_one(both[2])
    usual = engines()[caller.name].runtimes if caller.name in engines() else ()
    if not any(runtimes()[runtime.name].rpc is runtimes()[each].rpc for each in usual):
        raise ValueError(f"{caller.name} does not use {runtime.name}")
    return caller._replace(runtime=runtime)


def _find_one(text: str) -> Caller:
    name, at, version = text.strip().partition("@")
    name = name.lower()
    name = _SPELLINGS.get(name, name)
    if name not in runtimes() and name not in engines():
        raise UnknownCallerError(name.rpartition("+")[2])
    version = version.removeprefix("v")
    if at and not re.fullmatch(r"[0-9]+(\.[0-9]+)*([-~+].*)?", version):
        raise ValueError(f"{text.strip()!r} has no version after the @")
    return Caller(name, version or None)


class Chain(NamedTuple):
    """A runtime that may call CRIU, perhaps under an engine; unknown versions are None."""

    runtime: Runtime
    version: str | None
    engine: Engine | None = None
    engine_version: str | None = None


def find_chains(context: Context) -> list[Chain]:
    """Return who may call CRIU: the named caller, those that are present, or any runtime.

    If only engines are present, any of their runtimes may.
    """
    caller = context.caller
    if caller:
        engine = engine_of(caller)
        engine_version = caller.version if engine else None
        return [
            Chain(runtime, version, engine, engine_version)
            for runtime, version in runtimes_of(caller)
        ]
    if not context.present:
        return [Chain(runtime, None) for runtime in runtimes().values()]
    present = [caller for caller in context.present if caller.name in runtimes()]
    above = engines_present(context)
    if not present:
        names = dict.fromkeys(name for engine, _ in above for name in engine.runtimes)
        present = [Caller(name) for name in names]
    chains = []
    for name, version, _ in present:
        users: list[tuple[Engine | None, str | None]] = [
            user for user in above if name in user[0].runtimes
        ]
        for engine, engine_version in users or [(None, None)]:
            chains.append(Chain(runtimes()[name], version, engine, engine_version))
    return chains


def engines_present(context: Context) -> list[tuple[Engine, str | None]]:
    """Return the engines that may call a runtime, with versions: all if no caller is known."""
    if context.caller is None and not context.present:
        return [(engine, None) for engine in engines().values()]
    callers = (context.caller,) if context.caller else context.present
    return [
        (engines()[caller.name], caller.version) for caller in callers if caller.name in engines()
    ]


def runtimes_of(caller: Caller | None) -> list[tuple[Runtime, str | None]]:
    """Return the runtimes that may call CRIU, each with its version if that is known.

    These are the caller's, or all without one.
    """
    if caller is None:
        return [(runtime, None) for runtime in runtimes().values()]
    named = caller.runtime or caller
    if named.name in runtimes():
        return [(runtimes()[named.name], named.version)]
    return [(runtimes()[name], None) for name in engines()[caller.name].runtimes]


def engine_of(caller: Caller | None) -> Engine | None:
    """Return the engine if the caller is one."""
    return engines().get(caller.name) if caller else None


def cannot_be_cleared(option: str, release: Release) -> bool:
    """Return whether an RPC client cannot switch off an option that a file switched on.

    Source: criu/cr-service.c (v4.2), and requests to CRIU 4.3.
    """
    fact = _facts()["criu"]["true-only"]["options"].get(option)
    return fact is not None and ("until" not in fact or release < fact["until"])


def is_replaced(option: str) -> bool:
    """Return whether a client's value replaces the values of files, which add up among themselves.

    Source: criu/cr-service.c (v4.2).
    """
    return option in _facts()["criu"]["replaced"]["options"]


def always_set(option: str) -> bool:
    """Return whether each RPC request sets the option, so that the default files never matter.

    Source: criu/cr-service.c (v4.2).
    """
    return option in _facts()["criu"]["always"]["options"]


def in_range(version: str | None, since: str | None, until: str | None) -> bool:
    """Return whether a version is in a range, the end exclusive; None means any version."""
    if version is None:
        return True
    key = _order(version)
    return (since is None or key >= _order(since)) and (until is None or key < _order(until))


def _order(version: str) -> tuple[tuple[int, ...], int, int]:
    """Return the order of versions such as ``1.0.0-rc7`` and ``1.26``.

    A release candidate comes before its release.
    """
    numbers, _, rest = version.partition("-")
    digits = [int(part) for part in re.findall(r"[0-9]+", numbers)]
    candidate = re.match(r"rc\.?([0-9]+)", rest)
    padded = (*digits, 0, 0, 0)[:4]
    return padded, 0 if candidate else 1, int(candidate[1]) if candidate else 0
