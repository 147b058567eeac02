# SPDX-License-Identifier: MIT
"""Who may call CRIU with a file, and how to name them in a message.

`criulint.criu.runtimes` is imported only when it is asked, as few files need its facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.criu.paths import DIRECTORY, RUNTIME_FILES
from criulint.finding import Severity

if TYPE_CHECKING:
    from criulint.criu.runtimes import Engine, RequestField, Runtime
    from criulint.criu.settings import Settings

#: The files that CRIU reads before it applies what its caller sends.
DEFAULT_ROLES = frozenset((Role.DEFAULT, Role.USER, Role.ENV))


def possible_runtimes(settings: Settings) -> list[tuple[Runtime, str | None]]:
    """Return the runtimes that may call CRIU, each with its version if the user named one."""
    from criulint.criu.runtimes import runtimes_of

    return runtimes_of(settings.context.caller)


def runtimes_that_read(settings: Settings) -> list[tuple[Runtime, str | None]]:
    """Return those of `possible_runtimes` that lead CRIU to the file, as far as its name tells."""
    runtimes = possible_runtimes(settings)
    if settings.role is not Role.RPC:
        return runtimes
    path = path_on_host(settings)
    if settings.context.role is None or path in RUNTIME_FILES:
        return [each for each in runtimes if each[0].reads(path, each[1], settings.release)]
    return [each for each in runtimes if each[0].annotation]


def path_on_host(settings: Settings) -> str:
    """Return where the host has a runtime's file, from wherever it was read."""
    name = (settings.reading.source.path or "").replace("\\", "/").rpartition("/")[2]
    return f"{DIRECTORY}/{name}"


def named_engine(settings: Settings) -> Engine | None:
    """Return the engine that calls CRIU, None if the user named none."""
    from criulint.criu.runtimes import engine_of

    return engine_of(settings.context.caller)


def engine_version(settings: Settings) -> str | None:
    """Return the version of the engine that calls CRIU, None if it is not known."""
    caller = settings.context.caller
    return caller.version if caller and named_engine(settings) else None


def possible_engines(settings: Settings) -> list[Engine]:
    """Return the engines that may call CRIU: all, unless the user named a caller."""
    from criulint.criu.runtimes import engines

    if settings.context.caller is None:
        return list(engines().values())
    engine = named_engine(settings)
    return [engine] if engine else []


def severity_of_caller(settings: Settings) -> Severity | None:
    """Return the severity of what only some callers do: a note, unless the user named one."""
    return None if settings.context.caller else Severity.INFO


def name_with_version(runtime: Runtime, version: str | None, field: RequestField) -> str:
    """Return a runtime's name, with the version that began to send `field` if it matters."""
    since = runtime.sent_since(field)
    if since is None or version is not None:
        return runtime.title
    return f"{runtime.title} {since} or later"


def is_called_by_rpc(settings: Settings) -> bool:
    """Return whether only RPC requests lead CRIU to the file.

    That is so for a file for RPC clients, and for a default file if the user named a caller that
    sends requests.
    """
    return settings.role is Role.RPC or _is_transport(settings, rpc=True)


def is_called_by_command_line(settings: Settings) -> bool:
    """Return whether the user named a caller that runs CRIU's commands, as LXC does."""
    return _is_transport(settings, rpc=False)


def _is_transport(settings: Settings, *, rpc: bool) -> bool:
    if settings.context.caller is None or settings.role not in DEFAULT_ROLES:
        return False
    return all(runtime.rpc is rpc for runtime, _ in possible_runtimes(settings))
