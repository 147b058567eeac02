# SPDX-License-Identifier: MIT
"""Where a setting takes effect: the answer to a `Move`.

A file is recommended only after a trial: the line is put there, the rules check it, and the order
in which CRIU applies files and requests (`criulint.criu.precedence`) says whether it counts.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.criu.paths import DEFAULT_FILE, RUNTIME_FILES, is_never_opened
from criulint.finding import Severity
from criulint.named_tuple import NamedTuple
from criulint.rules import conflicts, misread, runtime
from criulint.rules.relations import OF_A_READ_LINE
from criulint.rules.runtime.callers import (
    DEFAULT_ROLES,
    is_read,
    knows_runtimes,
    path_on_host,
    possible_callers,
)
from criulint.source import Source, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from criulint.criu.releases import Release
    from criulint.criu.settings import Setting, Settings
    from criulint.rules.base import AnyRule, FileProblem, Problem
    from criulint.rules.runtime.callers import PossibleCaller

# What judges a line that is tried in another file.
_RULES: tuple[AnyRule, ...] = (
    *misread.SETTINGS_RULES,
    *conflicts.SETTINGS_RULES,
    *runtime.SETTINGS_RULES,
)
# Rules about the file that a line is in, not about the line.
_ABOUT_FILES = frozenset(("CRIU402", "CRIU403", "CRIU408"))
# Each line of a file is tried; in a long file, the first ones stand for all.
_MAX_LINES = 20


class Placement(NamedTuple):
    """Where a setting takes effect under one caller.

    `files` are the paths of other files in which it does, the best first; `flags` the command lines
    that ask for the same; `upgrade` names the versions with which a file would work, such as ``crun
    1.26 or later``, empty if there are none or if a file already does. `unwanted`: whether a rule
    says to remove the line where it is; then there are neither files nor versions.
    """

    caller: PossibleCaller
    files: tuple[str, ...]
    flags: tuple[str, ...]
    upgrade: str
    unwanted: bool


def add_help(settings: Settings, rule: AnyRule, found: FileProblem) -> FileProblem:
    """Return what a rule reports about a file, with the answer to its `Move` as the help."""
    move = found.problem.move
    if move is None:
        return found
    if move.setting:
        advice = _advise_line(settings, move.setting, move.callers, rule.code)
    else:
        advice = advise_file(settings)
    return found._replace(problem=found.problem._replace(help=advice))


def find_placement(
    settings: Settings, setting: Setting, caller: PossibleCaller, code: str = ""
) -> Placement:
    """Return where a setting takes effect under one caller.

    `code` is the rule that asks, if it must not report the line in the other file.
    """
    flags: list[str] = []
    if setting.option.negates is None:
        flags = caller.flags(setting.name, _commands(settings, setting, caller))
    trial = _Trial(settings, setting, caller, code)
    if trial.is_unwanted:
        return Placement(caller, (), tuple(flags), "", unwanted=True)
    # Moving to a file of the same kind only helps if the caller does not name this one.
    is_unnamed = settings.role is Role.RPC and not _names(caller, settings)
    own_role = None if is_unnamed else settings.role
    files = tuple(
        path for path, role in _candidates(caller) if role is not own_role and trial.succeeds(path)
    )
    upgrade = "" if files else trial.find_upgrade()
    return Placement(caller, files, tuple(flags), upgrade, unwanted=False)


def _advise_line(
    settings: Settings, setting: Setting, callers: Sequence[PossibleCaller], code: str
) -> str:
    """Return what to do with a line that a rule reports: move it, or what else helps."""
    places = [
        find_placement(settings, setting, caller, code)
        for caller in callers or possible_callers(settings)
        if _commands(settings, setting, caller)
    ]
    files = dict.fromkeys(
        _describe_file(each.caller, each.files[0]) for each in places if each.files
    )
    parts = [f"move it to {' or '.join(files)}"] if files else []
    others = [each for each in places if not each.files]
    is_lost = not files and knows_runtimes(settings)
    instead: dict[str, list[str]] = {}
    for each in others:
        advice = _advise_instead(each, is_lost=is_lost)
        instead.setdefault(advice, []).append(each.caller.runtime.title)
    for advice, names in instead.items():
        is_all = len(names) == len(places)
        parts.append(advice if is_all else f"{', '.join(dict.fromkeys(names))}: {advice}")
    return "; ".join(parts)


def advise_file(settings: Settings) -> str:
    """Return where to move the lines of a file for the callers that do not read it.

    Lines that another rule says to remove are left to that rule.
    """
    if not settings.all:
        return "fix its lines first: where they take effect depends on what they set"
    lines = {(setting.name, setting.value): setting for setting in settings.all}
    several = list(lines.values())[:_MAX_LINES]
    by_advice: dict[str, list[str]] = {}
    callers = _likely_callers(settings)
    is_lost = knows_runtimes(settings) and len(callers) == 1
    for caller in callers:
        if settings.role is Role.RPC and _names(caller, settings):
            continue
        advice = _advise_lines(settings, several, caller, is_lost=is_lost)
        if advice:
            by_advice.setdefault(advice, []).append(caller.runtime.title)
    if len(by_advice) == 1:
        return next(iter(by_advice))
    return "; ".join(
        f"{', '.join(dict.fromkeys(names))}: {advice}" for advice, names in by_advice.items()
    )


def _likely_callers(settings: Settings) -> list[PossibleCaller]:
    """Return who may call CRIU; if none is named, only callers with a choice of files."""
    callers = possible_callers(settings)
    known = knows_runtimes(settings)
    return callers if known else [each for each in callers if each.runtime.files]


def _names(caller: PossibleCaller, settings: Settings) -> bool:
    """Return whether a caller names the file, one for RPC clients, to CRIU."""
    context, runtime, path = settings.context, caller.runtime, settings.reading.source.path
    if context.by_annotation:
        return runtime.reads_annotation(caller.version, settings.release)
    if context.role is not None:
        return True
    assert path is not None  # the role comes from it
    return not is_never_opened(path) and runtime.reads(
        path_on_host(settings), caller.version, settings.release
    )


def _advise_lines(
    settings: Settings, several: Sequence[Setting], caller: PossibleCaller, *, is_lost: bool
) -> str:
    found = {
        setting: find_placement(settings, setting, caller)
        for setting in several
        if _commands(settings, setting, caller)
    }
    places = {setting: place for setting, place in found.items() if not place.unwanted}
    if not places:
        return ""
    first, *others = places.values()
    common = [path for path in first.files if all(path in other.files for other in others)]
    if common:
        return f"move the lines to {_describe_file(caller, common[0])}"
    groups: dict[str, list[str]] = {}
    for setting, place in places.items():
        advice = _advise_instead(place, is_lost=is_lost)
        if place.files:
            advice = f"move it to {_describe_file(caller, place.files[0])}"
        groups.setdefault(advice, []).append(f"`{setting.name}`")
    if len(groups) == 1:
        return next(iter(groups))
    return "; ".join(
        f"{', '.join(dict.fromkeys(names))}: {advice}" for advice, names in groups.items()
    )


def _advise_instead(place: Placement, *, is_lost: bool) -> str:
    """Return what helps if no file does; `is_lost`: whether no file does under any caller."""
    flags = " and ".join(f"`{words}`" for words in place.flags)
    engine = place.caller.engine
    no_flag = f"; {engine.title} has no flag for it" if engine and not flags else ""
    if place.upgrade:
        choices = [f"use {flags}"] if flags else []
        choices.append(f"update to {place.upgrade}")
        return f"no file works with these versions: {', or '.join(choices)}{no_flag}"
    if flags:
        return f"no file can change that: use {flags}"
    return f"no file can change that{': remove the line' if is_lost else ''}{no_flag}"


def _describe_file(caller: PossibleCaller, path: str) -> str:
    """Return a path, with the versions that read it if those of the caller are not known."""
    for file in caller.runtime.files:
        if file.path == path and file.criu is not None and caller.version is None:
            title = caller.runtime.title
            return f"{path} ({title} {file.since} or later with CRIU {file.criu} or later)"
    return path


def _candidates(caller: PossibleCaller) -> Iterator[tuple[str, Role]]:
    yield DEFAULT_FILE, Role.DEFAULT
    for file in caller.runtime.files[:1]:
        yield file.path, Role.RPC


def _commands(settings: Settings, setting: Setting, caller: PossibleCaller) -> list[str]:
    """Return the commands with which a caller could use the setting."""
    used = setting.option.commands
    return [
        command for command in caller.runtime.commands if command in used and settings.on(command)
    ]


class _Trial:
    """A line that is put into other files, to see what happens."""

    def __init__(
        self, settings: Settings, setting: Setting, caller: PossibleCaller, code: str
    ) -> None:
        self._settings = settings
        self._caller = caller
        self._commands = _commands(settings, setting, caller)
        text = settings.reading.source.text(setting.line)[setting.start : setting.end]
        if setting.takes_next_line:
            text = f"{text} {decode(setting.given_value)}"
        self._line = encode(f"{text}\n")
        self._option = setting.option.positive
        where = self._put_into(_own_path(settings), settings.release, caller.version)
        own = list(_find_problems(where))
        is_line_read = is_read(settings)
        # What is reported about the line where it is, and can be fixed there, is no worse
        # elsewhere.
        silent = {code} if is_line_read else {code, *OF_A_READ_LINE}
        self._known = {
            (found, unwanted)
            for found, unwanted in _warnings(own)
            if not unwanted and found not in silent
        }
        #: Whether a rule says to remove the line from its own file.
        self.is_unwanted = is_line_read and any(problem.unwanted for _, problem in own)

    def succeeds(self, path: str) -> bool:
        """Return whether the line takes effect in a file, without further warnings there."""
        return self._succeeds(path, self._settings.release, self._caller.version)

    def find_upgrade(self) -> str:
        """Return the versions with which a file would work, empty if there are none."""
        from criulint.criu.releases import releases

        runtime, release = self._caller.runtime, self._settings.release
        versions = runtime.versions_after(self._caller.version, self._option)
        later = [known for known in releases() if known > release]
        newest = versions[-1] if versions else self._caller.version
        if self._some_file_works((later or [release])[-1], newest):
            for version, known in (
                *product(versions, [release]),
                *product([self._caller.version], later),
                *product(versions, later),
            ):
                if self._some_file_works(known, version):
                    parts = []
                    if version != self._caller.version:
                        parts.append(f"{runtime.title} {version} or later")
                    if known != release:
                        parts.append(f"CRIU {known} or later")
                    return " with ".join(parts)
        return ""

    def _some_file_works(self, release: Release, version: str | None) -> bool:
        return any(self._succeeds(path, release, version) for path, _ in _candidates(self._caller))

    def _succeeds(self, path: str, release: Release, version: str | None) -> bool:
        settings = self._put_into(path, release, version)
        runtime = self._caller.runtime
        is_named = settings.role is not Role.RPC or runtime.reads(path, version, release)
        return (
            is_named
            and self._takes_effect(path, settings, version)
            and _warnings(_find_problems(settings)) <= self._known
        )

    def _put_into(self, path: str | None, release: Release, version: str | None) -> Settings:
        from criulint.criu.context import Caller
        from criulint.criu.reading import Reading
        from criulint.criu.settings import Settings

        # Under an engine, or any caller, the line must not be worse for another runtime.
        named = self._settings.context.caller
        engine = self._caller.engine
        runtime = Caller(self._caller.runtime.name, version)
        if engine and named is None:
            named = Caller(engine.name, self._caller.engine_version, runtime)
        elif engine is None and named:
            named = runtime
        elif named and named.runtime:
            named = named._replace(runtime=runtime)
        context = self._settings.context._replace(
            role=None, caller=named, any_release=False, by_annotation=False
        )
        reading = Reading(Source(self._line, path), release)
        return Settings(reading, context)

    def _takes_effect(self, path: str, settings: Settings, version: str | None) -> bool:
        """Return whether the line takes effect with each command that uses it."""
        from criulint.criu import precedence

        caller = self._caller
        assert settings.role
        file = precedence.ConfigFile(path, settings.role, settings=settings)
        for command in self._commands:
            who = precedence.Invocation(
                caller.runtime,
                version,
                caller.engine,
                caller.engine_version,
                command,
                caller.runtime.rpc,
            )
            options = precedence.find_effective([file], who, settings.release)
            if not any(step.origin.path == path for each in options for step in each.winners):
                return False
        return True


def _find_problems(settings: Settings) -> Iterator[tuple[AnyRule, Problem]]:
    """Yield what the rules report about a line on trial, but not about its file."""
    for rule in _RULES if settings.all else ():
        if rule.code not in _ABOUT_FILES:
            yield from ((rule, found.problem) for found in rule.check(settings))


def _warnings(found: Iterable[tuple[AnyRule, Problem]]) -> set[tuple[str, bool]]:
    """Return the codes of the warnings, each with whether the line should be removed."""
    return {
        (rule.code, problem.unwanted)
        for rule, problem in found
        if (problem.severity or rule.severity) >= Severity.WARNING
    }


def _own_path(settings: Settings) -> str | None:
    """Return a path, as a runtime names it, that gives a file the role of `settings`."""
    if settings.role is Role.RPC:
        path = path_on_host(settings)
        return path if path in RUNTIME_FILES else RUNTIME_FILES[0]
    if settings.role in DEFAULT_ROLES:
        return DEFAULT_FILE
    return None
