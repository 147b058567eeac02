# SPDX-License-Identifier: MIT
"""Setting and removing options in a file, without changing what CRIU reads in the rest of it.

An option's value is spelled as CRIU reads it back. A value that a later one would replace is
changed in place, values that add up are appended, and comments and layout stay. The new text is
read again before it is returned: all other options must be as they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Context
from criulint.criu.equivalence import knowable
from criulint.criu.reading import Reading
from criulint.criu.settings import Settings
from criulint.named_tuple import NamedTuple
from criulint.source import WHITESPACE, Source, decode, encode
from criulint.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from criulint.criu.options import Option, OptionTable
    from criulint.criu.settings import Setting


class AssignError(ValueError):
    """An option that cannot be set or removed; the message is one line without a path."""


class OptionAssignment(NamedTuple):
    """An option, and the value to give it; None for an option without a value."""

    option: Option
    value: bytes | None


def parse_assignment(text: str, table: OptionTable) -> OptionAssignment:
    """Return what ``OPTION``, ``OPTION=VALUE`` or ``OPTION VALUE`` asks for.

    AssignError if the release does not have the option, or it takes no such value.
    """
    name = text.removeprefix("--")
    separator = min((name.find(mark) for mark in "= " if mark in name), default=len(name))
    name, value = name[:separator], name[separator + 1 :] if separator < len(name) else None
    option = find_option(name, table)
    if option.is_flag and value is not None:
        raise AssignError(f"`{name}` takes no value; {_switch_advice(option)}")
    if value is None and option.arity.value == "required":
        raise AssignError(f"`{name}` needs a value: `{name}=VALUE`")
    wanted = None if value is None else encode(value)
    refusal = option.refusal(wanted)
    if refusal is not None:
        raise AssignError(f"CRIU {table.release} refuses that value of `{name}`: {refusal}")
    return OptionAssignment(option, wanted)


def find_option(name: str, table: OptionTable) -> Option:
    """Return an option by its full name. AssignError if the release does not have it."""
    option = table.options.get(name)
    if option is None:
        hint = did_you_mean(name, table.options)
        raise AssignError(f"CRIU {table.release} does not know `{name}`{hint}")
    if option.exits or option.is_ignored:
        raise AssignError(f"`{name}` does nothing in a file")
    return option


def _switch_advice(option: Option) -> str:
    if option.negates:
        return f"`{option.name}` alone switches `{option.negates}` off"
    if option.negated_by:
        return f"`{option.name}` alone switches it on, `{option.negated_by}` off"
    return f"`{option.name}` alone switches it on"


def spell(assignment: OptionAssignment, release: str) -> str:
    """Return the line that makes CRIU read an option with its value.

    AssignError if no line does.
    """
    name = assignment.option.name
    if assignment.value is None:
        return name
    value = decode(assignment.value)
    # CRIU from 3.16 on looks for a second word from a place that depends on the quote's column, in
    # bytes.
    gap = " " * max(1, assignment.value.rfind(b" ") - 1 - len(name))
    quoted = (f"{name}{gap}{quote}{value}{quote}" for quote in "\"'")
    for line in (f"{name} {value}", f"{name}={value}", *quoted):
        if _means(line, assignment, release):
            return line
    raise AssignError(f"no line of a file gives `{name}` that value with CRIU {release}")


def _means(line: str, assignment: OptionAssignment, release: str) -> bool:
    """Return whether CRIU reads a line as just this option with its value."""
    reading = Reading(Source(encode(line) + b"\n"), release)
    return _are_just(Settings(reading, Context()).all, assignment)


def assign_options(
    source: Source, release: str, assignments: Iterable[OptionAssignment], *, replace: bool
) -> Source:
    """Return a file in which each of the options has its value.

    A value of an option that adds up is added, or with `replace` it is the only one. The file is
    returned unchanged if it already does so. AssignError if anything else would change.
    """
    for assignment in assignments:
        source = _assign(source, release, assignment, replace=replace)
    return source


def _assign(source: Source, release: str, assignment: OptionAssignment, *, replace: bool) -> Source:
    """Return a file in which one option has its value."""
    settings = _settings(source, release)
    option = assignment.option
    line = spell(assignment, release)
    same = _sharing(settings, option)
    if option.accumulates and not replace:
        if any(_is_equal(setting, assignment) for setting in same):
            return source
        after = _append(source, line)
        _prove(settings, after, option.variable, keeps=same)
        return after
    if _are_just(same, assignment):
        return source
    if same:
        edits = [(setting, "") for setting in same[:-1]] + [(same[-1], line)]
        after = _edit(source, edits)
    else:
        after = _append(source, line)
    _prove(settings, after, option.variable)
    if not _are_just(_sharing(_settings(after, release), option), assignment):
        raise AssignError(f"`{option.name}` cannot be changed there: edit the file by hand")
    return after


def remove_options(source: Source, release: str, options: Iterable[Option]) -> Source:
    """Return a file that no longer sets any of the options, nor switches them off.

    AssignError if that would change more.
    """
    for option in options:
        settings = _settings(source, release)
        same = _sharing(settings, option)
        if same:
            source = _edit(source, [(setting, "") for setting in same])
            _prove(settings, source, option.variable)
    return source


def _settings(source: Source, release: str) -> Settings:
    """Return what a file sets. AssignError if CRIU refuses it, or reads more than the file."""
    reading = Reading(source, release)
    if reading.error:
        message = f"CRIU refuses the file at line {reading.error.line}: {reading.error.message}"
        raise AssignError(f"{message}; `criulint check` says how to fix it")
    if not knowable(reading):
        raise AssignError("CRIU reads memory out of bounds in this file: run `criulint check`")
    return Settings(reading, Context())


def _sharing(settings: Settings, option: Option) -> list[Setting]:
    """Return the settings of CRIU's variable that an option sets, such as those of its negation."""
    return [each for each in settings.all if each.option.variable == option.variable]


