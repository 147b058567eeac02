# SPDX-License-Identifier: MIT
"""CRIU105 unexpected-value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint import guesses
from criulint.criu.getopt import ErrorKind
from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule
from criulint.rules.line import write_text
from criulint.source import WHITESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import Option
    from criulint.rules.line import Line


@rule(
    "CRIU105",
    "unexpected-value",
    Severity.ERROR,
    bad="tcp-close=true\n",
    good="tcp-close\n",
    fixable=True,
)
def unexpected_value(line: Line) -> Iterator[Problem]:
    """A flag is given a value.

    A flag is switched on by its name alone, and most are switched off by their name with `no-`
    before it. `tcp-close=true` and `tcp-close=false` are both refused.
    """
    error = line.error
    if not error or error.kind is not ErrorKind.UNEXPECTED_VALUE:
        return
    option, _ = line.table.resolve(error.name)
    assert option
    start, end = line.word_span(error.word)
    equals = line.text.find("=", start, end)
    value = line.text[equals + 1 : end].strip(WHITESPACE)
    server = guesses.page_server_lines(value) if option.name == "page-server" else []
    yield Problem(
        equals,
        end,
        f"CRIU refuses a value for the flag `{option.name}`: {line.refusal}",
        guesses.page_server_help(server) if server else guesses.flag_help(option),
        _switch_fix(line, option, line.text[equals + 1 : end]) if error.word == 0 else None,
    )


def _switch_fix(line: Line, option: Option, value: str) -> Rewrite | None:
    on = guesses.parse_boolean(value.rstrip(WHITESPACE))
    if on is None:
        return None
    text = line.rewrite_flag(option, on)
    return write_text(text, safe=True) if text else None
