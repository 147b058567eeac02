# SPDX-License-Identifier: MIT
"""What a file sets, in order: the options of its reading, with their places."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from criulint.criu.getopt import ParsedOption
from criulint.criu.paths import inferred_role
from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from criulint.criu.context import Context, Role
    from criulint.criu.options import Option, OptionTable
    from criulint.criu.reading import Reading
    from criulint.criu.releases import Release


class Setting(NamedTuple):
    """An option that a file sets.

    `line` is 1-based; `start` and `end` are 0-based code points, from the option to its value if
    both are on that line. `takes_next_line`: whether the value is the first word of a later line.
    """

    option: Option
    value: bytes | None
    line: int
    start: int
    end: int
    takes_next_line: bool

    @property
    def name(self) -> str:
        """The option's full name."""
        return self.option.name

    @property
    def given_value(self) -> bytes:
        """The value; empty without one, which only a CRIU of its own kind allows most options."""
        return self.value or b""


class Settings:
    """What a file sets, without refused options, and what is known about its reader."""

    def __init__(self, reading: Reading, context: Context) -> None:
        self.reading = reading
        self.context = context
        #: The role of the file, None if it may be any.
        self.role: Role | None = context.role or inferred_role(reading.source.path)

    @property
    def release(self) -> Release:
        """The CRIU release that reads the file."""
        return self.reading.release

    @property
    def table(self) -> OptionTable:
        """The options of that release."""
        return self.reading.table

    def without(self, lines: Container[int]) -> Settings:
        """Return what the file sets without some of its lines (1-based)."""
        others = Settings(self.reading, self.context)
        others.all = [setting for setting in self.all if setting.line not in lines]
        return others

    def on(self, *commands: str) -> bool:
        """Return whether one of these commands (of `COMMANDS`) reads the file."""
        return any(command in self.context.commands for command in commands)

    @cached_property
    def all(self) -> list[Setting]:
        """All settings in the order in which CRIU reads them."""
        reading = self.reading
        if reading.undefined and not reading.uses_scanner_3_16:
            return []
        return [
            self._setting(event)
            for event in reading.parsed.results
            if isinstance(event, ParsedOption)
            and not event.option.is_ignored
            and event.refusal is None
        ]

    @cached_property
    def by_name(self) -> dict[str, list[Setting]]:
        """The settings of each option that is set, in order."""
        found: dict[str, list[Setting]] = {}
        for setting in self.all:
            found.setdefault(setting.name, []).append(setting)
        return found

    def named(self, *names: str) -> Iterator[Setting]:
        """Yield the settings of each of these options, one option after the other."""
        for name in names:
            yield from self.by_name.get(name, ())

    def last(self, *names: str) -> Setting | None:
        """Return the last setting of any of these options."""
        found = [settings[-1] for name in names if (settings := self.by_name.get(name))]
        return max(found, key=lambda setting: (setting.line, setting.start), default=None)

    def switched_on(self, name: str) -> Setting | None:
        """Return the setting that switches a flag on, unless a later ``no-NAME`` takes it back."""
        last = self.last(name, f"no-{name}")
        return last if last and last.name == name else None

    def _setting(self, found: ParsedOption) -> Setting:
        reading = self.reading
        line, start, end = reading.place(found.word)
        takes_next_line = reading.takes_next_line(found)
        if found.value_word > found.word and not takes_next_line:
            end = reading.place(found.value_word).end
        return Setting(found.option, found.value, line, start, end, takes_next_line)