def _are_just(settings: list[Setting], assignment: OptionAssignment) -> bool:
    """Return whether there is one setting, which does what the assignment asks for."""
    return len(settings) == 1 and _is_equal(settings[0], assignment)


def _is_equal(setting: Setting, assignment: OptionAssignment) -> bool:
    return setting.name == assignment.option.name and setting.value == assignment.value


def _prove(before: Settings, after: Source, variable: str, keeps: Sequence[Setting] = ()) -> None:
    """Raise AssignError unless everything but the settings of `variable` is read as before.

    `keeps` are the settings of `variable` that must stay, before any others.
    """
    new = _settings(after, before.release)
    if _others(before, variable) != _others(new, variable):
        raise AssignError("CRIU would read another option differently: edit the file by hand")
    if before.reading.dropped != new.reading.dropped:
        raise AssignError("CRIU would ignore other words than before: edit the file by hand")
    kept = [each.value for each in new.all if each.option.variable == variable][: len(keeps)]
    if kept != [each.value for each in keeps]:
        raise AssignError(f"`{variable}` cannot be added there: edit the file by hand")


def _others(settings: Settings, variable: str) -> list[tuple[str, bytes | None]]:
    others = (each for each in settings.all if each.option.variable != variable)
    return [(each.name, each.value) for each in others]


def _append(source: Source, line: str) -> Source:
    """Return the file with one more line."""
    data = source.data
    if data and not data.endswith(b"\n"):
        data += b"\n"
    return Source(data + encode(line) + b"\n", source.path)


def _edit(source: Source, edits: Sequence[tuple[Setting, str]]) -> Source:
    """Return the file with other text for some settings, in order; empty text removes them.

    A line with nothing left is removed, too; a comment stays.
    """
    lines = [decode(line) for line in source.lines]
    removed: set[int] = set()
    for setting, text in reversed(edits):
        if setting.takes_next_line:
            message = f"line {setting.line} takes its value from the next line"
            raise AssignError(f"{message}: run `criulint check --fix` first")
        index = setting.line - 1
        line = lines[index][: setting.start] + text + lines[index][setting.end :]
        lines[index] = line if text else line.strip(WHITESPACE)
        if not lines[index]:
            removed.add(index)
    kept = [line for index, line in enumerate(lines) if index not in removed]
    # CRIU 3.11 crashes on a file without a line.
    end = "\n" if source.ends_with_newline or not kept else ""
    return Source(encode("\n".join(kept) + end), source.path)
