# SPDX-License-Identifier: MIT
"""What the command line of a runtime or engine changes in its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.options import Arity, OptionTable
from criulint.criu.precedence import GivenFlag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.criu.precedence import Invocation, OptionValue
    from criulint.criu.runtimes import Flag, RequestField


def read_flags(words: Sequence[str], invocation: Invocation, table: OptionTable) -> list[GivenFlag]:
    """Return what flags change in the requests of a caller. ValueError if one lacks its value.

    `invocation` names a runtime: CRIU's own command line is parsed elsewhere.
    Flags that change nothing are included, and what seems to be their value is skipped.
    """
    found: list[GivenFlag] = []
    left = list(words)
    while left:
        flag, equals, value = left.pop(0).partition("=")
        if not flag.startswith("-"):
            continue
        flags, sent = _entries(flag, invocation)
        given: str | None = value if equals else None
        if given is None and _takes_value(flags, sent, table):
            if not left:
                raise ValueError(f"{flag} needs a value")
            given = left.pop(0)
        fields = (
            *_changed_fields(sent, given, invocation),
            *(_requested_field(each, table, given) for each in flags),
        )
        omitted = frozenset(field.option for field in sent if field.omits)
        found.append(GivenFlag(flag, given, fields, omitted))
    return found


def _entries(flag: str, invocation: Invocation) -> tuple[list[Flag], list[RequestField]]:
    """Return what a flag asks for, and which fields it changes that are sent anyway."""
    runtime, engine, command = invocation.runtime, invocation.engine, invocation.command
    assert runtime
    if engine:
        version = invocation.engine_version
        sent = engine.all_sent(command, version)
        flags = engine.flags(command, version, runtime.name)
    else:
        sent = runtime.all_sent(command, invocation.version)
        flags = runtime.flags(command, invocation.version)
    fields = [field for field in sent if field.flag == flag]
    changed = {field.option for field in fields}
    return [each for each in flags if each.flag == flag and each.option not in changed], fields


def _takes_value(flags: Sequence[Flag], sent: Sequence[RequestField], table: OptionTable) -> bool:
    return any(_passes_on(flag, table) for flag in flags) or not all(
        isinstance(field.value, bool) for field in sent
    )


def _passes_on(flag: Flag, table: OptionTable) -> bool:
    """Return whether the caller passes the value of a flag on to CRIU."""
    option = table.options.get(flag.option)
    if flag.sets is not None or flag.description is not None or option is None:
        return False
    return option.arity is not Arity.NONE


def _changed_fields(
    sent: Sequence[RequestField], value: str | None, invocation: Invocation
) -> Iterator[RequestField]:
    from criulint.criu.runtimes import in_range

    version = invocation.engine_version if invocation.engine else invocation.version
    for field in sent:
        if field.omits:
            continue
        if isinstance(field.value, bool):
            yield field._replace(value=not field.value)
        elif not any(
            value == ignored and version is not None and in_range(version, None, until)
            for ignored, until in field.ignores
        ):
            yield field._replace(value=value, description=None)


def _requested_field(flag: Flag, table: OptionTable, value: str | None) -> RequestField:
    from criulint.criu.runtimes import RequestField

    sends: OptionValue = True
    if _passes_on(flag, table):
        assert value is not None
        sends = _value_for(flag.option, value)
    elif flag.sets is not None or flag.description is not None:
        sends = flag.sets
    return RequestField(flag.option, flag.commands, sends, description=flag.description)


def _value_for(option: str, value: str) -> OptionValue:
    """Return the part of a flag's value that is for an option: of HOST:PORT, one of the two."""
    host, _, port = value.rpartition(":")
    if option == "address":
        return host
    if option == "port":
        return int(port) if port.isdecimal() else port
    return value
