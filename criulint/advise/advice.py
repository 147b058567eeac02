# SPDX-License-Identifier: MIT
"""What to do about a failure: the causes found in a log, and where their remedies belong."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from criulint.advise.diagnose import diagnose
from criulint.advise.existing import find_existing, first_mistake
from criulint.advise.place import RemedyPlace, find_place
from criulint.assign import AssignError, parse_assignment
from criulint.criu.context import Role
from criulint.criu.options import option_table
from criulint.criu.paths import DEFAULT_FILE, inferred_role
from criulint.criu.runtimes import find_caller
from criulint.host.config_files import first_stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from criulint.advise.diagnose import Cause
    from criulint.advise.existing import Existing
    from criulint.advise.log import Log, ReadFile
    from criulint.advise.messages import Remedy
    from criulint.advise.situation import Situation
    from criulint.assign import OptionAssignment

_NO_FILE = "an empty annotation turns the client's file off"
# Source: OpenJ9, runtime/vm/CRIUHelpers.cpp.
_JVM = "OpenJ9 sends most options itself: set this one with `CRIUSupport`, not in a file"


class PlacedRemedy(NamedTuple):
    """A remedy, where it takes effect, and the lines of files that already set its option.

    `wanted` is what the remedy sets, None if the user has to fill something in.
    """

    remedy: Remedy
    place: RemedyPlace
    existing: tuple[Existing, ...] = ()
    wanted: OptionAssignment | None = None

    @property
    def tried(self) -> Existing | None:
        """The line of a file that already does what the remedy would do, and takes effect."""
        counting = (each for each in self.existing if not each.reason)
        return next((each for each in counting if self._is_done_by(each)), None)

    @property
    def pending(self) -> Existing | None:
        """The `tried` line, unless it was there when CRIU failed."""
        return self.tried if self.tried and self.tried.is_newer is not False else None

    def _is_done_by(self, each: Existing) -> bool:
        if self.wanted is None:
            return each.is_newer is True
        option, value = self.wanted
        if value is None or each.value is None:
            return value == each.value
        least, number = option.number(value), option.number(each.value)
        if number is None:
            return value == each.value
        assert least is not None  # as with the other value of the option
        return number >= least


class Advice(NamedTuple):
    """A cause, and what to do about it. `notes` relate it to the configuration files."""

    cause: Cause
    kind: str
    remedies: tuple[PlacedRemedy, ...]
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """What the message means, and what to do apart from setting options."""
        message = self.cause.message
        parts = [message.means] if message else []
        parts += [part for part in (self.cause.advice, *self.notes) if part]
        parts += [placed.place.note for placed in self.remedies[:1] if placed.place.note]
        return "; ".join(parts)

    @property
    def first_choice(self) -> PlacedRemedy | None:
        """The remedy to apply: the best complete one that has a file and has not been tried."""
        if any(placed.pending for placed in self.remedies):
            return None
        for placed in sorted(self.remedies, key=lambda placed: placed.remedy.rank):
            remedy = placed.remedy
            if not (remedy.persistent and remedy.is_complete and placed.place.file):
                return None
            if not placed.tried:
                return placed
        return None


def advise(log: Log, situation: Situation) -> list[Advice]:
    """Return what to do about each cause, the likeliest first; empty if nothing failed."""
    causes = diagnose(log, situation.release)
    return [_advise(cause, situation) for cause in causes]


def _advise(cause: Cause, situation: Situation) -> Advice:
    remedies = tuple(_place(remedy, situation) for remedy in cause.remedies)
    options = cause.message.options if cause.message else ()
    notes = [
        *_stop_notes(situation),
        *_existing_notes(remedies, situation),
        *_cause_notes(options, situation),
        *_log_notes(remedies, situation),
    ]
    if remedies:
        notes += _caller_notes(remedies[0], situation)
    kind = cause.kind
    if kind == "option" and any(
        each.reason or each.misread for placed in remedies for each in placed.existing
    ):
        kind = "configuration"
    return Advice(cause, kind, remedies, tuple(dict.fromkeys(notes)))


def _caller_notes(placed: PlacedRemedy, situation: Situation) -> Iterator[str]:
    """Yield notes for a log that does not say who called CRIU."""
    if situation.is_assumed:
        yield "CRIU was called over RPC; if the client was not runc, name it with --runtime"
    elif situation.caller is None and placed.place.file == DEFAULT_FILE:
        other = find_place(placed.remedy, find_caller("runc"), situation.releases)
        if DEFAULT_FILE not in other.files:
            yield (
                "this is for CRIU on the command line; if a runtime called it, name the"
                f" runtime with --runtime (runc, Docker: {other.file})"
            )


def _place(remedy: Remedy, situation: Situation) -> PlacedRemedy:
    place = find_place(remedy, situation.caller, situation.releases, situation.runtimes)
    place = _rename(place, situation)
    existing = tuple(find_existing(situation, remedy.option, remedy.commands))
    wanted = None
    if remedy.is_complete:
        with suppress(AssignError):
            wanted = parse_assignment(remedy.line, option_table(situation.releases[-1]))
    return PlacedRemedy(remedy, place, existing, wanted)


def _rename(place: RemedyPlace, situation: Situation) -> RemedyPlace:
    """Return the place with the file that replaces CRIU's own or the runtime's, if one does."""
    if situation.log.is_jvm:
        return RemedyPlace(None, note=_JVM)
    config, rpc = situation.files.named if situation.files else (None, None)
    if place.file == DEFAULT_FILE:
        return place._replace(file=config or DEFAULT_FILE)
    if place.file is None:
        return place
    if rpc is not None:
        return place._replace(file=rpc or None, note=place.note if rpc else _NO_FILE)
    other = situation.other_file
    if other:
        note = f"the client names {other}: write the line there, and check with --rpc {other}"
        return place._replace(file=None, note=note)
    return place._replace(file=situation.client_file or place.file)


def _stop_notes(situation: Situation) -> Iterator[str]:
    stop = first_stop(situation.config_files(situation.likely_command))
    if stop:
        line = f":{stop.error.line}" if stop.error else ""
        mistake = stop.error and first_mistake(situation, stop.path, stop.error.line, stop.role)
        reason = mistake or f"{stop.reason}; run `criulint check {stop.path}`"
        yield f"{stop.path}{line} stops CRIU: {reason}"


def _existing_notes(remedies: tuple[PlacedRemedy, ...], situation: Situation) -> Iterator[str]:
    for placed in remedies:
        for each in placed.existing:
            says = f"{each.place} sets `{each.text}`"
            if each.reason:
                yield f"{says}, but {each.reason}"
            elif each == placed.tried:
                yield f"{says}{_why_it_failed(each, situation)}"
            elif each.misread:
                yield f"{says}: {each.misread}"
            elif placed.wanted and not placed.wanted.option.accumulates:
                is_number = each.value and placed.wanted.option.number(each.value) is not None
                yield f"{says}, which is too small" if is_number else f"{says} instead"


def _why_it_failed(each: Existing, situation: Situation) -> str:
    """Return why CRIU failed although a line already sets what helps, and takes effect."""
    if each.is_newer:
        return ", and was written after this log: try again"
    if each.is_newer is None:
        return " already: if the line was added after the failure, try again"
    files = situation.log.files
    paths = {file.path for file in files}
    if any(file.read for file in files) and situation.inside(each.path) not in paths:
        return " since before this log was written, but the log shows that CRIU did not read it"
    return (
        " since before this log was written, and it takes effect: the log may be from another host,"
        " caller or CRIU; name them with --root, --runtime and --criu"
    )


def _cause_notes(options: Iterable[str], situation: Situation) -> Iterator[str]:
    """Yield notes on the lines that set options that make CRIU fail."""
    for option in options:
        for each in find_existing(situation, option, (situation.likely_command,)):
            if not each.reason:
                changed = ", and was written after this log" if each.is_newer else ""
                yield f"{each.place} sets `{each.text}`{changed}"


def _log_notes(remedies: tuple[PlacedRemedy, ...], situation: Situation) -> Iterator[str]:
    """Yield notes on what the log says about the files in which remedies belong."""
    read = [file.path for file in situation.log.files if file.read]
    unread = [file.path for file in situation.log.files if file.read is False]
    for placed in remedies[:1]:
        file = None if placed.pending else placed.place.file
        if file in unread:
            yield f"the log shows that {file} did not exist"
        elif read and file and file not in read:
            yield f"the log shows that CRIU read {' and '.join(read)}, but not {file}"


def describe(name: str, log: Log, situation: Situation, all_advice: list[Advice]) -> dict[str, Any]:
    """Return what ``criulint advise --format json`` prints for a log."""
    return {
        "log": name,
        "log_path": log.pointer,
        "criu": log.release or situation.release,
        "runtime": None if situation.is_assumed else _name(situation),
        "command": situation.command,
        "files": [
            {"path": file.path, "role": _role(file), "read": file.read} for file in log.files
        ],
        "causes": [_cause_json(advice) for advice in all_advice],
    }


def _name(situation: Situation) -> str | None:
    return situation.caller.name if situation.caller else None


def _role(file: ReadFile) -> str | None:
    role = Role.RPC if file.is_named else inferred_role(file.path)
    return role.value if role else None


def _cause_json(advice: Advice) -> dict[str, Any]:
    entry = advice.cause.entry
    return {
        "id": advice.cause.id,
        "line": entry.line if entry else None,
        "text": entry.text if entry else "",
        "kind": advice.kind,
        "advice": advice.text,
        "remedies": [
            {
                "option": placed.remedy.option,
                "line": placed.remedy.line,
                "file": placed.place.file,
                "flag": " and ".join(placed.place.flags) or None,
                "commands": list(placed.remedy.commands),
                "persistent": placed.remedy.persistent,
                "rank": placed.remedy.rank,
                "risk": placed.remedy.risk,
            }
            for placed in advice.remedies
        ],
    }
