# SPDX-License-Identifier: MIT
"""CRIU406: one function for each option."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.runtime.overridden_by_runtime import is_overridden
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Setting, Settings

_LEAVE_IT = "remove the line, and leave the choice to the caller"


def check_pidfile(settings: Settings) -> Iterator[FileProblem]:
    """A restore creates it, and fails if it exists (criu/log.c; criu/cr-restore.c)."""
    setting = _last_absolute(settings, "pidfile")
    if setting and settings.on("restore"):
        prefix = "pidfile: " if settings.release >= "3.18" else ""
        path = shorten(decode(setting.given_value))
        yield problem_at(
            setting,
            f"the second restore fails: “{prefix}Can't open {path}: File exists”",
            _advise_relative(setting),
        )


def check_images_dir(settings: Settings) -> Iterator[FileProblem]:
    """Callers replace it: on the command line with `-D`, over RPC always (criu/crtools.c).

    Not in a file for RPC clients: up to 4.1.1 that fails, from 4.2 on the file's directory is
    used (criu/cr-service.c, `setup_opts_from_req`).
    """
    setting = _last_absolute(settings, "images-dir")
    if not setting or is_overridden(settings, setting):
        return
    message = "the images of all containers go to one directory and overwrite one another"
    severity: Severity | None = Severity.INFO
    if settings.role is Role.RPC:
        severity = None
        if settings.release < "4.2":
            message = "every request fails: CRIU accepts only the caller's directory"
            severity = Severity.ERROR
    yield problem_at(setting, message, _LEAVE_IT, severity=severity, unwanted=True)


def check_log_file(settings: Settings) -> Iterator[FileProblem]:
    """Every command opens and truncates it (criu/log.c)."""
    setting = _last_absolute(settings, "log-file")
    if setting and not is_overridden(settings, setting):
        yield problem_at(
            setting,
            "every command, for every container, overwrites the log in this file",
            _advise_relative(setting),
            severity=Severity.INFO,
        )


def check_work_dir(settings: Settings) -> Iterator[FileProblem]:
    """It is where relative paths of logs and statistics begin (criu/crtools.c)."""
    setting = _last_absolute(settings, "work-dir")
    if setting and not is_overridden(settings, setting):
        yield problem_at(
            setting,
            "the logs and statistics of all containers go to one directory",
            _LEAVE_IT,
            severity=Severity.INFO,
            unwanted=True,
        )


CHECKS = (check_pidfile, check_images_dir, check_log_file, check_work_dir)


@rule(
    "CRIU406",
    "shared-output",
    Severity.WARNING,
    severity_varies=True,
    bad="pidfile /run/criu.pid\n",
    good="log-file criu.log\n",
    options=("pidfile", "images-dir", "log-file", "work-dir"),
    about_option=True,
)
def shared_output(settings: Settings) -> Iterator[FileProblem]:
    """All containers and all commands write to this one path.

    A file is read for each container and each command. A second restore fails with “Can't
    open …: File exists” after it has killed what it restored; a `log-file` is emptied by
    every command, even by `criu check`, and holds what the last one wrote; all images go to one
    `images-dir` and overwrite one another. A relative path is looked up in the working directory
    that the caller chose, and is fine.

    Sources: criu/log.c; criu/cr-restore.c; criu/crtools.c (v4.2).
    """
    for check in CHECKS:
        yield from check(settings)


def _last_absolute(settings: Settings, name: str) -> Setting | None:
    """Return the last setting of an option if its path is absolute and not a device or the like."""
    setting = settings.last(name)
    if setting is None or not setting.given_value.startswith(b"/"):
        return None
    return None if setting.given_value.startswith((b"/dev/", b"/proc/")) else setting


def _advise_relative(setting: Setting) -> str:
    path = decode(setting.given_value).rstrip("/")
    name = shorten(posixpath.basename(path)) or "criu"
    return f"write a relative path: `{setting.name} {name}`"
