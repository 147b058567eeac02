# SPDX-License-Identifier: MIT
"""CRIU409: one function for each way to miss the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, Move, problem_at, rule
from criulint.rules.runtime.callers import (
    DEFAULT_ROLES,
    name_with_version,
    possible_callers,
    possible_chains,
    severity_of_caller,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.runtimes import Chain
    from criulint.criu.settings import Settings

_NEED_TCP_CLOSE = "Need to set the --tcp-close options"
# With the first release that says so.
_NEEDED_BY_RESTORE = (
    ("tcp-established", "3.11", "Connected TCP socket in image"),
    ("allow-uprobes", "4.2", "Need to set it on restore as well"),
    ("tcp-close", "3.15", _NEED_TCP_CLOSE),
)


def check_dump_alone(settings: Settings) -> Iterator[FileProblem]:
    """A restore needs what its dump had (criu/image.c, `check_img_inventory`; criu/sk-inet.c).

    A pre-dump notes none of it (criu/cr-dump.c, `cr_pre_dump_finish`).
    """
    if settings.on("restore") or not settings.on("dump"):
        return
    for name, since, message in _NEEDED_BY_RESTORE:
        setting = settings.switched_on(name)
        if setting and settings.release >= since:
            yield problem_at(
                setting,
                f"a restore without `{name}` fails: “{message}”",
                "set it for the restore, too",
            )


def check_restore_alone(settings: Settings) -> Iterator[FileProblem]:
    """A restore that compares processors needs the dump's (criu/arch/x86/cpu.c)."""
    if settings.on("dump") or not settings.on("restore"):
        return
    processor = settings.last("cpu-cap")
    if processor and processor.value != b"none":
        message = "Unexpected EOF on (empty-image)"
        if settings.release >= "4.2":
            message = "No cpuinfo image"
        yield problem_at(
            processor,
            f"a restore of images that were dumped without `cpu-cap` fails: “{message}”",
            "set it for the dump, too",
        )


def check_runtime_restore(settings: Settings) -> Iterator[FileProblem]:
    """From 1.23 on crun overrides `tcp-close` only at restore (crun src/libcrun/criu.c)."""
    close = settings.switched_on("tcp-close")
    if not close or settings.role not in DEFAULT_ROLES or settings.release < "3.15":
        return
    if not settings.on("restore") or not settings.on("dump"):
        return
    for chain in _first_chains(settings):
        runtime, version = chain.runtime, chain.version
        field = runtime.sends("tcp-close", "restore", version)
        if field and field.value is False and not runtime.sends("tcp-close", "dump", version):
            name = name_with_version(runtime, version, field)
            callers = tuple(each for each in possible_callers(settings) if each.runtime is runtime)
            flag = _restore_flag(chain)
            unless = f" unless `{flag}` is given" if flag else ""
            yield problem_at(
                close,
                f"a restore fails{unless}, because {name} overrides this line"
                f" on restore but not on dump: “{_NEED_TCP_CLOSE}”",
                severity=severity_of_caller(settings),
                move=Move(close, callers),
            )


def _first_chains(settings: Settings) -> list[Chain]:
    """Return who may call CRIU, each runtime once."""
    chains: dict[str, Chain] = {}
    for chain in possible_chains(settings):
        chains.setdefault(chain.runtime.name, chain)
    return list(chains.values())


def _restore_flag(chain: Chain) -> str:
    """Return the caller's flag for `tcp-close` at restore; empty if it has none."""
    if chain.engine:
        return chain.engine.flag("tcp-close", "restore", chain.engine_version, chain.runtime.name)
    return chain.runtime.flag("tcp-close", "restore", chain.version)


@rule(
    "CRIU409",
    "needs-both-sides",
    Severity.WARNING,
    severity_varies=True,
    bad="tcp-close\n",
    good="ghost-limit 64M\n",
    path="/etc/criu/default.conf",
    runtime="crun@1.23",
    options=("tcp-established", "allow-uprobes", "tcp-close", "cpu-cap"),
    about_option=True,
)
def needs_both_sides(settings: Settings) -> Iterator[FileProblem]:
    """Only the dump sees the option, or only the restore, and CRIU needs it on both sides.

    What is dumped with `tcp-close` can only be restored with `tcp-close`: “Need to set the
    --tcp-close options”. The same holds for `tcp-established` (“Connected TCP socket in image”)
    and `allow-uprobes`, and the other way round for `cpu-cap`: a restore with it needs images
    that were made with it. The other side may get it from elsewhere; `--for dump` and
    `--for restore` tell criulint which side reads the file.

    crun from 1.23 on overrides `tcp-close` in a default file at restore, and not at dump. Podman
    has a flag for it, `--tcp-close`, from 5.7 on, and only with crun.

    Sources: criu/image.c, `check_img_inventory`; criu/sk-inet.c; criu/arch/x86/cpu.c (v4.2); crun
    src/libcrun/criu.c.
    """
    yield from check_dump_alone(settings)
    yield from check_restore_alone(settings)
    yield from check_runtime_restore(settings)
