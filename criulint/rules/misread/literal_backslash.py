# SPDX-License-Identifier: MIT
"""CRIU215: a backslash that stays in the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.misread.values import find_own_value
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line


@rule(
    "CRIU215",
    "literal-backslash",
    Severity.WARNING,
    bad="log-file criu\\tlog\n",
    good="log-file criu-log\n",
)
def literal_backslash(line: Line) -> Iterator[Problem]:
    r"""A backslash is part of the value: it escapes nothing but a double quote.

    CRIU turns `\"` into `"` (up to 3.15 only inside quotes). `\n`, `\t`, `\\` and a backslash
    before a blank stay unchanged, and a backslash at the end of a line does not continue it.
    """
    own = find_own_value(line)
    if not own or "\\" not in own.text or own.option.name == "cgroup-props":
        return
    start, end = line.value_span(own.parsed)
    column = line.text.index("\\", start)
    is_last = own.text.find("\\") == len(own.text) - 1
    yield Problem(
        column,
        min(column + 2, end),
        f"CRIU sets `{own.option.name}` to `{shorten(own.text)}`:"
        " the backslash is part of the value",
        "a line cannot be continued" if is_last else r"the only escape sequence is `\"`",
    )
