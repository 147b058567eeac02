# SPDX-License-Identifier: MIT
"""CRIU302: one function for each pair of options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.criu.values import atoi
from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, relate, rule
from criulint.rules.conflicts.removal import remove_line
from criulint.rules.runtime.callers import runtimes_that_read
from criulint.rules.variables import detaching_setting, last_of_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Setting, Settings

_CGROUP_OPTIONS = (
    "cgroup-root",
    "cgroup-props",
    "cgroup-props-file",
    "cgroup-dump-controller",
    "cgroup-yard",
)
_KEEP_ONE = "keep one of them"
_REMOVE_ONE = "remove one of them"


def check_tcp(settings: Settings) -> Iterator[FileProblem]:
    """`tcp-close` beats `tcp-established` (criu/sk-tcp.c)."""
    close, established = settings.switched_on("tcp-close"), settings.switched_on("tcp-established")
    if close and established:
        yield problem_at(
            established,
            "no effect: `tcp-close` makes CRIU close the TCP connections that this line would keep",
            _KEEP_ONE,
            remove_line(settings, established),
            related=relate(close),
        )


def check_final_state(settings: Settings) -> Iterator[FileProblem]:
    """`leave-running` and `leave-stopped` set one variable (criu/config.c, `parse_options`)."""
    winner = last_of_variable(settings, "leave-running")
    for loser in settings.named("leave-running", "leave-stopped"):
        if winner and loser.name != winner.name:
            yield problem_at(
                loser,
                f"no effect: `{winner.name}` overrides this line",
                _KEEP_ONE,
                remove_line(settings, loser),
                related=relate(winner),
            )


def check_namespaces(settings: Settings) -> Iterator[FileProblem]:
    """CRIU refuses `join-ns net` with `empty-ns` (criu/namespaces.c)."""
    empty, joined = settings.last("empty-ns"), _joined_network(settings)
    if empty and joined:
        first, second = sorted((empty, joined), key=lambda each: (each.line, each.start))
        yield problem_at(
            second,
            f"every command fails with this line and `{first.name}`:"
            " “Conflicting flags: --join-ns and --empty-ns”",
            _REMOVE_ONE,
            severity=Severity.ERROR,
            related=relate(first),
        )


def check_sent_namespace(settings: Settings) -> Iterator[FileProblem]:
    """The same happens if the caller sends `empty-ns`, as runc does with each request."""
    joined = _joined_network(settings)
    if not joined or settings.last("empty-ns") or settings.role in (None, Role.CLI):
        return
    senders = [
        runtime.title
        for runtime, version in runtimes_that_read(settings)
        if any(runtime.sends("empty-ns", each, version) for each in settings.context.commands)
    ]
    is_certain = settings.role is Role.RPC or settings.context.caller is not None
    if senders:
        names = ", ".join(senders)
        yield problem_at(
            joined,
            f"every command fails under {names}, which sends `empty-ns net`:"
            " “Conflicting flags: --join-ns and --empty-ns”",
            "remove the line" if is_certain else f"remove it if CRIU is called by {names}",
            severity=Severity.ERROR if is_certain else Severity.INFO,
            unwanted=is_certain,
        )


def check_program(settings: Settings) -> Iterator[FileProblem]:
    """A detached restore refuses to start a program (criu/crtools.c, `main`)."""
    program, detached = settings.last("exec-cmd"), detaching_setting(settings)
    if program and detached and settings.role is not Role.RPC and settings.on("restore"):
        yield problem_at(
            program,
            f"every restore fails with `{detached.name}`:"
            " “--restore-detached and --exec-cmd cannot be used together”",
            severity=Severity.ERROR,
            related=relate(detached),
        )


def check_status(settings: Settings) -> Iterator[FileProblem]:
    """CRIU's manual advises against `status-fd` with `restore-detached`."""
    status, detached = settings.last("status-fd"), detaching_setting(settings)
    if status and detached:
        yield problem_at(
            status,
            f"redundant with `{detached.name}`: CRIU then returns when it is ready, and its manual"
            " advises against using both",
            _KEEP_ONE,
            related=relate(detached),
        )


