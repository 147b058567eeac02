# SPDX-License-Identifier: MIT
"""CRIU210: a tab or carriage return in the value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, rule
from criulint.rules.misread.values import NUMBER_KINDS, find_own_value, rewrite_value
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line
    from criulint.rules.line_ends import WindowsFile

_CONTROL = r"[\t\v\f\r]+"
_NAMES = {"\r": "carriage return", "\t": "tab"}


@rule(
    "CRIU210",
    "blank-in-value",
    Severity.WARNING,
    bad="log-file criu.log\t\n",
    good="log-file criu.log\n",
    fixable=True,
)
def blank_in_value(line: Line) -> Iterator[Problem]:
    """A tab or a carriage return becomes part of the value.

    From 3.16 on only blanks end a value. A tab after it, and the CR of a Windows line ending,
    stay in it: the name of the log file is then `criu.log` followed by a tab.
    """
    own = find_own_value(line)
    if not own or own.option.kind in NUMBER_KINDS:
        return
    match = re.search(_CONTROL, own.text)
    if not match:
        return
    start = line.text.index(match[0], line.value_span(own.parsed)[0])
    name = _NAMES.get(match[0][0], "control character")
    kept = own.text[: match.start()] if match.end() == len(own.text) else ""
    rewrite = rewrite_value(line, own.option, kept, safe=True) if kept else None
    yield Problem(
        start,
        start + len(match[0]),
        f"CRIU sets `{own.option.name}` to `{shorten(own.text)}`: the {name} is part of the value",
        "save the file with Unix line endings (LF)"
        if name == "carriage return"
        else f"remove the {name}",
        rewrite,
    )


@blank_in_value.also
def misread_windows_file(file: WindowsFile) -> Iterator[FileProblem]:
    """Report a file with Windows line endings throughout once, at the first value they change."""
    found = file.first(blank_in_value.check)
    if found and not (file.reading.error or file.unix.error):
        message = f"all lines end with CR LF: {found.problem.message}"
        yield found._replace(problem=found.problem._replace(message=message))
