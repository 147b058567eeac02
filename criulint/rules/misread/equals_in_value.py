# SPDX-License-Identifier: MIT
"""CRIU211: a blank before the `=`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.misread.values import describe_value, find_own_value, rewrite_value
from criulint.source import WHITESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line


@rule(
    "CRIU211",
    "equals-in-value",
    Severity.WARNING,
    bad="timeout = 5\n",
    good="timeout=5\n",
    fixable=True,
)
def equals_in_value(line: Line) -> Iterator[Problem]:
    """A blank before the `=` makes the `=` part of the value.

    `log-file =a` sets `log-file` to `=a`; `timeout = 5` sets `timeout` to `=`, which CRIU reads
    as 0, no limit.
    """
    own, separator = find_own_value(line), line.tree.separator
    if not own or not own.text.startswith("=") or not separator or separator.kind != "EQUALS":
        return
    start, end = separator.start, separator.end
    if line.text[start - 1] not in WHITESPACE:
        start, end = separator.end, separator.end + 1  # `name==value`: the first one is right
    written = (line.written_value or "").lstrip("= ")
    rewrite = rewrite_value(line, own.option, written, safe=True) if written else None
    value = describe_value(own.option, own.value)
    yield Problem(
        start,
        end,
        f"CRIU sets `{own.option.name}` to {value}: it reads the `=` as part of the value",
        "write `name value` or `name=value`, with one `=` and no spaces around it",
        rewrite,
    )
