# SPDX-License-Identifier: GPL-2.0-only
"""Which value of an option wins, and where it comes from.

CRIU reads several files over the same variables: a later value replaces an earlier one, lists add up, a level rises. Over
RPC the client's request comes between the default files and the client's own file. Sources: criu/config.c,
``next_config`` and ``parse_options``; criu/cr-service.c, ``setup_opts_from_req`` (v4.1.1, v4.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from criulint.criu import values
from criulint.criu.context import Role
from criulint.criu.getopt import ParsedOption
from criulint.criu.options import Option, OptionTable
from criulint.criu.runtimes import RequestField, always_set, cannot_be_cleared
from criulint.criu.settings import Settings
from criulint.source import decode

Value = bool | int | str | None

# Options that set one variable (criu/include/cr_options.h).
_ONE_VARIABLE = {
    "daemon": "restore-detached",
    "no-daemon": "no-restore-detached",
    "leave-stopped": "leave-running",
}
#: The level without any setting (criu/include/log.h).
_LEVEL = 2


class Origin(NamedTuple):
    """Where a value comes from: `what` in words; for a file its path as the user can open it, and the 1-based line."""

    what: str
    path: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.path else self.what


class Step(NamedTuple):
    """One setting of an option. `effect` says what became of it: ``wins``, ``adds``, ``overridden`` or ``ignored``.

    `name` is the option as it was set (``no-tcp-close``), `reason` tells why it was ignored or what overrode it.
    """

    origin: Origin
    name: str
    value: Value
    effect: str
    reason: str = ""


class Effective(NamedTuple):
    """An option with its final value, and the steps that led to it, first to last. A list's value is in its steps."""

    option: str
    value: Value
    is_list: bool
    steps: tuple[Step, ...]


class Layer:
    """One source of settings, such as a file. `role` is None for the command line and for a client's request."""

    def __init__(
        self,
        role: Role | None,
        settings: Sequence[tuple[Origin, Option, bytes | None]],
        sent: Sequence[RequestField] = (),
    ):
        self.role = role
        self.settings = settings
        self.sent = sent


def file_layer(role: Role, settings: Settings, path: str) -> Layer:
    """The layer of a file that was read."""
    return Layer(
        role,
        [
            (Origin("file", path, setting.line), setting.option, setting.value)
            for setting in settings.all
        ],
    )


def command_line_layer(events: Iterable[ParsedOption]) -> Layer:
    """The layer of options on the command line."""
    origin = Origin("command line")
    return Layer(
        None, [(origin, event.option, event.value) for event in events if event.refusal is None]
    )


class _State:
    """What CRIU's variables hold while it reads layer after layer."""

    def __init__(self, table: OptionTable, rpc: bool) -> None:
        self._table = table
        self._rpc = rpc
        self._new = table.release >= "4.2"
        self.steps: dict[str, list[Step]] = {}
        self._level = _LEVEL

    def file_setting(
        self, role: Role | None, origin: Origin, option: Option, value: bytes | None
    ) -> None:
        name = option.name
        positive: str = option.positive
        key = _ONE_VARIABLE.get(positive, positive)
        number = None if value is None else option.number(value)
        shown: Value = (
            _flag(option) if value is None else (decode(value) if number is None else number)
        )
        reason = self._ignored(role, option, value)
        if name == "verbosity" and not reason:
            self._level = values.log_level(value, self._level)
            shown = self._level
        self._add(key, Step(origin, name, shown, "ignored" if reason else "wins", reason), option)

    def sent(self, origin: Origin, sent: RequestField) -> None:
        option = self._table.options.get(sent.option)
        if option is None:
            return
        key = _ONE_VARIABLE.get(sent.option, sent.option)
        shown: Value = sent.value if sent.what is None else sent.what
        reason = ""
        if self._rpc and sent.value is False and cannot_be_cleared(sent.option):
            reason = "CRIU takes it from a client only when it is true"
        if sent.option == "verbosity" and isinstance(sent.value, int):
            self._level = sent.value
        self._add(
            key, Step(origin, sent.option, shown, "ignored" if reason else "wins", reason), option
        )

    def _ignored(self, role: Role | None, option: Option, value: bytes | None) -> str:
        """Why a setting does nothing, or nothing."""
        name = option.name
        if name == "pre-dump-mode" and value == b"splice":
            return "CRIU takes it, and does not undo an earlier `read`"
        if self._rpc and role is Role.RPC and name == "verbosity" and self._new:
            return "from 4.2 on CRIU takes the client's level"
        if self._rpc and role is not Role.RPC and always_set(name):
            return "each request of a client sets it"
        return ""

    def _add(self, key: str, step: Step, option: Option) -> None:
        steps = self.steps.setdefault(key, [])
        if step.effect == "wins" and is_list(option):
            step = step._replace(effect="adds")
        elif step.effect == "wins":
            for index, before in enumerate(steps):
                if before.effect == "wins":
                    steps[index] = before._replace(effect="overridden", reason=str(step.origin))
        steps.append(step)


def is_list(option: Option) -> bool:
    """Whether an option collects its values."""
    return option.accumulates


def _flag(option: Option) -> Value:
    """What an option without a value shows as."""
    if option.negates:
        return False
    return True if option.arity.value == "none" else None


def effective(
    table: OptionTable, layers: Sequence[Layer], caller: str = "", *, rpc: bool = False
) -> list[Effective]:
    """The options that are set after all `layers`, by name.

    `layers` stand in CRIU's order; `caller` names who sends a layer's `Layer.sent` in words. With `rpc` CRIU serves a
    client: then up to 4.1.1 it reads the client's file twice.
    """
    state = _State(table, rpc)
    twice = rpc and table.release < "4.2"
    for layer in layers:
        rounds = 2 if twice and layer.role is Role.RPC else 1
        for round_ in range(rounds):
            for origin, option, value in layer.settings:
                again = is_list(option) or (option.name == "verbosity" and value is None)
                if round_ == 0 or again:
                    state.file_setting(layer.role, origin, option, value)
        for sent in layer.sent:
            state.sent(Origin(caller), sent)
    return [_outcome(table, key, steps) for key, steps in sorted(state.steps.items())]


def _outcome(table: OptionTable, key: str, steps: list[Step]) -> Effective:
    option = table.options[key]
    last = next((step for step in reversed(steps) if step.effect in ("wins", "adds")), None)
    name = key
    value: Value = None
    if last:
        value = last.value
        if last.name == "leave-stopped":
            name = last.name
    else:
        value = option.default
    return Effective(name, value, is_list(option), tuple(steps))
