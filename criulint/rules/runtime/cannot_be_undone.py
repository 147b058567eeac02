# SPDX-License-Identifier: MIT
"""CRIU407: one function for each option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, rule
from criulint.rules.runtime.callers import DEFAULT_ROLES, possible_runtimes
from criulint.rules.runtime.overridden_by_runtime import is_overridden
from criulint.rules.runtime.problems import problem_in_any_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

_AFTER = {
    "dump": "each dump, unless the caller asks for `leave-running`",
    "restore": "each restore",
}
_OPTIONS = ("leave-running", "leave-stopped")


def check_running(settings: Settings) -> Iterator[FileProblem]:
    """A dump leaves the processes running, whatever its client requests."""
    running = settings.last(*_OPTIONS)
    if running and running.name == "leave-running" and settings.on("dump"):
        yield problem_in_any_file(
            settings,
            running,
            "all processes keep running after each dump, and no runtime can switch that off",
            "pass it on the command line of the dump",
            ("dump",),
        )


def check_stopped(settings: Settings) -> Iterator[FileProblem]:
    """A dump and a restore, too, leave the processes stopped (criu/cr-restore.c)."""
    stopped = settings.last(*_OPTIONS)
    if not stopped or stopped.name != "leave-stopped":
        return
    used = {each for runtime, _ in possible_runtimes(settings) for each in runtime.commands}
    after = [
        words
        for command, words in _AFTER.items()
        if command in used
        and settings.on(command)
        and not is_overridden(settings, stopped, (command,))
    ]
    if after:
        yield problem_in_any_file(
            settings,
            stopped,
            f"all processes stay stopped after {', and after '.join(after)}",
            "pass it on the command line",
        )


CHECKS = (check_running, check_stopped)


@rule(
    "CRIU407",
    "cannot-be-undone",
    Severity.WARNING,
    bad="leave-running\n",
    good="# to let it run on: podman container checkpoint --leave-running\n",
    path="/etc/criu/default.conf",
    options=_OPTIONS,
    about_option=True,
)
def cannot_be_undone(settings: Settings) -> Iterator[FileProblem]:
    """No runtime can switch the option off again, and no option on the command line does.

    CRIU accepts `leave-running` and `leave-stopped` from an RPC client only when they are true,
    and there is no `no-leave-running`. In a default file they apply to every dump on the host. A
    container that should stop for the checkpoint keeps running, while its engine believes that it
    has stopped: runc warns that the container is still running, crun destroys it all the same. With
    `leave-stopped`, restored processes stay stopped, too, until they get a SIGCONT.

    Source: criu/cr-service.c, `setup_opts_from_req`; criu/config.c (v4.2).
    """
    if settings.role in DEFAULT_ROLES:
        for check in CHECKS:
            yield from check(settings)
