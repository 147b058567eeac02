# SPDX-License-Identifier: MIT
"""CRIU404: one function for each option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import COMMANDS, Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Move, Scope, problem_at, rule
from criulint.rules.runtime.callers import (
    DEFAULT_ROLES,
    is_called_by_command_line,
    possible_runtimes,
    runtimes_that_read,
    severity_of_caller,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

# Seen in the requests of runc 1.0 to 1.5 and crun 0.20 to 1.28.
_ASK_FOR_NOTIFICATIONS = {"runc": COMMANDS, "crun": ("restore",)}


def check_stream(settings: Settings) -> Iterator[FileProblem]:
    """A request up to 4.2.1 opens images of another mode than it streams (criu/img-streamer.c).

    Where no request reads the file, and from 4.3 on, it is CRIU305.
    """
    stream = settings.switched_on("stream")
    if not stream or settings.role in (None, Role.CLI) or settings.release >= "4.3":
        return
    if not is_called_by_command_line(settings):
        yield problem_at(
            stream,
            "CRIU aborts when a runtime calls it, and the runtime reports a broken connection",
            "remove the line",
            scope=Scope.LINE,
            unwanted=True,
        )


def check_network_lock(settings: Settings) -> Iterator[FileProblem]:
    """CRIU 3.16, the first with the option, to 4.2 look at a missing command (criu/config.c).

    Where the release is unknown it is a warning.
    """
    lock = settings.last("network-lock")
    if not lock or settings.role is not Role.RPC:
        return
    from criulint.criu.outcome import crashes_at_network_lock

    if crashes_at_network_lock(settings.release, settings.role):
        yield problem_at(
            lock,
            "CRIU crashes with a segmentation fault, and the runtime reports an unexpected EOF",
            scope=Scope.OPTION,
            move=Move(lock),
        )
    elif settings.context.any_release:
        yield problem_at(
            lock,
            "CRIU 3.16 to 4.2 crashes with a segmentation fault,"
            " and the runtime reports an unexpected EOF",
            severity=Severity.WARNING,
            scope=Scope.OPTION,
            move=Move(lock),
        )


def check_action_script(settings: Settings) -> Iterator[FileProblem]:
    """Up to 3.18 scripts and notifications exclude one another (criu/action-scripts.c).

    CRIU reads every file before it runs the request's script, so that no file helps.
    """
    script = settings.last("action-script")
    if not script or settings.release >= "3.19":
        return
    advice = "remove the line, or use CRIU 3.19 or later, where scripts work with runtimes"
    if settings.role is Role.RPC:
        yield problem_at(
            script,
            "CRIU aborts when the runtime asks for notifications, as runc does",
            advice,
            scope=Scope.OPTION,
            unwanted=True,
        )
    elif settings.role in DEFAULT_ROLES and (askers := _find_askers(settings)):
        yield problem_at(
            script,
            f"CRIU aborts under {', '.join(askers)}: scripts and notifications cannot be combined",
            advice,
            severity=severity_of_caller(settings),
            scope=Scope.OPTION,
            unwanted=True,
        )


def _find_askers(settings: Settings) -> list[str]:
    """Return the callers that ask for notifications, with the commands if not for all."""
    askers = []
    for runtime, _ in possible_runtimes(settings):
        asking = _ASK_FOR_NOTIFICATIONS.get(runtime.name, ())
        commands = [command for command in asking if settings.on(command)]
        if commands:
            some = f" ({', '.join(commands)})" if len(asking) < len(COMMANDS) else ""
            askers.append(runtime.title + some)
    return askers


CHECKS = (check_stream, check_network_lock, check_action_script)


@rule(
    "CRIU404",
    "crashes-criu",
    Severity.ERROR,
    severity_varies=True,
    bad="network-lock nftables\n",
    good="# network-lock: in /etc/criu/default.conf\n",
    path="/etc/criu/runc.conf",
    criu="4.2",
    options=("stream", "network-lock", "action-script"),
    about_option=True,
)
def crashes_criu(settings: Settings) -> Iterator[FileProblem]:
    """In a file for RPC clients, this option crashes CRIU, and the runtime does not say why.

    `network-lock` in such a file makes CRIU 3.16 to 4.2 look for a command word that does not
    exist: a segmentation fault, which runc reports as “unexpected EOF”. In `/etc/criu/default.conf`
    the same line is fine. `stream` makes CRIU up to 4.2.1 abort, in default files too, and so does
    `action-script` up to 3.18 when the runtime asks for notifications, as runc does.

    If none of the runtimes in question reads the file, nothing crashes: CRIU403 reports that.

    Sources: criu/config.c, `parse_options`; criu/img-streamer.c (v4.2); criu/action-scripts.c
    (v3.18). The crash at `network-lock` is fixed in 4.2.1.
    """
    if runtimes_that_read(settings):
        for check in CHECKS:
            yield from check(settings)
