# SPDX-License-Identifier: MIT
"""CRIU306."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, Scope, problem_at, rule
from criulint.rules.conflicts.removal import remove_line
from criulint.rules.runtime.callers import is_called_by_rpc
from criulint.rules.runtime.problems import advise_to_pass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

_DESCRIPTOR = "a descriptor number is valid for one run of CRIU, but every run reads this file"
_NO_EFFECT = "no effect: "
_MESSAGES = {
    "tree": "this process ID may belong to another process at the next dump",
    "close": "CRIU closes its own descriptor with this number, whatever it is for",
    "status-fd": _DESCRIPTOR,
    "ps-socket": _DESCRIPTOR,
    "feature": "`criu check` tests only this feature",
}
_MESSAGES_OVER_RPC = {
    **_MESSAGES,
    "tree": f"{_NO_EFFECT}CRIU takes the process from the request",
    "exec-cmd": f"{_NO_EFFECT}CRIU ignores it in a file for RPC clients",
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
    """The value is a process or a descriptor of one run, but every run reads the file.

    A process ID belongs to another process tomorrow, and a descriptor to something else in the next
    run: `close 3` closes whatever CRIU, or the program that started it, has open there, such as the
    connection to the runtime.

    Sources: criu/config.c, `parse_options`; criu/cr-check.c (v4.2).
    """
    messages = _MESSAGES_OVER_RPC if is_called_by_rpc(settings) else _MESSAGES
    for name, message in messages.items():
        for setting in settings.named(name):
            advice = "remove the line"
            if not message.startswith(_NO_EFFECT):
                advice = advise_to_pass(settings, setting, "pass it on the command line")
            yield problem_at(
                setting,
                message,
                advice,
                remove_line(settings, setting),
                scope=Scope.LINE,
                unwanted=True,
            )
