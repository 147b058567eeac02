# SPDX-License-Identifier: MIT
"""Who may call CRIU with a file, and how to name them in a message.

`criulint.criu.runtimes` is imported only when it is needed, because few files need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import COMMANDS, Role
from criulint.criu.paths import CONFIG_VARIABLE, DIRECTORY, RUNTIME_FILES
from criulint.finding import Severity
from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from criulint.criu.runtimes import Chain, Engine, RequestField, Runtime
    from criulint.criu.settings import Settings

#: The files that CRIU reads before it applies what its caller sends.
DEFAULT_ROLES = frozenset((Role.DEFAULT, Role.USER, Role.ENV))
#: The environment variable that leads CRIU to a file.
VARIABLES: dict[Role | None, str] = {Role.USER: "HOME", Role.ENV: CONFIG_VARIABLE}


class PossibleCaller(NamedTuple):
    """A runtime that may call CRIU, perhaps under an engine; a version of None is the newest."""

    runtime: Runtime
    version: str | None
    engine: Engine | None
    engine_version: str | None

    @property
    def title(self) -> str:
        """The name of the program that the user calls, in running text."""
        return self.engine.title if self.engine else self.runtime.title

    def flags(self, option: str, commands: Iterable[str]) -> list[str]:
        """Return the command lines that ask for an option, such as ``runc restore --shell-job``."""
        found: dict[str, str] = {}
        for command in commands:
            flag, words = self._flag(option, command)
            # A flag of the dump asks for a pre-dump, so the pre-dump is not mentioned.
            if flag and words and not (command == "pre-dump" and "dump" in found):
                found[command] = f"{words} {flag}"
        return list(found.values())

    def request(self, option: str, commands: Iterable[str]) -> str:
        """Return how to ask for an option without a flag, to follow the caller's name."""
        fields = [self._find_sent(option, command) for command in commands]
        wanted = next((field for field in fields if field and field.value is not False), None)
        if wanted is None:
            return "has no flag for it"
        return "already requests it" + (f" unless `{wanted.flag}` is given" if wanted.flag else "")

    def _find_sent(self, option: str, command: str) -> RequestField | None:
        if self.engine:
            return self.engine.sends(option, command, self.engine_version)
        return self.runtime.sends(option, command, self.version)

    def _flag(self, option: str, command: str) -> tuple[str, str]:
        sent = self._find_sent(option, command)
        if self.engine:
            flag = self.engine.flag(option, command, self.engine_version, self.runtime.name)
            words = self.engine.invocations.get(command, "")
        else:
            flag = self.runtime.flag(option, command, self.version)
            words = self.runtime.invocations.get(command, "")
        is_opposite = sent is not None and sent.value is True
        return ("" if is_opposite else flag), words


def possible_chains(settings: Settings) -> list[Chain]:
    """Return who may call CRIU: runtimes, each with the engine above it if one is known."""
    from criulint.criu.runtimes import find_chains

    return find_chains(settings.context)


def possible_callers(settings: Settings) -> list[PossibleCaller]:
    """Return the runtimes that may call CRIU, with the engine above them.

    For an RPC client's file, those are the runtimes that name one, unless the user named another.
    """
    named = settings.context.caller
    return [
        PossibleCaller(*chain)
        for chain in possible_chains(settings)
        if named or chain.runtime.files or settings.role is not Role.RPC
    ]


def possible_runtimes(settings: Settings) -> list[tuple[Runtime, str | None]]:
    """Return the runtimes that may call CRIU, each once, and with its version if that is known."""
    return list(
        dict.fromkeys((chain.runtime, chain.version) for chain in possible_chains(settings))
    )


def runtimes_that_read(settings: Settings) -> list[tuple[Runtime, str | None]]:
    """Return those of `possible_runtimes` that lead CRIU to the file, judging by its name."""
    runtimes = possible_runtimes(settings)
    if settings.role is not Role.RPC:
        return runtimes
    path = path_on_host(settings)
    if path in RUNTIME_FILES:
        return [each for each in runtimes if each[0].reads(path, each[1], settings.release)]
    return [each for each in runtimes if each[0].annotation]


def is_read(settings: Settings) -> bool:
    """Return whether a caller may lead CRIU to the file with a dump or a restore."""
    if settings.role is None:
        return False
    if settings.context.caller:
        for _, commands in stripping_engines(settings):
            if not is_read_with_others(settings, commands):
                return False
    return bool(runtimes_that_read(settings))


def stripping_engines(settings: Settings) -> Iterator[tuple[Engine, list[str]]]:
    """Yield the engines that keep the variable that leads to the file from CRIU.

    Each has the commands with which it does so. No variable leads to a file of another role.
    """
    variable = VARIABLES.get(settings.role)
    if variable is None:
        return
    for engine, version in possible_engines(settings):
        commands = [
            command
            for command in COMMANDS
            if settings.on(command) and engine.strips(variable, command, version)
        ]
        if commands:
            yield engine, commands


def is_read_with_others(settings: Settings, commands: Sequence[str]) -> bool:
    """Return whether a dump or a restore reads the file that is not among `commands`."""
    return any(map(settings.on, {"dump", "restore"}.difference(commands)))


def path_on_host(settings: Settings) -> str:
    """Return the path of a runtime's file on its host, wherever it was read from."""
    name = (settings.reading.source.path or "").replace("\\", "/").rpartition("/")[2]
    return f"{DIRECTORY}/{name}"


def possible_engines(settings: Settings) -> list[tuple[Engine, str | None]]:
    """Return the engines that may call a runtime, each with its version if that is known."""
    from criulint.criu.runtimes import engines_present

    return engines_present(settings.context)


def knows_runtimes(settings: Settings) -> bool:
    """Return whether it is known which runtimes call CRIU."""
    from criulint.criu.runtimes import runtimes

    context = settings.context
    return context.caller is not None or any(
        caller.name in runtimes() for caller in context.present
    )


def severity_of_caller(settings: Settings) -> Severity | None:
    """Return the severity of what only some runtimes do: info, unless the runtime is known."""
    return None if knows_runtimes(settings) else Severity.INFO


def name_with_version(runtime: Runtime, version: str | None, field: RequestField) -> str:
    """Return a runtime's name, with the version that began to send `field` if it matters."""
    since = runtime.sent_since(field)
    if since is None or version is not None:
        return runtime.title
    return f"{runtime.title} {since} or later"


def is_called_by_rpc(settings: Settings) -> bool:
    """Return whether only RPC requests lead CRIU to the file.

    That is the case for a file for RPC clients, and for a default file if all callers are known to
    send requests.
    """
    if settings.role is Role.RPC:
        return True
    return settings.role in DEFAULT_ROLES and _is_transport(settings, rpc=True)


def is_called_by_command_line(settings: Settings) -> bool:
    """Return whether all callers are known to run CRIU's commands, as LXC does."""
    return settings.role is not Role.CLI and _is_transport(settings, rpc=False)


def _is_transport(settings: Settings, *, rpc: bool) -> bool:
    return knows_runtimes(settings) and all(
        runtime.rpc is rpc for runtime, _ in possible_runtimes(settings)
    )
