# SPDX-License-Identifier: MIT
"""CRIU504."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Aspect, Severity
from criulint.host.filesystem import HostContext, Kind, ResolvedPath, Status
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.environment.advice import about
from criulint.rules.environment.paths import NamedPath, resolve_target, resolve_value
from criulint.rules.environment.permissions import Trust
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

_READABLE_BY_OTHERS = 0o004
_ENTERABLE_BY_OTHERS = 0o001
_READABLE_BY_GROUP = 0o040
_ENTERABLE_BY_GROUP = 0o010


@rule(
    "CRIU504",
    "key-readable-by-others",
    Severity.WARNING,
    severity_varies=True,
    bad="tls\ntls-cert /etc/pki/criu/cert.pem\ntls-key /etc/pki/criu/key.pem\n",
    bad_host=("0644 /etc/pki/criu/cert.pem", "0644 /etc/pki/criu/key.pem"),
    good="tls\ntls-cert /etc/pki/criu/cert.pem\ntls-key /etc/pki/criu/key.pem\n",
    good_host=("0644 /etc/pki/criu/cert.pem", "0600 /etc/pki/criu/key.pem"),
    path="/etc/criu/default.conf",
)
def key_readable_by_others(settings: Settings, host: HostContext) -> Iterator[FileProblem]:
    """Users other than root can read the private key with which CRIU identifies itself.

    With it they can impersonate a page server and get the memory of the dumped processes, or
    impersonate the dumping host and send memory of their own instead. CRIU itself does not check
    the permissions.

    The directories above count: in one that others cannot enter, the key is safe. A group that
    may read the key is reported as info.

    Source: criu/tls.c, `tls_x509_setup_creds` (v4.2).
    """
    target = _find_key(settings, host)
    if target is None or target.resolved.status.kind is not Kind.FILE:
        return
    problem = _check_key(target, Trust(settings, host))
    if problem:
        yield about(problem, host, target.resolved.path, Aspect.ACCESS)


def _check_key(target: NamedPath, trust: Trust) -> FileProblem | None:
    status = target.resolved.status
    key = f"the private key {target.shown}"
    if status.uid not in trust.users:
        return problem_at(
            target.setting,
            f"{key} belongs to user {status.uid}, who can impersonate this host with it",
            f"run `chown root {shorten(target.path)}`",
        )
    if _everyone_can_read(target.resolved):
        return problem_at(
            target.setting,
            f"everyone can read {key}, and impersonate this host with it",
            f"run `chmod 600 {shorten(target.path)}`",
        )
    if status.gid not in trust.groups and _group_can_read(target.resolved):
        return problem_at(
            target.setting,
            f"the members of group {status.gid} can read {key}, and impersonate this host with it",
            "make sure that all of them should have access",
            severity=Severity.INFO,
        )
    return None


def _find_key(settings: Settings, host: HostContext) -> NamedPath | None:
    """Return the key that the file sets, or CRIU's default if it sets none and switches TLS on."""
    key = settings.last("tls-key")
    if key:
        return resolve_value(host.file_system, key)
    tls = settings.switched_on("tls")
    if not tls:
        return None
    return resolve_target(host.file_system, tls, settings.table.options["tls-key"].default_path)


def _everyone_can_read(key: ResolvedPath) -> bool:
    return bool(key.status.mode & _READABLE_BY_OTHERS) and all(
        directory.mode & _ENTERABLE_BY_OTHERS for directory in _directories(key)
    )


def _group_can_read(key: ResolvedPath) -> bool:
    return bool(key.status.mode & _READABLE_BY_GROUP) and all(
        directory.mode & _ENTERABLE_BY_OTHERS
        or (directory.mode & _ENTERABLE_BY_GROUP and directory.gid == key.status.gid)
        for directory in _directories(key)
    )


def _directories(key: ResolvedPath) -> list[Status]:
    return [status for _, status in key.traversed if status.kind is Kind.DIRECTORY]
