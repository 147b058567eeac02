# SPDX-License-Identifier: MIT
"""Which value of each option wins, and from which file, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.precedence import NO_ADDRESS
from criulint.host.config_files import first_stop
from criulint.named_tuple import NamedTuple
from criulint.report.terminal import PLAIN, Style, lay_out_table
from criulint.text import escape, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    release, caller, files, options, crash = found
    yield _headline(release, caller)
    for file in files:
        state = file.state.replace("-", " ")
        reason = f" ({escape(file.reason)})" if file.reason else ""
        yield f"  {escape(file.path) or 'empty annotation'}: {state}{reason}"
    yield ""
    stopping = first_stop(files)
    if stopping and stopping.error:
        verb = {"exits": "exits at", "crashes": "crashes at"}.get(stopping.state, "refuses")
        place = f"{escape(stopping.path)}:{stopping.error.line}"
        message = shorten(stopping.error.message) or "without a message"
        yield f"CRIU {verb} {place}: {message}"
        if stopping.foreign:
            yield f"This is {stopping.foreign}, not a CRIU configuration file."
        if stopping.state == "exits":
            yield "No command does its work until this is fixed."
        else:
            yield "Every command fails until this is fixed."
    elif stopping:
        yield f"{caller.title} does not call CRIU: every checkpoint and restore fails."
    elif explain:
        yield from _explain(explain.removeprefix("--"), options, known)
    elif options:
        yield from _table([row for option in options for row in _rows(option)], style)
    else:
        yield "Nothing is set."
    if crash and not stopping:
        yield ""
        yield f"CRIU crashes because of {escape(str(crash.origin))}: {NO_ADDRESS}"


def _rows(option: Effective) -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of an option: its values, and what is ignored."""
    if option.is_list:
        for step in option.winners:
            yield option.option, _describe(step.value), escape(str(step.origin)), ""
    else:
        winner = next(iter(option.winners), None)
        origin = escape(str(winner.origin)) if winner else "CRIU's default"
        overridden = ", ".join(
            f"{escape(str(step.origin))} ({_describe(step.value)})"
            for step in option.steps_with("overridden")
        )
        note = f"overrides {overridden}" if overridden else ""
        yield option.option, _describe(option.value), origin, note
    for step in option.steps_with("ignored"):
        origin = escape(str(step.origin))
        yield "", _describe(step.value), origin, f"ignored: {step.reason}"


def _table(rows: list[tuple[str, str, str, str]], style: Style) -> list[str]:
    header = ("OPTION", "VALUE", "FROM", "NOTE" if any(row[3] for row in rows) else "")
    first, *others = lay_out_table([header, *rows], style)
    return [style.paint(first, "1"), *others]


def _explain(name: str, options: Sequence[Effective], table: Mapping[str, Option]) -> Iterator[str]:
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
            value = "" if step.name.startswith("no-") else f" {_describe(step.value)}"
            yield f"{escape(str(step.origin))}: {step.name}{value}: {effect}"


def _describe(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else shorten(str(value))
