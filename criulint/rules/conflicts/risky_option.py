# SPDX-License-Identifier: MIT
"""CRIU309."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import COMMANDS, Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Setting, Settings

_OPTIONS = {
    "leave-running": (
        "processes keep running after each dump, and what they change is not in the images"
    ),
    "leave-stopped": "processes stay stopped after each {commands}, and nothing resumes them",
    "skip-file-rwx-check": "a restore no longer notices that the permissions of a file changed",
    "evasive-devices": "CRIU accepts any path to a device with the same number",
    "unprivileged": (
        "CRIU does less even as root: it dumps no cgroups and restores no time namespaces"
    ),
}
# What they leave, and after which commands: not after a pre-dump (criu/cr-dump.c).
_LEAVING = {"leave-running": ("dump",), "leave-stopped": ("dump", "restore")}
_VALUES = {
    ("enable-fs", b"all"): "CRIU dumps filesystems that it does not know, without a warning",
    ("cpu-cap", b"none"): "a restore no longer checks that the processor can run the program",
    ("network-lock", b"skip"): "packets still arrive during a dump, and connections may break",
    ("network-lock", b"none"): "packets still arrive during a dump, and connections may break",
}


@rule(
    "CRIU309",
    "risky-option",
    Severity.INFO,
    bad="skip-file-rwx-check\n",
    good="# skip-file-rwx-check: on the command line of the dump that needs it\n",
    options=(*_OPTIONS, *(name for name, _ in _VALUES), "verbosity"),
    about_option=True,
)
def risky_option(settings: Settings) -> Iterator[FileProblem]:
    """The option switches a protection off, or changes every dump, for everything that reads the
    file.

    It may be right for one container. In a file it applies to all of them.
    """
    # In the default files CRIU407 has `leave-running` and `leave-stopped`.
    is_default_file = settings.role in (Role.DEFAULT, Role.USER, Role.ENV)
    for setting in settings.all:
        risk = describe_risk(setting)
        if not risk or (is_default_file and setting.name in _LEAVING):
            continue
        used = [each for each in _LEAVING.get(setting.name, COMMANDS) if settings.on(each)]
        if used:
            yield problem_at(
                setting,
                risk.replace("{commands}", " and ".join(used)),
                "make sure that every container that uses this file wants it",
            )


def describe_risk(setting: Setting) -> str | None:
    """Return what is risky about a setting, None if nothing is."""
    name, value = setting.name, setting.value
    if name in _OPTIONS:
        return _OPTIONS[name]
    if value is None:
        return None
    if name == "verbosity" and setting.option.number(value) == 0:
        return "CRIU logs nothing, not even errors"
    return _VALUES.get((name, value))
