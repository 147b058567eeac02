# SPDX-License-Identifier: MIT
"""What the host's files already say about an option that would help, or that is the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.context import Context
from criulint.finding import Severity
from criulint.rules.families import MISREAD, family_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from criulint.advise.situation import Situation
    from criulint.criu.context import Role
    from criulint.criu.settings import Setting, Settings
    from criulint.finding import Finding


class Existing(NamedTuple):
    """A line of a file that already sets an option.

    `path` is for people, `line` 1-based, `text` the text of the line, and `value` what CRIU reads
    there. `reason` says why it does not count, empty if it does; `misread` how CRIU reads it if
    that is not what it looks like. `is_newer`: whether the file was written after the log; None if
    that is not known.
    """

    path: str
    line: int
    text: str
    value: bytes | None
    reason: str
    misread: str
    is_newer: bool | None

    @property
    def place(self) -> str:
        """The path and the line."""
        return f"{self.path}:{self.line}"


def find_existing(situation: Situation, option: str, commands: Iterable[str]) -> list[Existing]:
    """Return the lines of files that set an option, for any of the commands."""
    if situation.files is None:
        return []
    found: dict[tuple[str, int], Existing] = {}
    for command in commands:
        for each in (*_read(situation, option, command), *_unread(situation, option, command)):
            found.setdefault((each.path, each.line), each)
    return list(found.values())


def first_mistake(situation: Situation, path: str, line: int, role: Role) -> str:
    """Return what is wrong with a line at which CRIU stops; empty if it is not known."""
    assert situation.files
    findings = situation.findings(situation.files.source(path), Context(role))
    errors = (each for each in findings if each.severity is Severity.ERROR)
    return next((_describe(each) for each in errors if each.span.line == line), "")


def _read(situation: Situation, name: str, command: str) -> Iterator[Existing]:
    """Yield what the files that CRIU reads say about the option."""
    # Before 4.2 CRIU reads a client's file twice; what counts then is the second time.
    steps = {step.origin[1:]: step for step in situation.steps(command).get(name, ())}
    for file in situation.config_files(command):
        if file.settings is None:
            continue
        for setting in file.settings.named(name):
            step = steps[file.path, setting.line]
            overriding = step.effect == "overridden"
            reason = f"{step.reason} overrides it" if overriding else step.reason
            yield _existing(situation, file.settings, setting, file.path, reason)


def _unread(situation: Situation, name: str, command: str) -> Iterator[Existing]:
    """Yield what files that CRIU does not read say about the option."""
    files = situation.config_files(command)
    reasons = {file.path: file.reason for file in files if file.state == "not-read"}
    read = {file.path for file in files if file.state not in ("not-read", "missing")}
    who = situation.invocation(command).title or "CRIU on its command line"
    for path, settings in situation.others:
        if path in read:
            continue
        reason = reasons.get(path) or f"{who} does not read this file"
        for setting in settings.named(name):
            yield _existing(situation, settings, setting, path, reason)


def _existing(
    situation: Situation, settings: Settings, setting: Setting, path: str, reason: str
) -> Existing:
    source = settings.reading.source
    text = source.text(setting.line)[setting.start : setting.end]
    misread = (
        _describe(finding)
        for finding in situation.findings(source, settings.context)
        if finding.span.line == setting.line and family_of(finding.code) is MISREAD
    )
    newer = _is_newer(situation, path)
    return Existing(path, setting.line, text, setting.value, reason, next(misread, ""), newer)


def _describe(finding: Finding) -> str:
    return f"{finding.code} {finding.name}: {finding.full_message}"


def _is_newer(situation: Situation, path: str) -> bool | None:
    """Return whether a file was written after the log; the log itself may prove that."""
    assert situation.files
    inside = situation.inside(path)
    if any(file.path == inside and file.read is False for file in situation.log.files):
        return True
    written, modified = situation.log.written, situation.files.modification_time(path)
    return None if written is None or modified is None else modified > written
