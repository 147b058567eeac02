# SPDX-License-Identifier: GPL-2.0-only
"""CRIU304: one function for each option that needs another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.conflicts.variables import detaching_setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

_NEED_TLS = ("tls-cacert", "tls-cacrl", "tls-cert", "tls-key", "tls-no-cn-verify")
_TLS_PAIR = (("tls-cert", "tls-key"), ("tls-key", "tls-cert"))


def check_sibling(settings: Settings) -> Iterator[FileProblem]:
    """`restore-sibling` needs `restore-detached` (criu/config.c, `check_options`).

    CRIU's message has the option's name with a `d` at its end from 3.15 on. A restore over RPC is
    detached by itself.
    """
    sibling = settings.switched_on("restore-sibling")
    if not sibling or detaching_setting(settings):
        return
    option = "--restore-detached" if settings.release >= "3.15" else "--restore-detach"
    message = f"“--restore-sibling only makes sense with {option}”"
    if settings.on("dump", "pre-dump"):
        yield problem_at(
            sibling,
            f"every command fails, dumps too: {message}",
            "pass both on the command line of the restore",
            severity=Severity.ERROR,
        )
    elif settings.role is not Role.RPC:
        yield problem_at(
            sibling, f"a restore in the foreground fails: {message}", "add `restore-detached`"
        )


def check_page_server(settings: Settings) -> Iterator[FileProblem]:
    """A dump to a page server needs its address and port (criu/page-xfer.c, criu/util.c)."""
    server = settings.switched_on("page-server")
    if not server or not settings.on("dump", "pre-dump") or settings.last("ps-socket"):
        return
    if not settings.last("address"):
        yield problem_at(
            server,
            "every dump crashes without an address, after “Failed to resolve hostname”",
            "add `address HOST` and `port NUMBER`",
            severity=Severity.ERROR,
        )
    elif not settings.last("port"):
        yield problem_at(
            server,
            "every dump fails without a port: CRIU connects to port 0",
            "add `port NUMBER`",
            severity=Severity.ERROR,
        )


def check_tls_is_on(settings: Settings) -> Iterator[FileProblem]:
    """The options about TLS need `tls` (criu/tls.c). A file that says `no-tls` means it."""
    if settings.last("tls", "no-tls"):
        return
    for setting in settings.named(*_NEED_TLS):
        yield problem_at(setting, f"`{setting.name}` has no effect without `tls`", "add `tls`")


def check_tls_pair(settings: Settings) -> Iterator[FileProblem]:
    """A certificate needs its key, and CRIU has a default for each (criu/tls.c)."""
    if not settings.switched_on("tls"):
        return
    for name, other in _TLS_PAIR:
        half = settings.last(name)
        if half and not settings.last(other):
            default = settings.table.options[other].default
            yield problem_at(
                half,
                f"`{other}` is missing, and CRIU uses `{default}` with this file",
                f"add `{other} FILE`",
            )


CHECKS = (check_sibling, check_page_server, check_tls_is_on, check_tls_pair)


@rule(
    "CRIU304",
    "missing-companion",
    Severity.WARNING,
    severity_varies=True,
    bad="tls-cert /etc/criu/cert.pem\ntls-key /etc/criu/key.pem\n",
    good="tls\ntls-cert /etc/criu/cert.pem\ntls-key /etc/criu/key.pem\n",
    options=("restore-sibling", "page-server", *_NEED_TLS),
)
def missing_companion(settings: Settings) -> Iterator[FileProblem]:
    """An option does nothing, or breaks CRIU, without another one that the file does not set.

    `restore-sibling` without `restore-detached` makes every command fail, dump and check too;
    `page-server` without `address` crashes every dump; certificates do nothing unless `tls` is
    on. A caller may give the other option on the command line, so criulint reports only what no
    caller can be expected to give.

    Sources: criu/config.c, `check_options`; criu/page-xfer.c; criu/util.c; criu/tls.c (v4.2).
    """
    for check in CHECKS:
        yield from check(settings)
