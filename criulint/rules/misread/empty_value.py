# SPDX-License-Identifier: MIT
"""CRIU214: an empty value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.misread.ignored_text import ignored_text
from criulint.rules.misread.values import (
    NUMBER_KINDS,
    describe_value,
    find_own_value,
    rewrite_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line


@rule(
    "CRIU214",
    "empty-value",
    Severity.WARNING,
    bad="log-file= criu.log\n",
    good="log-file=criu.log\n",
    fixable=True,
)
def empty_value(line: Line) -> Iterator[Problem]:
    """The value is empty.

    CRIU accepts an empty value while it reads the file, and fails later or reads it as 0. A
    blank after the name is enough to make one (from 3.16 on), and `name= value` has an empty
    value too: the blank ends it.
    """
    own = find_own_value(line)
    if not own or own.text or _is_explained_elsewhere(line):
        return
    option, written, separator = own.option, line.written_value, line.tree.separator
    start, end = line.value_span(own.parsed)
    if start >= end:
        start, end = line.word_span(0)
    rewrite = None
    if written and separator and separator.kind == "EQUALS":
        rewrite = rewrite_value(line, option, written, safe=True)
    value = describe_value(option, b"")
    reason = ": the value is empty" if option.kind in NUMBER_KINDS else ""
    yield Problem(
        start,
        end,
        f"CRIU sets `{option.name}` to {value}{reason}",
        "write the value directly after the `=`"
        if written
        else "write a value, or remove the line",
        rewrite,
    )


def _is_explained_elsewhere(line: Line) -> bool:
    """Return whether CRIU203 (a `#`) or CRIU204 (text after `""`) reports the line."""
    if "#" in (line.written_value or ""):
        return True
    token = line.tree.value
    return token is not None and token.kind == "QUOTED" and ignored_text(line) is not None
