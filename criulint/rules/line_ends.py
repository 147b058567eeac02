# SPDX-License-Identifier: MIT
"""Windows line endings throughout a file: an editor's setting, reported once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from criulint.criu.getopt import ParsedOption
from criulint.criu.reading import Reading
from criulint.finding import Fix
from criulint.rules.base import FileProblem, whole_file_edit
from criulint.rules.line import Line
from criulint.source import Source, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from criulint.rules.base import Problem, Rule

_TITLE = "End all lines with LF"


WindowsRule: TypeAlias = "Rule[[WindowsFile], FileProblem]"


class WindowsFile:
    """A file all of whose lines end with CR LF, as CRIU reads it.

    `unix` is the reading of the same lines with LF.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        data = reading.source.data.replace(b"\r\n", b"\n").removesuffix(b"\r")
        self.unix = Reading(Source(data, reading.source.path), reading.release)

    @cached_property
    def fix(self) -> Fix:
        """The fix for all lines; unsafe if a line then takes the next one as its value."""
        unix = self.unix
        moves = unix.parsed.terminator is not None or any(
            isinstance(result, ParsedOption) and unix.takes_next_line(result)
            for result in unix.parsed.results
        )
        edit = whole_file_edit(self.reading.source, decode(unix.source.data))
        return Fix(_TITLE, (edit,), safe=not moves)

    def first(self, check: Callable[[Line], Iterator[Problem]]) -> FileProblem | None:
        """Return the first problem of a line that is about a carriage return, for all lines."""
        reading = self.reading
        scanned = zip(reading.source.lines, reading.scan.lines, strict=True)
        for number, (raw, scan) in enumerate(scanned, 1):
            line = Line(raw, True, reading.table, scan)
            for problem in check(line):
                if "\r" in line.text[problem.start : problem.end]:
                    return FileProblem(number, problem._replace(rewrite=None), self.fix)
        return None
