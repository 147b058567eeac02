# SPDX-License-Identifier: GPL-2.0-only
"""CRIU404: one function for each option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Scope, problem_at, rule
from criulint.rules.runtime.placement import advise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings


def check_stream(settings: Settings) -> Iterator[FileProblem]:
    """CRIU opens the images before it talks to the streamer (criu/img-streamer.c).

    Where no runtime reads the file it is CRIU305.
    """
    stream = settings.switched_on("stream")
    if stream and settings.role not in (None, Role.CLI):
        yield problem_at(
            stream,
            "CRIU aborts when a runtime calls it, and the runtime reports a broken connection",
            "remove the line",
            scope=Scope.LINE,
        )


def check_network_lock(settings: Settings) -> Iterator[FileProblem]:
    """CRIU 3.16, the first with the option, to 4.2 look at a missing command (criu/config.c).

    Where the release is unknown it is a warning.
    """
    lock = settings.last("network-lock")
    if not lock or settings.role is not Role.RPC:
        return
    if settings.release < "4.2.1":
        yield problem_at(
            lock,
            "CRIU crashes with a segmentation fault, and the runtime reports an unexpected EOF",
            advise(settings, lock, "CRIU404"),
            scope=Scope.OPTION,
        )
    elif settings.context.any_release:
        yield problem_at(
            lock,
            "CRIU 3.16 to 4.2 crashes with a segmentation fault,"
            " and the runtime reports an unexpected EOF",
            advise(settings, lock, "CRIU404"),
            severity=Severity.WARNING,
            scope=Scope.OPTION,
        )


def check_action_script(settings: Settings) -> Iterator[FileProblem]:
    """Up to 3.18 scripts and notifications exclude one another (criu/action-scripts.c)."""
    script = settings.last("action-script")
    if script and settings.role is Role.RPC and settings.release < "3.19":
        yield problem_at(
            script,
            "CRIU aborts when the runtime asks for notifications, as runc does",
            advise(settings, script, "CRIU404"),
            scope=Scope.OPTION,
        )


CHECKS = (check_stream, check_network_lock, check_action_script)


@rule(
    "CRIU404",
    "crashes-criu",
    Severity.ERROR,
    bad="network-lock nftables\n",
    good="tcp-established\n",
    path="/etc/criu/runc.conf",
    criu="4.2",
    options=("stream", "network-lock", "action-script"),
    about_option=True,
)
def crashes_criu(settings: Settings) -> Iterator[FileProblem]:
    """CRIU crashes at this option in a file for RPC clients, and the runtime does not say why.

    `network-lock` in such a file makes CRIU 3.16 to 4.2 look at a command word that is not there:
    a segmentation fault, which runc reports as “unexpected EOF”. In `/etc/criu/default.conf` the
    same line is fine. `stream` makes every release abort, in default files too, and
    `action-script` those up to 3.18 when the runtime asks for notifications, as runc does.

    Sources: criu/config.c, `parse_options`; criu/img-streamer.c (v4.2); criu/action-scripts.c
    (v3.18). The crash at `network-lock` is fixed in 4.2.1.
    """
    for check in CHECKS:
        yield from check(settings)
