# SPDX-License-Identifier: MIT
"""CRIU505."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from criulint.finding import Aspect, Severity
from criulint.named_tuple import NamedTuple
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.environment.advice import about
from criulint.rules.environment.paths import NamedPath, resolve_target
from criulint.rules.environment.permissions import (
    PublicDirectory,
    Trust,
    find_public_directory,
    is_world_writable,
)
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Setting, Settings
    from criulint.host.filesystem import HostContext


class _Output(NamedTuple):
    """Something that CRIU writes, and what others can do if its directory is world-writable.

    `is_directory`: whether the path is a directory itself, and not a file in one.
    """

    danger: str
    is_directory: bool = False


_OUTPUTS = {
    "log-file": _Output(
        "CRIU follows a link that others put there, and overwrites its target as root, or fails"
    ),
    "pidfile": _Output(
        "a file that others put there makes every restore fail at the very end with"
        " “pidfile: Can't open {path}: File exists”"
    ),
    "work-dir": _Output(
        "CRIU follows links that others put there, and overwrites their targets, as root, with its"
        " log and statistics",
        is_directory=True,
    ),
    "images-dir": _Output(
        "others can read the memory of the processes there, and change what a restore runs as root",
        is_directory=True,
    ),
    "prev-images-dir": _Output(
        "others can change the images there, and with them the memory of restored processes",
        is_directory=True,
    ),
    "address": _Output("others can put a socket there first, and impersonate CRIU's service"),
}
# Not files that CRIU creates.
_STREAMS = ("/dev/stdout", "/dev/stderr")
_STREAM_PREFIXES = ("/dev/null", "/proc/")


@rule(
    "CRIU505",
    "in-world-writable-place",
    Severity.WARNING,
    severity_varies=True,
    bad="work-dir /var/tmp\n",
    bad_host=("1777 /var/tmp/",),
    good="work-dir /var/lib/criu\n",
    good_host=("0700 /var/lib/criu/",),
    path="/etc/criu/default.conf",
)
def in_world_writable_place(settings: Settings, host: HostContext) -> Iterator[FileProblem]:
    """CRIU writes as root to a place where everyone can write.

    Anyone can put a symbolic link where CRIU will create its file: CRIU empties and overwrites
    what the link leads to. Where the kernel protects links and files in such directories
    (`fs.protected_symlinks`, `fs.protected_regular`), they make CRIU fail instead. Images hold
    the memory of the processes, passwords and keys included, and CRIU makes them readable for
    everyone (mode 0644, less the umask); a user who can change them decides what a restore runs
    as root.

    A directory in such a place that belongs to root is safe while it exists, and is reported as
    info: after a reboot another user may be the first to create it.

    Sources: criu/log.c, `log_init`, `write_pidfile`; criu/image.c; criu/include/crtools.h,
    `CR_FD_PERM`; criu/cr-service.c, `cr_service` (v4.2); Linux
    Documentation/admin-guide/sysctl/fs.rst.
    """
    trust = Trust(settings, host)
    for name, output in _OUTPUTS.items():
        setting = settings.last(name)
        if setting and (name != "pidfile" or settings.on("restore")):
            yield from _check_output(setting, output, host, trust)


def _check_output(
    setting: Setting, output: _Output, host: HostContext, trust: Trust
) -> Iterator[FileProblem]:
    path = decode(setting.given_value)
    if path in _STREAMS or path.startswith(_STREAM_PREFIXES):
        return
    directory = path if output.is_directory else posixpath.dirname(path)
    target = resolve_target(host.file_system, setting, directory)
    public = find_public_directory(target.resolved, directory) if target else None
    if target is None or public is None:
        return
    # Where every host is like that, the configuration is to blame, not the host.
    place = None if is_world_writable(public.path) else public.path
    access = f"everyone can write to `{shorten(public.path)}`"
    if _is_safe_for_now(target, public, trust):
        found = problem_at(
            setting,
            f"{access}: while {target.shown} is missing, as after a reboot, anyone can create it",
            "keep it where only root can write",
            severity=Severity.INFO,
        )
    else:
        danger = output.danger.replace("{path}", shorten(path))
        found = problem_at(
            setting, f"{access}: {danger}", "choose a directory that only root can write to"
        )
    yield about(found, host, place, Aspect.ACCESS)


def _is_safe_for_now(target: NamedPath, public: PublicDirectory, trust: Trust) -> bool:
    """Return whether the directory exists, and only trusted users can replace it."""
    resolved = target.resolved
    return (
        public.is_sticky
        and not resolved.missing
        and resolved.path != public.path
        and resolved.status.uid in trust.users
    )
