# SPDX-License-Identifier: MIT
"""Which value of each option wins, and from which file, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.precedence import NO_ADDRESS
from criulint.host.config_files import first_stop
from criulint.named_tuple import NamedTuple
from criulint.report.terminal import (
    BOLD,
    CYAN,
    GREEN,
    PLAIN,
    RED,
    YELLOW,
    Cell,
    Style,
    lay_out_rows,
    lay_out_table,
)
from criulint.text import escape, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from criulint.criu.options import Option
    from criulint.criu.precedence import Caller, ConfigFile, Effective, Step, Value


def _headline(release: str, caller: Caller) -> str:
    called = f", called by {caller.title}" if caller.runtime else ""
    under = f" under {caller.engine.title}" if caller.engine else ""
    return f"CRIU {release}{called}{under}, for {caller.command}"


class Winners(NamedTuple):
    """What a caller makes CRIU read, and the options that win; `crash` makes each dump crash."""

    release: str
    caller: Caller
    files: list[ConfigFile]
    options: list[Effective]
    crash: Step | None


def render(
    found: Winners, explain: str | None, known: Mapping[str, Option], style: Style = PLAIN
) -> Iterator[str]:
    """Yield the lines of the text: the files, and all options, or the story of the one explained.

    `known` are the options of the release.
    """
    text = _Text(style, found.caller, found.files)
    yield from text.lines(found.release, found.options, explain, known)
    if found.crash and not first_stop(found.files):
        yield ""
        origin = escape(str(found.crash.origin))
        yield from text.alarm(f"CRIU crashes because of {origin}: {NO_ADDRESS}")


class _Text:
    """What people read, in a `style`, of a `caller` and the `files` that it makes CRIU read."""

    def __init__(self, style: Style, caller: Caller, files: list[ConfigFile]) -> None:
        self._style = style
        self._caller = caller
        self._files = files

    def lines(
        self,
        release: str,
        options: list[Effective],
        explain: str | None,
        known: Mapping[str, Option],
    ) -> Iterator[str]:
        """Yield the lines about `options`, or the story of the one to `explain`."""
        yield self._style.paint(_headline(release, self._caller), BOLD)
        for file in self._files:
            yield from self._file(file)
        yield ""
        stopping = first_stop(self._files)
        if stopping and stopping.error:
            yield from self._stop(stopping)
        elif stopping:
            title = self._caller.title
            yield from self.alarm(
                f"{title} does not call CRIU: every checkpoint and restore fails."
            )
        elif explain:
            yield from self._explain(explain.removeprefix("--"), options, known)
        elif not options:
            yield "Nothing is set."
        elif self._style.width is None:
            yield from self._table(options)
        else:
            yield from self._list(options)

    def alarm(self, message: str) -> list[str]:
        """Return the lines of a message about what goes wrong."""
        return [
            self._style.paint(line, f"{RED};{BOLD}") for line in self._style.wrap(message, 0, 0)
        ]

    def _file(self, file: ConfigFile) -> Iterator[str]:
        state = file.state.replace("-", " ")
        path = escape(file.path) or "empty annotation"
        reason = f" ({escape(file.reason)})" if file.reason else ""
        first, *others = self._style.wrap(f"{path}: {state}{reason}", 2, 6)
        if file.path and file.state not in ("missing", "not-read") and first.startswith(path):
            first = self._style.link_path(path, file.path) + first[len(path) :]
        colour = RED if file.state in ("refused", "exits", "crashes") else ""
        yield f"  {self._style.paint(first, colour)}"
        yield from (f"      {self._style.paint(line, colour)}" for line in others)

    def _stop(self, stopping: ConfigFile) -> Iterator[str]:
        assert stopping.error
        verb = {"exits": "exits at", "crashes": "crashes at"}.get(stopping.state, "refuses")
        place = f"{escape(stopping.path)}:{stopping.error.line}"
        message = shorten(stopping.error.message) or "without a message"
        yield from self.alarm(f"CRIU {verb} {place}: {message}")
        if stopping.foreign:
            yield f"This is {stopping.foreign}, not a CRIU configuration file."
        if stopping.state == "exits":
            yield "No command does its work until this is fixed."
        else:
            yield "Every command fails until this is fixed."

    def _table(self, options: list[Effective]) -> Iterator[str]:
        """Yield a table for what is no terminal: one line for each value, also those ignored."""
        rows = [
            row
            for option in options
            for row in (
                *((*values, note) for values, note in _winners(option)),
                *(
                    (Cell(option.option), *_value(step), f"ignored: {step.reason}")
                    for step in option.steps_with("ignored")
                ),
            )
        ]
        header = ("OPTION", "VALUE", "FROM", "NOTE" if any(row[3] for row in rows) else "")
        bold = [Cell(title, BOLD) for title in header]
        yield from lay_out_table([bold, *rows], self._style)

    def _list(self, options: list[Effective]) -> Iterator[str]:
        """Yield a table for a terminal: what loses stands below what wins."""
        rows: list[tuple[Cell, ...]] = [tuple(Cell(title, BOLD) for title in _TITLES)]
        notes: list[list[tuple[str, str]]] = [[]]
        for option in options:
            for values, _ in _winners(option):
                rows.append(values)
                notes.append([])
            notes[-1] += [
                (f"overrides {_place(step)}", "") for step in option.steps_with("overridden")
            ]
            notes[-1] += [
                (f"ignored: {_place(step)}: {step.reason}", YELLOW)
                for step in option.steps_with("ignored")
            ]
        for lines, below in zip(lay_out_rows(rows, self._style), notes, strict=True):
            yield from lines
            for note, colour in below:
                for number, line in enumerate(self._style.wrap(note, 4, 6)):
                    yield f"{'      ' if number else '    '}{self._style.paint(line, colour)}"

    def _explain(
        self, name: str, options: list[Effective], table: Mapping[str, Option]
    ) -> Iterator[str]:
        """Yield the story of one option, first to last."""
        default = table[name].default if name in table else None
        if default is not None:
            yield f"CRIU's default of {name} is {_describe(default)}."
        if not options:
            yield f"Nothing sets {name}."
        for option in options:
            for step in option.steps:
                effect = {
                    "wins": "this is what counts",
                    "adds": "added",
                    "overridden": f"overridden by {escape(step.reason)}",
                    "ignored": f"ignored: {step.reason}",
                }[step.effect]
                is_bare = step.value is None or step.name.startswith("no-")
                value = "" if is_bare else f" {_describe(step.value)}"
                line = f"{escape(str(step.origin))}: {step.name}{value}: {effect}"
                first, *others = self._style.wrap(line, 0, 4)
                colour = {"wins": GREEN, "adds": GREEN, "ignored": YELLOW}.get(step.effect, "")
                yield self._style.paint(first, colour)
                yield from (f"    {self._style.paint(line, colour)}" for line in others)


_TITLES = ("OPTION", "VALUE", "FROM")


def _winners(option: Effective) -> Iterator[tuple[tuple[Cell, Cell, Cell], str]]:
    """Yield the values of an option that count, each with what it overrides."""
    name = Cell(option.option, BOLD)
    if option.is_list:
        for step in option.winners:
            yield (name, *_value(step)), ""
        return
    winner = next(iter(option.winners), None)
    overridden = ", ".join(_place(step) for step in option.steps_with("overridden"))
    note = f"overrides {overridden}" if overridden else ""
    origin = Cell(escape(str(winner.origin)) if winner else "CRIU's default", CYAN)
    yield (name, Cell(_describe(option.value)), origin), note


def _value(step: Step) -> tuple[Cell, Cell]:
    return Cell(_describe(step.value)), Cell(escape(str(step.origin)), CYAN)


def _place(step: Step) -> str:
    return f"{escape(str(step.origin))} ({_describe(step.value)})"


def _describe(value: Value) -> str:
    """Return a value in words, also one that is not there, or empty."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "no value"
    return shorten(str(value)) if str(value).strip() else "empty"
