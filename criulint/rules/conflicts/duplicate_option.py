# SPDX-License-Identifier: MIT
"""CRIU301."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, Tag, problem_at, relate, rule
from criulint.rules.conflicts.removal import remove_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import Option
    from criulint.criu.settings import Setting, Settings

_KEEP_ONE = "keep one of them"


@rule(
    "CRIU301",
    "duplicate-option",
    Severity.WARNING,
    bad="timeout 60\ntcp-close\ntimeout 120\ntcp-close\n",
    good="timeout 120\ntcp-close\n",
    fixable=True,
    about_option=True,
    tag=Tag.UNNECESSARY,
)
def duplicate_option(settings: Settings) -> Iterator[FileProblem]:
    """An option is set twice: the last line wins, the two add up, or one repeats the other.

    CRIU applies the lines in order and does not say when one overrides another, so a reader who
    stops at the first line relies on a value that is not used. `verbosity` without a value raises
    the level with every line. Options that collect their values (`external`, `skip-mnt`,
    `irmap-scan-path`, ...) may be given once for each value; a value given twice is registered
    twice.
    """
    groups: dict[tuple[str, bool, bool], list[Setting]] = {}
    for setting in settings.all:
        groups.setdefault(_effect_of(setting.option), []).append(setting)
    previous = _previous_of_variable(settings)
    for several in groups.values():
        first, *_ = several
        if first.name == "verbosity":
            yield from check_levels(settings, several)
        elif first.option.accumulates:
            yield from check_lists(settings, several)
        elif first.option.repeat != "unknown":
            yield from check_values(settings, several, previous)


def check_values(
    settings: Settings,
    several: list[Setting],
    previous: dict[Setting, Setting | None],
) -> Iterator[FileProblem]:
    """Report several settings of one option: the last one wins.

    `previous` holds what set the variable of a setting before it.
    """
    last = several[-1]
    for setting in several[:-1]:
        if setting.value != last.value:
            yield _report_overridden(settings, setting, last)
    for before, setting in pairwise(several):
        if setting.value == before.value:
            # Between the two there may be a line that undoes the first one.
            is_redundant = previous[setting] is before
            yield problem_at(
                setting,
                _describe_repeat(setting, before),
                _KEEP_ONE,
                remove_line(settings, setting) if is_redundant else None,
                related=relate(before),
            )


def _describe_repeat(setting: Setting, before: Setting) -> str:
    if setting.name == before.name:
        return f"`{setting.name}` repeats an earlier line"
    return f"`{setting.name}` is another name for `{before.name}`, which an earlier line sets"


def check_levels(settings: Settings, several: list[Setting]) -> Iterator[FileProblem]:
    """Report settings of `verbosity`: a number replaces the level, none raises it by one."""
    for before, setting in pairwise(several):
        if setting.value is None:
            yield problem_at(
                setting,
                "`verbosity` without a value raises the level of an earlier line by one",
                "write `verbosity=LEVEL` once",
                related=relate(before),
            )
        else:
            yield _report_overridden(settings, before, setting)


def check_lists(settings: Settings, several: list[Setting]) -> Iterator[FileProblem]:
    """Report values that stand twice among those of an option that collects its values.

    And those that a later line makes CRIU forget.
    """
    for before, setting in pairwise(several):
        if _is_forgotten(before, setting):
            yield _report_overridden(settings, before, setting)
    values = {each.value for each in several}
    first: dict[bytes | None, Setting] = {}
    forgetting: Setting | None = None
    for setting in several:
        same = first.setdefault(setting.value, setting)
        if forgetting and same.line < forgetting.line and _is_forgotten(same, forgetting):
            same = first[setting.value] = setting
        if setting.option.replaces(setting.value, None):
            forgetting = setting
        if same is not setting:
            # In `cpu-cap` a value can take back what another one said between two equal ones.
            is_redundant = setting.name != "cpu-cap" or len(values) == 1
            yield problem_at(
                setting,
                f"`{setting.name}` repeats the value of an earlier line",
                _KEEP_ONE,
                remove_line(settings, setting) if is_redundant else None,
                related=relate(same),
            )


def _is_forgotten(setting: Setting, later: Setting) -> bool:
    is_other = setting.value != later.value
    return is_other and later.option.replaces(later.value, setting.value)


def _effect_of(option: Option) -> tuple[str, bool, bool]:
    """Return what is the same for all names of an option: `daemon` is `restore-detached`.

    `leave-stopped` is not another name for `leave-running`, but another value.
    """
    return option.variable, option.negates is None, option.name == "leave-stopped"


def _report_overridden(settings: Settings, setting: Setting, winner: Setting) -> FileProblem:
    return problem_at(
        setting,
        f"no effect: a later `{winner.name}` overrides this line",
        _KEEP_ONE,
        remove_line(settings, setting),
        related=relate(winner),
    )


def _previous_of_variable(settings: Settings) -> dict[Setting, Setting | None]:
    """Map each setting to the one that set its variable before it."""
    latest: dict[str, Setting] = {}
    previous: dict[Setting, Setting | None] = {}
    for setting in settings.all:
        variable = setting.option.variable
        previous[setting] = latest.get(variable)
        latest[variable] = setting
    return previous
