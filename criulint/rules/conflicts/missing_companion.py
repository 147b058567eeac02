# SPDX-License-Identifier: MIT
"""CRIU304: one function for each option that needs another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.conflicts.breaks_other_commands import restore_detached_flag
from criulint.rules.runtime.callers import is_called_by_command_line, is_called_by_rpc
from criulint.rules.variables import detaching_setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Setting, Settings

_NEED_TLS = ("tls-cacert", "tls-cacrl", "tls-cert", "tls-key", "tls-no-cn-verify")
# With the letter of `external mnt[]` that does the same.
_EXTERNAL_MOUNTS = {"enable-external-masters": "m", "enable-external-sharing": "s"}
_TLS_PAIR = (("tls-cert", "tls-key"), ("tls-key", "tls-cert"))


def check_sibling(settings: Settings) -> Iterator[FileProblem]:
    """`restore-sibling` needs `restore-detached` (criu/config.c, `check_options`).

    A restore over RPC is detached by itself; CRIU 3.11 checks no request (criu/crtools.c, `main`).
    """
    sibling = settings.switched_on("restore-sibling")
    if not sibling or detaching_setting(settings):
        return
    is_rpc = is_called_by_rpc(settings)
    if is_rpc and settings.release < "3.12":
        return
    message = f"“--restore-sibling only makes sense with {restore_detached_flag(settings)}”"
    if is_rpc:
        if settings.on("dump", "pre-dump"):
            yield problem_at(
                sibling,
                f"every dump fails: {message}",
                "remove the line: the caller requests it where a restore needs it",
                severity=Severity.ERROR,
                unwanted=True,
            )
    elif settings.on("dump", "pre-dump"):
        yield problem_at(
            sibling,
            f"every command fails, dumps too: {message}",
            "pass both on the command line of the restore",
            severity=Severity.ERROR,
            unwanted=True,
        )
    else:
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
                f"`{other}` is missing: CRIU pairs this file with its default, `{default}`",
                f"add `{other} FILE`",
            )


def check_external_mounts(settings: Settings) -> Iterator[FileProblem]:
    """CRIU looks at them only where it detects external mounts itself (criu/mount.c).

    `external mnt[]` and `ext-mount-map auto` switch that on; LXC passes the latter.
    """
    if not settings.on("dump") or is_called_by_command_line(settings):
        return
    if any(_detects_mounts(setting) for setting in settings.named("external", "ext-mount-map")):
        return
    for setting in settings.named(*_EXTERNAL_MOUNTS):
        yield problem_at(
            setting,
            f"`{setting.name}` has no effect without `external mnt[]`",
            f"write `external mnt[]:{_EXTERNAL_MOUNTS[setting.name]}`",
        )


def _detects_mounts(setting: Setting) -> bool:
    value = setting.given_value
    return value == b"auto" if setting.name == "ext-mount-map" else value.startswith(b"mnt[]")


CHECKS = (
    check_sibling,
    check_page_server,
    check_tls_is_on,
    check_tls_pair,
    check_external_mounts,
)


@rule(
    "CRIU304",
    "missing-companion",
    Severity.WARNING,
    severity_varies=True,
    bad="tls-cert /etc/criu/cert.pem\ntls-key /etc/criu/key.pem\n",
    good="tls\ntls-cert /etc/criu/cert.pem\ntls-key /etc/criu/key.pem\n",
    options=("restore-sibling", "page-server", *_NEED_TLS, *_EXTERNAL_MOUNTS),
)
def missing_companion(settings: Settings) -> Iterator[FileProblem]:
    """An option does nothing, or breaks CRIU, without another one that the file does not set.

    `restore-sibling` without `restore-detached` makes every command fail, dump and check too;
    `page-server` without `address` crashes every dump; certificates do nothing unless `tls` is on;
    `enable-external-masters` and `enable-external-sharing` do nothing unless `external mnt[]` makes
    CRIU look for external mounts by itself. A caller may give the other option on the command line,
    so criulint reports only options that no caller can be expected to give.

    Sources: criu/config.c, `check_options`; criu/page-xfer.c; criu/util.c; criu/tls.c;
    criu/mount.c, `resolve_external_mounts` (v4.2).
    """
    for check in CHECKS:
        yield from check(settings)
