# SPDX-License-Identifier: MIT
"""CRIU109 carriage-return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, Rewrite, rule
from criulint.rules.line import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line
    from criulint.rules.line_ends import WindowsFile

_HELP = "save the file with Unix line endings (LF)"


@rule(
    "CRIU109",
    "carriage-return",
    Severity.ERROR,
    bad="tcp-close\r\n",
    good="tcp-close\n",
    fixable=True,
)
def carriage_return(line: Line) -> Iterator[Problem]:
    """The line ends with CR LF, and CRIU reads the CR as part of the option.

    CRIU ends lines at LF only. The CR of a Windows line ending becomes the last character of a
    flag's name, or of the value of `name=value`, and CRIU refuses both.

    Save the file with Unix line endings.
    """
    index = line.refused_word
    if index is None or b"\r" not in line.words[index]:
        return
    start, end = line.word_span(index)
    if b"\r" in line.words[index].rstrip(b"\r"):
        yield _inside(line, line.text.find("\r", start, end))
    else:
        yield _at_end(line, end - line.words[index].count(b"\r"), end)


def _inside(line: Line, start: int) -> Problem:
    text = line.text.replace("\r", "\n").rstrip("\n")
    return Problem(
        start,
        start + 1,
        "CRIU ends lines at LF, not at CR, and reads what follows as part of the option",
        _HELP,
        write_text(text, safe=True),
    )


def _at_end(line: Line, start: int, end: int) -> Problem:
    return Problem(
        start,
        end,
        "CRIU reads the carriage return at the end of the line as part of the option",
        _HELP,
        Rewrite("Remove the carriage return", line.replace(start, end, ""), safe=True),
    )


@carriage_return.also
def refused_windows_file(file: WindowsFile) -> Iterator[FileProblem]:
    """Report a file with Windows line endings throughout once, at the first line they spoil."""
    found = file.first(carriage_return.check)
    if found and file.reading.error:
        message = (
            "all lines end with CR LF: CRIU reads the carriage return as part of the option, and"
            " refuses the file"
        )
        yield found._replace(problem=found.problem._replace(message=message))
