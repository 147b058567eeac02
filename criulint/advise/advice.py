# SPDX-License-Identifier: MIT
"""What to do about a failure: the causes of a log, with the places where their remedies belong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from criulint.advise.diagnose import diagnose
from criulint.advise.place import find_place
from criulint.criu.paths import inferred_role
from criulint.host.config_files import first_stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.advise.diagnose import Cause
    from criulint.advise.log import Log
    from criulint.advise.messages import Remedy
    from criulint.advise.place import Place
    from criulint.advise.situation import Existing, Situation


class PlacedRemedy(NamedTuple):
    """A remedy, where it takes effect, and the lines of files that set the option already."""

    remedy: Remedy
    place: Place
    existing: tuple[Existing, ...]

    @property
    def is_tried(self) -> bool:
        """Whether a file sets just that already, and it takes effect."""
        return any(not each.reason and each.text == self.remedy.line for each in self.existing)


class Advice(NamedTuple):
    """A cause, and what to do. `notes` say what the configuration files have to do with it."""

    cause: Cause
    kind: str
    remedies: tuple[PlacedRemedy, ...]
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """What the message means, and what to do besides options."""
        message = self.cause.message
        parts = [message.means] if message else []
        parts += [part for part in (self.cause.advice, *self.notes) if part]
        return "; ".join(parts)

    @property
    def first_choice(self) -> PlacedRemedy | None:
        """The remedy to apply: the best one that is complete, has a file, and is not tried yet."""
        for placed in sorted(self.remedies, key=lambda placed: placed.remedy.rank):
            remedy = placed.remedy
            is_ready = remedy.persistent and remedy.is_complete and placed.place.file
            if is_ready and not placed.is_tried:
                return placed
            if not is_ready:
                return None
        return None


def advise(log: Log, situation: Situation) -> list[Advice]:
    """Return what to do about each cause, the likeliest first; empty if nothing failed."""
    causes = diagnose(log, situation.release)
    return [_advise(cause, situation) for cause in causes]


def _advise(cause: Cause, situation: Situation) -> Advice:
    remedies = tuple(_place(remedy, situation) for remedy in cause.remedies)
    notes = [*_stop_notes(situation), *_existing_notes(remedies), *_log_notes(remedies, situation)]
    if situation.is_assumed and remedies:
        notes.append("an RPC client called CRIU; if it was not runc, name it with --runtime")
    kind = cause.kind
    if kind == "option" and any(each.reason for placed in remedies for each in placed.existing):
        kind = "configuration"
    return Advice(cause, kind, remedies, tuple(dict.fromkeys(notes)))


def _place(remedy: Remedy, situation: Situation) -> PlacedRemedy:
    place = find_place(remedy, situation.caller, situation.releases, situation.runtimes)
    return PlacedRemedy(remedy, place, tuple(situation.existing(remedy)))


def _stop_notes(situation: Situation) -> Iterator[str]:
    stop = first_stop(situation.config_files(situation.command or "dump"))
    if stop:
        line = f":{stop.error.line}" if stop.error else ""
        yield f"{stop.path}{line} stops CRIU: {stop.reason}; run `criulint check {stop.path}`"


def _existing_notes(remedies: tuple[PlacedRemedy, ...]) -> Iterator[str]:
    for placed in remedies:
        for each in placed.existing:
            if each.reason:
                yield f"{each.path}:{each.line} sets `{each.text}`, but {each.reason}"
            elif each.text == placed.remedy.line:
                yield (
                    f"{each.path}:{each.line} sets `{each.text}` already: if it was added after"
                    " the failure, try again"
                )
            elif placed.remedy.is_complete:
                yield f"{each.path}:{each.line} sets `{each.text}`, which is not enough"


def _log_notes(remedies: tuple[PlacedRemedy, ...], situation: Situation) -> Iterator[str]:
    """Yield what the log says of the files in which remedies belong."""
    read = [file.path for file in situation.log.files if file.read]
    unread = [file.path for file in situation.log.files if file.read is False]
    for placed in remedies[:1]:
        file = placed.place.file
        if file in unread:
            yield f"the log shows that {file} does not exist"
        elif read and file and file not in read:
            yield f"the log shows that CRIU read {' and '.join(read)}, and not {file}"


def describe(name: str, log: Log, situation: Situation, advices: list[Advice]) -> dict[str, Any]:
    """Return what ``criulint advise --format json`` prints for a log."""
    return {
        "log": name,
        "log_path": log.pointer,
        "criu": log.release or situation.release,
        "runtime": None if situation.is_assumed else _name(situation),
        "command": situation.command,
        "files": [
            {"path": file.path, "role": _role(file.path), "read": file.read} for file in log.files
        ],
        "causes": [_cause_json(advice) for advice in advices],
    }


def _name(situation: Situation) -> str | None:
    return situation.caller.name if situation.caller else None


def _role(path: str) -> str | None:
    role = inferred_role(path)
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
                "flag": placed.place.flag,
                "commands": list(placed.remedy.commands),
                "persistent": placed.remedy.persistent,
                "rank": placed.remedy.rank,
                "risk": placed.remedy.risk,
            }
            for placed in advice.remedies
        ],
    }
