# SPDX-License-Identifier: GPL-2.0-only
"""Who may call CRIU with a file, and how to name them in a message.

`criulint.criu.runtimes` is imported only when it is asked, as few files need its facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
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


def named_engine(settings: Settings) -> Engine | None:
    """Return the engine that calls CRIU, None if the user named none."""
    from criulint.criu.runtimes import engine_of

    return engine_of(settings.context.caller)


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
    if field.since is None or version is not None:
        return runtime.title
    return f"{runtime.title} {field.since} or later"
