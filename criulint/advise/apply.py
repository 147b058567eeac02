# SPDX-License-Identifier: MIT
"""Proof, before a line is written, that it will take effect for each command that needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.options import option_table
from criulint.criu.precedence import ConfigFile, find_effective, sharing_variable
from criulint.host.config_files import first_stop, read_source

if TYPE_CHECKING:
    from criulint.advise.messages import Remedy
    from criulint.advise.situation import Situation
    from criulint.source import Source


class ApplyError(ValueError):
    """A line that would not help; the message is one line."""


def prove_effect(situation: Situation, path: str, after: Source, remedy: Remedy) -> None:
    """Raise ApplyError unless the option of a remedy takes effect once `path` contains `after`."""
    for command in remedy.commands:
        _prove(situation, path, after, remedy.option, command)


def _prove(situation: Situation, path: str, after: Source, option: str, command: str) -> None:
    release = situation.releases[-1]
    caller = situation.invocation(command)
    files = [
        read_source(ConfigFile(file.path, file.role), after, caller, release)
        if file.path.endswith(path) and file.state != "not-read"
        else file
        for file in situation.config_files(command)
    ]
    stop = first_stop(files)
    if stop:
        raise ApplyError(f"{stop.path} stops CRIU before that: {stop.reason}")
    sharing = sharing_variable(option_table(release).options, option)
    counting = [
        step
        for effective in find_effective(files, caller, release)
        if effective.option in sharing
        for step in effective.winners
    ]
    if not any(step.name == option and step.origin.path for step in counting):
        raise ApplyError(f"`{option}` would not take effect for {command}")
