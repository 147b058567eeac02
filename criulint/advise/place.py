# SPDX-License-Identifier: MIT
"""Where the option that helps takes effect: the file, or the caller's own flag.

It is found by the same trial as for the rules that move a line (`criulint.rules.placement`).
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.context import Caller as NamedCaller
from criulint.criu.context import Context
from criulint.criu.paths import DEFAULT_FILE
from criulint.criu.reading import Reading
from criulint.criu.settings import Settings
from criulint.rules.placement import find_placement
from criulint.rules.runtime.callers import possible_callers
from criulint.source import Source, encode

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from criulint.advise.messages import Remedy
    from criulint.criu.context import Caller
    from criulint.criu.releases import Release
    from criulint.rules.placement import Placement
    from criulint.rules.runtime.callers import PossibleCaller

# Stands in the trial for a number that the user has to fill in; other words can stay.
_SAMPLES = {"SIZE": "16M", "SECONDS": "60"}


class RemedyPlace(NamedTuple):
    """Where a remedy takes effect.

    `file` is the path of the file to write its line into, None if there is none. `flags` are the
    command lines that ask for the same, none if the caller has no such flag. `note` says what else
    matters: another runtime's file, or the versions with which a file works. `files` are all files
    in which the line works with the usual runtime.
    """

    file: str | None
    flags: tuple[str, ...] = ()
    note: str = ""
    files: tuple[str, ...] = ()

    @property
    def quoted_flags(self) -> str:
        """The `flags` for people, each in backticks; "" if there are none."""
        return " and ".join(f"`{words}`" for words in self.flags)


def find_place(
    remedy: Remedy,
    caller: Caller | None,
    releases: Sequence[Release],
    runtimes: Collection[str] = (),
) -> RemedyPlace:
    """Return where a remedy has an effect under a caller; None is CRIU's own command line.

    It is a file that works for all `releases` if there is one, else for the last of them.
    `runtimes` are those that an engine is known to use; empty if that is not known.
    """
    if caller is None:
        return RemedyPlace(DEFAULT_FILE if remedy.persistent else None, _criu_flags(remedy))
    by_runtime: dict[str, list[Placement]] = {}
    for release in releases:
        for placement in _placements(remedy, caller, release, runtimes):
            by_runtime.setdefault(placement.caller.runtime.name, []).append(placement)
    if not by_runtime:
        return RemedyPlace(None, note=f"CRIU {releases[-1]} does not have `{remedy.option}`")
    return _choose(remedy, [_in_common(several) for several in by_runtime.values()])


def _placements(
    remedy: Remedy, caller: Caller, release: Release, runtimes: Collection[str]
) -> list[Placement]:
    """Return where a remedy takes effect with each runtime; empty if the release lacks it."""
    context = Context(caller=caller, commands=remedy.commands)
    line = re.sub(r"[A-Z]{2,}", lambda word: _SAMPLES.get(word[0], word[0]), remedy.line)
    settings = Settings(Reading(Source(encode(line + "\n")), release), context)
    if not settings.all:
        return []
    callers = possible_callers(settings)
    callers = [each for each in callers if each.runtime.name in runtimes] or callers
    found = []
    for each in callers:
        # A placement for one of an engine's runtimes names that runtime.
        named = caller
        if caller.runtime is None:
            named = caller._replace(runtime=NamedCaller(each.runtime.name, each.version))
        own = Settings(settings.reading, context._replace(caller=named))
        (setting,) = own.all
        found.append(find_placement(own, setting, each))
    return found


def _in_common(several: list[Placement]) -> Placement:
    """Return the last placement, with the files that all have if there are any."""
    last = several[-1]
    common = tuple(path for path in last.files if all(path in each.files for each in several))
    return last._replace(files=common or last.files)


def _choose(remedy: Remedy, placements: list[Placement]) -> RemedyPlace:
    """Return the place for the usual runtime that has one, and what holds for the others."""
    files = next((place.files for place in placements if place.files), ())
    flags = next((place.flags for place in placements if place.flags), ())
    if not remedy.persistent:
        return RemedyPlace(None, flags)
    best = files[-1] if files else ""
    known = {place.caller.runtime.title: _explain(place, remedy, best) for place in placements}
    texts = set(known.values())
    if len(texts) == 1:
        note = next(iter(texts)).removeprefix(best)
        note = note.removeprefix(", which ")
    else:
        note = "; ".join(f"with {title}: {text}" for title, text in known.items())
    return RemedyPlace(best or None, flags, note, files)


def _explain(place: Placement, remedy: Remedy, best: str) -> str:
    """Return which file works with a runtime and under which conditions, or why none does.

    That is the `best` file for another runtime if it works here, too.
    """
    if not place.files:
        return _explain_no_file(place)
    file = best if best in place.files else place.files[-1]
    needs = _needs(place.caller, file)
    if not needs and DEFAULT_FILE not in place.files:
        needs = _before(place.caller, remedy)
    return f"{file}{f', which {needs}' if needs else ''}"


def _before(caller: PossibleCaller, remedy: Remedy) -> str:
    """Return up to which version a runtime left the option to CRIU's own file, or ""."""
    runtime = caller.runtime
    commands = [command for command in remedy.commands if command in runtime.commands]
    sent = [runtime.sends(remedy.option, command) for command in commands]
    since = {runtime.sent_since(field) for field in sent if field}
    if caller.version is not None or len(since) != 1 or None in since:
        return ""
    return f"works with all versions ({DEFAULT_FILE} only before {runtime.title} {since.pop()})"


def _needs(caller: PossibleCaller, path: str) -> str:
    """Return which versions read a file if the caller's is not known; empty if all do."""
    file = next((each for each in caller.runtime.files if each.path == path), None)
    if file is None or file.criu is None or caller.version is not None:
        return ""
    return f"needs {caller.runtime.title} {file.since} or later with CRIU {file.criu} or later"


def _explain_no_file(place: Placement) -> str:
    title = place.caller.runtime.title
    if place.upgrade:
        return f"no file works with this version: update to {place.upgrade}"
    if place.flags:
        return f"{title} overrides all files"
    return f"{title} decides this itself, and overrides all files"


def _criu_flags(remedy: Remedy) -> tuple[str, ...]:
    """Return the remedy as command lines of CRIU itself."""
    name, _, value = remedy.line.partition(" ")
    word = f"--{name} {shlex.quote(value)}" if value else f"--{name}"
    commands = (command for command in remedy.commands if command != "pre-dump")
    return tuple(f"criu {command} {word}" for command in commands)
