# SPDX-License-Identifier: MIT
"""CRIU201: a flag with a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint import guesses
from criulint.criu.options import Arity, Option
from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule
from criulint.rules.misread.ignored_text import IgnoredText, ignored_text
from criulint.rules.misread.values import rewrite_value
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line


@rule(
    "CRIU201",
    "value-ignored",
    Severity.WARNING,
    bad="tcp-close false\n",
    good="no-tcp-close\n",
    fixable=True,
)
def value_ignored(line: Line) -> Iterator[Problem]:
    """A flag has a value after a blank, and CRIU ignores the value.

    A flag is on if its name is in the file. `tcp-close false`, `tcp-close no` and
    `tcp-close 0` all switch it **on**, without a message from CRIU; `no-tcp-close true`
    switches `tcp-close` off.

    Write the name alone, or the name with `no-` before it if CRIU has such an option.
    """
    found = line.first_option
    if not found or found.option.arity is not Arity.NONE:
        return
    ignored = ignored_text(line)
    if not ignored:
        return
    option = found.option
    start, end, text = ignored
    if text == "\\":
        yield Problem(
            start,
            end,
            "CRIU ignores the backslash, and reads the next line by itself",
            "remove the backslash",
            rewrite_value(line, option, None, safe=True),
        )
        return
    server = guesses.page_server_lines(text) if option.name == "page-server" else []
    if server:
        yield _page_server(line, ignored, server)
        return
    several = line.split_rewrite()
    if several:
        yield Problem(
            start,
            end,
            f"CRIU ignores `{shorten(text)}`: it reads only one option per line",
            "write each option on its own line",
            several,
        )
        return
    yield Problem(
        start,
        end,
        f"CRIU ignores `{shorten(text)}` and {_effect(option)}: `{option.name}` is a flag",
        guesses.flag_help(option),
        _rewrite(line, option, text),
    )


def _page_server(line: Line, ignored: IgnoredText, options: list[str]) -> Problem:
    """Report `page-server HOST:PORT`: address and port are options of their own."""
    lines = ["page-server", *options]
    can_write = not line.tree.comment and all(map(line.accepts, lines))
    return Problem(
        ignored.start,
        ignored.end,
        f"CRIU ignores `{shorten(ignored.text)}`: `page-server` is a flag",
        guesses.page_server_help(options),
        line.write_lines(lines, safe=False) if can_write else None,
    )


def _effect(option: Option) -> str:
    if option.negates is not None:
        return f"switches `{option.negates}` off"
    return "switches it ON"


def _rewrite(line: Line, option: Option, text: str) -> Rewrite | None:
    """Return the fix that writes the flag which a value such as `false` asks for."""
    switch = guesses.parse_boolean(text.lstrip("=: "))
    if switch is None:
        return None
    wanted = line.table.options.get(guesses.switch_name(option, on=switch))
    if not wanted:
        return None
    return rewrite_value(line, wanted, None, safe=True)
