# SPDX-License-Identifier: MIT
"""CRIU407."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.runtime.callers import DEFAULT_ROLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

_TEXTS = {
    "leave-running": (
        "all processes keep running after each dump, and no runtime can switch that off",
        "have the caller request it: `--leave-running`",
    ),
    "leave-stopped": (
        "all processes stay stopped after each dump unless the caller asks for `leave-running`",
        "pass it on the command line",
    ),
}


@rule(
    "CRIU407",
    "cannot-be-undone",
    Severity.WARNING,
    bad="leave-running\n",
    good="# to let it run on: podman container checkpoint --leave-running\n",
    path="/etc/criu/default.conf",
    options=tuple(_TEXTS),
    about_option=True,
)
def cannot_be_undone(settings: Settings) -> Iterator[FileProblem]:
    """No runtime can switch the option off again, and there is no option for the command line.

    CRIU accepts `leave-running` and `leave-stopped` from an RPC client only when they are true,
    and there is no `no-leave-running`. In a default file they apply to every dump of the host: a
    container that was to stop for the checkpoint runs on, and its engine believes that it has
    stopped: runc warns that the container is still running, crun destroys it all the same.

    Source: criu/cr-service.c, `setup_opts_from_req`; criu/config.c (v4.2).
    """
    if settings.role not in DEFAULT_ROLES or not settings.on("dump"):
        return
    final = settings.last(*_TEXTS)
    if final:
        message, advice = _TEXTS[final.name]
        yield problem_at(final, message, advice)