def check_page_server_address(settings: Settings) -> Iterator[FileProblem]:
    """`ps-socket` beats `address` and `port` (criu/page-xfer.c, `connect_to_page_server`)."""
    socket = settings.last("ps-socket")
    if not socket or atoi(socket.given_value) == -1:
        return
    for other in settings.named("address", "port"):
        if other.name == "address" and settings.switched_on("tls"):
            continue  # the name that the server's certificate has to have (criu/tls.c)
        yield problem_at(
            other,
            "no effect: CRIU uses the connection of `ps-socket`",
            _REMOVE_ONE,
            related=relate(socket),
        )


def check_page_server_socket(settings: Settings) -> Iterator[FileProblem]:
    """From 3.13 on a detached CRIU refuses descriptors 0 to 2 (criu/config.c, `check_options`)."""
    socket, detached = settings.last("ps-socket"), detaching_setting(settings)
    if not socket or not detached or settings.release < "3.13":
        return
    number = atoi(socket.given_value)
    if number <= 2 and number != -1:
        yield problem_at(
            socket,
            f"every command fails with `{detached.name}`:"
            " “Standard file descriptors will be closed in daemon mode”",
            severity=Severity.ERROR,
            related=relate(detached),
        )


def check_stream(settings: Settings) -> Iterator[FileProblem]:
    """A CRIU that streams ignores the parent images (criu/image.c)."""
    stream, previous = settings.switched_on("stream"), settings.last("prev-images-dir")
    if stream and previous:
        yield problem_at(
            previous,
            "no effect: CRIU ignores `prev-images-dir` with `stream`",
            _REMOVE_ONE,
            related=relate(stream),
        )


def check_stream_to_page_server(settings: Settings) -> Iterator[FileProblem]:
    """From 4.3 on a dump refuses `stream` with `page-server` (criu/config.c:1203)."""
    stream, server = settings.switched_on("stream"), settings.switched_on("page-server")
    if not stream or not server or settings.release < "4.3" or not settings.on("dump", "pre-dump"):
        return
    first, second = sorted((stream, server), key=lambda each: (each.line, each.start))
    yield problem_at(
        second,
        f"every dump fails with this line and `{first.name}`:"
        " “--stream cannot be used with --page-server on a dump”",
        _REMOVE_ONE,
        severity=Severity.ERROR,
        related=relate(first),
    )


def check_cgroups(settings: Settings) -> Iterator[FileProblem]:
    """`manage-cgroups=ignore` disables all that CRIU does with cgroups (criu/cgroup.c)."""
    mode = settings.last("manage-cgroups")
    if not mode or mode.value != b"ignore":
        return
    for setting in settings.named(*_CGROUP_OPTIONS):
        yield problem_at(
            setting,
            "no effect: with `manage-cgroups=ignore` CRIU leaves cgroups alone",
            _REMOVE_ONE,
            related=relate(mode),
        )


CHECKS = (
    check_tcp,
    check_final_state,
    check_namespaces,
    check_sent_namespace,
    check_program,
    check_status,
    check_page_server_address,
    check_page_server_socket,
    check_stream,
    check_stream_to_page_server,
    check_cgroups,
)


@rule(
    "CRIU302",
    "conflicting-options",
    Severity.WARNING,
    severity_varies=True,
    bad="tcp-established\ntcp-close\n",
    good="tcp-established\n",
    fixable=True,
    options=(
        "tcp-established",
        "leave-stopped",
        "join-ns",
        "exec-cmd",
        "status-fd",
        "ps-socket",
        "stream",
        "manage-cgroups",
    ),
    about_option=True,
)
def conflicting_options(settings: Settings) -> Iterator[FileProblem]:
    """Two options cancel each other, or CRIU refuses to run with both.

    CRIU says nothing while it reads the file. `tcp-close` closes the connections that
    `tcp-established` would keep; `leave-running` and `leave-stopped` set the same variable, so the
    later line wins; `join-ns net` with `empty-ns net` makes every command fail with “Conflicting
    flags: --join-ns and --empty-ns”, and so does `join-ns net` alone under runc, which sends
    `empty-ns net`.

    Sources: criu/sk-tcp.c, criu/config.c, criu/crtools.c, criu/namespaces.c, criu/image.c (v4.2).
    """
    for check in CHECKS:
        yield from check(settings)


def _joined_network(settings: Settings) -> Setting | None:
    joined = settings.named("join-ns")
    return next((each for each in joined if each.given_value.startswith(b"net:")), None)
