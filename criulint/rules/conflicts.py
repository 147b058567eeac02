# SPDX-License-Identifier: GPL-2.0-only
"""Family 3xx: options that fight, miss a companion, or do not belong in a file.

CRIU takes all of these lines as they are written. The trouble comes later: at another command, or with another option.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from criulint.criu.settings import Setting, Settings
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Rewrite, at, settings_rule
from criulint.rules.words import shown
from criulint.source import decode

# They share a variable (criu/include/cr_options.h, v4.2: a union).
_ONE_SWITCH = {"daemon": "restore-detached", "no-daemon": "no-restore-detached"}


def _key(setting: Setting) -> str:
    """One name for all spellings of a setting that goes by the last one."""
    name = setting.name
    return _ONE_SWITCH.get(name, name)


def _value(setting: Setting) -> str:
    return "" if setting.value is None else shown(decode(setting.value))


def _removal(settings: Settings, setting: Setting) -> Rewrite | None:
    """The fix that takes a setting's line out, if there is nothing else on it."""
    text = settings.reading.source.text(setting.line)
    if text.strip() != text[setting.start : setting.end].strip():
        return None
    return Rewrite("Remove the line", None, safe=False)


@settings_rule(
    "CRIU301",
    "duplicate-option",
    Severity.WARNING,
    bad="timeout 60\ntcp-close\ntimeout 120\ntcp-close\n",
    good="timeout 120\ntcp-close\n",
    fixable=True,
)
def duplicate_option(settings: Settings) -> Iterator[FileProblem]:
    """An option is set twice: the last line wins, the two add up, or one says the same again.

    CRIU takes each line in turn and says nothing of what a later one overwrites, so a person who reads the first line
    believes in a value that is not used. `verbosity` without a value raises the level with every line. Options that
    collect their values (`external`, `skip-mnt`, `irmap-scan-path`, ...) may stand as often as they have values; the same
    value twice is registered twice.
    """
    seen: dict[str, list[Setting]] = {}
    for setting in settings.all:
        seen.setdefault(_key(setting), []).append(setting)
    for name, several in seen.items():
        if len(several) == 1:
            continue
        repeat = several[0].option.facts.get("x-criu-repeat")
        if repeat in ("accumulate", "increment"):
            yield from _repeated_values(settings, several)
            continue
        last = several[-1]
        for setting in several[:-1]:
            if setting.value == last.value:
                continue
            yield at(
                setting,
                f"CRIU takes `{name}` from line {last.line}, and this line has no effect",
                "keep one of them",
                _removal(settings, setting),
            )
        for before, setting in pairwise(several):
            if setting.value == before.value:
                yield at(
                    setting,
                    f"`{setting.name}` says again what line {before.line} says",
                    "keep one of them",
                    _removal(settings, setting),
                )


def _repeated_values(settings: Settings, several: list[Setting]) -> Iterator[FileProblem]:
    name = several[0].name
    if name == "verbosity":
        for before, setting in pairwise(several):
            if setting.value is None:
                yield at(setting, f"`verbosity` adds one to the level of line {before.line}", "write `verbosity=LEVEL` once")
            else:
                yield at(
                    before,
                    f"CRIU takes `verbosity` from line {setting.line}, and this line has no effect",
                    "keep one of them",
                    _removal(settings, before),
                )
        return
    first: dict[bytes | None, Setting] = {}
    for setting in several:
        known = first.setdefault(setting.value, setting)
        if known is not setting:
            yield at(
                setting,
                f"`{name}` has the value of line {known.line} once more",
                "keep one of them",
                _removal(settings, setting),
            )


@settings_rule(
    "CRIU303",
    "contradicted-option",
    Severity.WARNING,
    bad="shell-job\ntcp-close\nno-shell-job\n",
    good="tcp-close\nno-shell-job\n",
    fixable=True,
)
def contradicted_option(settings: Settings) -> Iterator[FileProblem]:
    """A flag is switched on and off in one file: the last line wins.

    `NAME` and `no-NAME` set one variable, and CRIU takes them in turn. `daemon` and `restore-detached` are one switch too.
    """
    for several in settings.by_name.values():
        positive = several[-1].option.facts.get("x-criu-negates")
        if not positive:
            continue
        names = [
            name for name in (positive, *_ONE_SWITCH) if _ONE_SWITCH.get(name, name) == _ONE_SWITCH.get(positive, positive)
        ]
        off = several[-1]
        on = settings.last(*names)
        if on is None:
            continue
        loser, winner = sorted((on, off), key=lambda setting: (setting.line, setting.start))
        yield at(
            loser,
            f"line {winner.line} undoes this one: CRIU ends up with `{winner.name}`",
            "keep one of them",
            _removal(settings, loser),
        )


SETTINGS_RULES = (duplicate_option, contradicted_option)
