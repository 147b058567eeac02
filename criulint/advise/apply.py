# SPDX-License-Identifier: MIT
"""Proof, before a line is written, that it will take effect for each command that needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import COMMANDS, Context
from criulint.criu.options import option_table
from criulint.criu.outcome import Outcome
from criulint.criu.paths import inferred_role
from criulint.criu.precedence import find_effective, sharing_variable
from criulint.criu.reading import Reading
from criulint.criu.settings import Settings
from criulint.host.config_files import first_stop

if TYPE_CHECKING:
    from criulint.advise.messages import Remedy
    from criulint.advise.situation import Situation
    from criulint.criu.precedence import ConfigFile
    from criulint.source import Source


class ApplyError(ValueError):
    """A line that would not help; the message is one line."""


def prove_effect(situation: Situation, path: str, after: Source, remedy: Remedy) -> None:
    """Raise ApplyError unless the option of a remedy takes effect once `path` contains `after`."""
    for command in remedy.commands:
        if command in COMMANDS:
            _prove(situation, path, after, remedy.option, command)


def _prove(situation: Situation, path: str, after: Source, option: str, command: str) -> None:
    release = situation.releases[-1]
    caller = situation.invocation(command)
    files = [
        _with_content(file, after, release, command) if _is_at(file, path) else file
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


def _is_at(file: ConfigFile, path: str) -> bool:
    return file.path == path or file.path.endswith(path)


def _with_content(file: ConfigFile, after: Source, release: str, command: str) -> ConfigFile:
    """Return a file as CRIU will read it."""
    if file.state == "not-read":
        return file
    reading = Reading(after, release)
    outcome = Outcome(reading, file.role)
    if outcome.stop:
        return file._replace(
            state=outcome.state, reason=outcome.stop.message, error=outcome.stop, settings=None
        )
    role = inferred_role(file.path) or file.role
    settings = Settings(reading, Context(role, commands=(command,)))
    return file._replace(state="read", reason="", error=None, settings=settings)
