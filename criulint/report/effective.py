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
    from criulint.criu.precedence import ConfigFile, Effective, Invocation, OptionValue, Step


def _headline(release: str, invocation: Invocation) -> str:
    called = f", called by {invocation.title}" if invocation.runtime else ""
    under = f" under {invocation.engine.title}" if invocation.engine else ""
    return f"CRIU {release}{called}{under}, for {invocation.command}"


class Winners(NamedTuple):
    """What a caller makes CRIU read, and the options that win; `crash` makes every dump crash."""

    release: str
    invocation: Invocation
    files: list[ConfigFile]
    options: list[Effective]
    crash: Step | None


def render_effective(
    found: Winners, explain: str | None, known: Mapping[str, Option], style: Style = PLAIN
) -> Iterator[str]:
    """Yield the lines of the text: the files, and all options, or the history of one of them.

    `known` are the options of the release.
    """
    return _Text(found, style).lines(explain, known)


class _Text:
    """The text for people, in a `style`, about what was `found`."""

    def __init__(self, found: Winners, style: Style) -> None:
        self._found = found
        self._style = style

    def lines(self, explain: str | None, known: Mapping[str, Option]) -> Iterator[str]:
        """Yield the lines about all options, or the history of the one to `explain`."""
        found = self._found
        yield self._style.paint(_headline(found.release, found.invocation), BOLD)
        for file in found.files:
            yield from self._file(file)
        yield ""
        stopping = first_stop(found.files)
        if stopping:
            yield from self._stop(stopping)
            return
        if explain:
            yield from self._explain(explain.removeprefix("--"), known)
        elif not found.options:
            yield "Nothing is set."
        elif self._style.width is None:
            yield from self._table()
        else:
            yield from self._list()
        if found.crash:
            yield ""
            origin = escape(str(found.crash.origin))
            yield from self._alarm(f"CRIU crashes because of {origin}: {NO_ADDRESS}")

    def _alarm(self, message: str) -> list[str]:
        """Return the lines of a message about what goes wrong."""
        return self._style.fold(message, f"{RED};{BOLD}")

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
        if not stopping.error:
            title = self._found.invocation.title
            yield from self._alarm(
                f"{title} does not call CRIU: every checkpoint and restore fails."
            )
            return
        verb = {"exits": "exits at", "crashes": "crashes at"}.get(stopping.state, "refuses")
        place = f"{escape(stopping.path)}:{stopping.error.line}"
        message = shorten(stopping.error.message) or "without a message"
        yield from self._alarm(f"CRIU {verb} {place}: {message}")
        if stopping.foreign:
            yield f"This is {stopping.foreign}, not a CRIU configuration file."
        if stopping.state == "exits":
            yield "No command does its work until this is fixed."
        else:
            yield "Every command fails until this is fixed."

    def _table(self) -> Iterator[str]:
        """Yield a table of any width: one line for each value, including ignored ones."""
        rows = [
            row
            for option in self._found.options
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

    def _list(self) -> Iterator[str]:
        """Yield a table for a terminal: values that lose are below the one that wins."""
        rows: list[tuple[Cell, ...]] = [tuple(Cell(title, BOLD) for title in _TITLES)]
        notes: list[list[tuple[str, str]]] = [[]]
        for option in self._found.options:
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
                yield from self._style.fold(note, colour, 4, 6)

    def _explain(self, name: str, known: Mapping[str, Option]) -> Iterator[str]:
        """Yield the history of one option, first to last."""
        default = known[name].default if name in known else None
        if default is not None:
            yield f"CRIU's default of {name} is {_describe(default)}."
        if not self._found.options:
            yield f"Nothing sets {name}."
        for option in self._found.options:
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
                colour = {"wins": GREEN, "adds": GREEN, "ignored": YELLOW}.get(step.effect, "")
                yield from self._style.fold(line, colour, indent=4)


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


def _describe(value: OptionValue) -> str:
    """Return a value in words, even if it is missing or empty."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "no value"
    return shorten(str(value)) if str(value).strip() else "empty"
