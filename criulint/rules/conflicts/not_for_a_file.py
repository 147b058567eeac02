# SPDX-License-Identifier: GPL-2.0-only
"""CRIU306."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.rules.conflicts.removal import remove_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

_DESCRIPTOR = "the number of a descriptor is valid for one run of CRIU, and a file is for all"
_MESSAGES = {
    "tree": "the process ID is valid for one dump: at the next one it is another process",
    "close": "CRIU closes this descriptor of its own while it reads the file, whatever it is then",
    "status-fd": _DESCRIPTOR,
    "ps-socket": _DESCRIPTOR,
    "feature": "`criu check` tests this one feature and nothing else",
}


@rule(
    "CRIU306",
    "not-for-a-file",
    Severity.WARNING,
    bad="tree 4711\n",
    good="# the process is named on the command line: criu dump --tree PID\n",
    fixable=True,
    options=(*_MESSAGES, "exec-cmd"),
    about_option=True,
)
def not_for_a_file(settings: Settings) -> Iterator[FileProblem]:
    """The value, a process or a descriptor, is valid for one run, and a file is read by all.

    A process ID is another process tomorrow, and a descriptor is something else in the next run:
    `close 3` closes whatever CRIU, or the program that started it, has open there, such as the
    connection to the runtime.

    Sources: criu/config.c, `parse_options`; criu/cr-check.c (v4.2).
    """
    messages = _MESSAGES
    if settings.role is Role.RPC:
        messages = {**messages, "exec-cmd": "no effect: CRIU ignores it in a file for RPC clients"}
    for name, message in messages.items():
        for setting in settings.named(name):
            yield problem_at(
                setting, message, "give it on the command line", remove_line(settings, setting)
            )
