# SPDX-License-Identifier: MIT
"""CRIU503: one function for each thing that CRIU runs, or is told to run."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from criulint.finding import Aspect, Severity
from criulint.host.filesystem import HostContext, resolve_path
from criulint.rules.base import FileProblem, Problem, problem_at, rule
from criulint.rules.environment.advice import about
from criulint.rules.environment.paths import NamedPath, resolve_last, resolve_value
from criulint.rules.environment.permissions import Breach, Trust, find_public_directory
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings


def check_this_file(settings: Settings, host: HostContext, trust: Trust) -> Iterator[FileProblem]:
    """Who can write to the configuration can name an `action-script` in it."""
    resolved = resolve_path(host.file_system, host.path) if host.path else None
    breach = trust.find_breach(resolved) if resolved and not resolved.missing else None
    if not breach:
        return
    message = f"{breach}: others can make CRIU run any program as root, by naming it in this file"
    if settings.all:
        found = problem_at(settings.all[0], message, _advise(breach, host))
    else:
        end = len(settings.reading.source.text(1))
        found = FileProblem(1, Problem(0, end, message, _advise(breach, host)))
    yield about(found, host, breach.path, Aspect.ACCESS)


def check_scripts(settings: Settings, host: HostContext, trust: Trust) -> Iterator[FileProblem]:
    """CRIU runs each `action-script`."""
    for script in settings.named("action-script"):
        target = resolve_value(host.file_system, script)
        if target:
            yield from _check_target(target, host, trust, "CRIU runs it as root")


def check_plugins(settings: Settings, host: HostContext, trust: Trust) -> Iterator[FileProblem]:
    """CRIU loads each library in `libdir`; the directory itself comes first."""
    target = resolve_last(host.file_system, settings, "libdir")
    if target is None:
        return
    problems = list(_check_target(target, host, trust, "CRIU loads each *.so there as root"))
    if problems or not target.is_directory:
        yield from problems
        return
    directory = target.resolved.path
    for name in sorted(host.file_system.listdir(directory) or ()):
        plugin = (
            resolve_path(host.file_system, posixpath.join(directory, name))
            if name.endswith(".so")
            else None
        )
        breach = trust.find_breach(plugin) if plugin else None
        if breach:
            message = f"{breach}: others control what code CRIU loads as root"
            found = problem_at(target.setting, message, _advise(breach, host))
            yield about(found, host, breach.path, Aspect.ACCESS)
            return


CHECKS = (check_this_file, check_scripts, check_plugins)


@rule(
    "CRIU503",
    "writable-by-others",
    Severity.WARNING,
    bad="action-script /opt/hooks/criu\n",
    bad_host=("0777 /opt/hooks/", "0755 /opt/hooks/criu: #!/bin/sh", "0755 /bin/sh"),
    good="action-script /opt/hooks/criu\n",
    good_host=("0755 /opt/hooks/", "0755 /opt/hooks/criu: #!/bin/sh", "0755 /bin/sh"),
    path="/etc/criu/default.conf",
)
def writable_by_others(settings: Settings, host: HostContext) -> Iterator[FileProblem]:
    """Users other than root can change what CRIU runs as root.

    CRIU runs each `action-script`, and loads each `*.so` in `libdir` into itself. A user who can
    write to one of them, to a directory or link on the way there, or to the configuration file,
    which can name others, becomes root with the next checkpoint. The permissions of all
    directories on the way count. In one with the sticky bit, such as `/tmp`, users cannot replace
    each other's files, but anyone can be the first to create one, as after a reboot.

    Users and groups are reported as numbers. Those that own `/` count as root, because an image
    may be unpacked by another user; those that own a home directory count for the file in it,
    which only that user's CRIU reads.

    Sources: criu/action-scripts.c; criu/plugin.c (v4.2).
    """
    trust = Trust(settings, host)
    for check in CHECKS:
        yield from check(settings, host, trust)


def _advise(breach: Breach, host: HostContext) -> str:
    advice = "let only root write there"
    if not host.is_image:
        return advice
    return f"{advice}: add `RUN {breach.remedy} {shorten(breach.path)}` to the Dockerfile"


def _check_target(
    target: NamedPath, host: HostContext, trust: Trust, use: str
) -> Iterator[FileProblem]:
    breach = trust.find_breach(target.resolved)
    if breach:
        message = f"{breach}: others control {target.shown}, and {use}"
        found = problem_at(target.setting, message, _advise(breach, host))
        yield about(found, host, breach.path, Aspect.ACCESS)
        return
    public = find_public_directory(target.resolved, target.path)
    if public:
        yield problem_at(
            target.setting,
            f"everyone can write to `{shorten(public.path)}`: while {target.shown} is missing, as"
            f" after a reboot, anyone can create it, and {use}",
            "keep it where only root can write",
        )
