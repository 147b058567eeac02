# SPDX-License-Identifier: MIT
"""CRIU601: a file that ``criulint format`` would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, Rewrite, rule
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.reading import Reading

_TITLE = "Format as `criulint format` does"


@rule(
    "CRIU601",
    "layout",
    Severity.INFO,
    bad="  tcp-close\n\n\n#why\nlog-file   /var/log/criu.log   # here\n",
    good="tcp-close\n\n# why\nlog-file /var/log/criu.log # here\n",
    fixable=True,
    default=False,
)
def layout(reading: Reading) -> Iterator[FileProblem]:
    """The line is not laid out as `criulint format` would lay it out.

    The layout: no indentation, one space between name and value and before a comment, whole names,
    `# text` for comments, single blank lines, no blanks at the end of a line, a newline after the
    last line. CRIU reads the file as before: criulint proves that for each line and for the file,
    and leaves alone what it cannot prove.

    The rule runs only if it is selected (`--select ALL`, `--select CRIU6`).
    """
    from criulint.formatter import lay_out

    laid_out = lay_out(reading)
    source = reading.source
    newline_is_missing = not source.ends_with_newline and laid_out.data != source.data
    for number, (old, new) in enumerate(zip(source.lines, laid_out.lines, strict=True), 1):
        is_last = number == len(source.lines)
        problem = _problem(decode(old), new, "\n" if is_last and newline_is_missing else "")
        if problem:
            yield FileProblem(number, problem)


def _problem(text: str, new: bytes | None, end: str) -> Problem | None:
    """Return the problem of a line that becomes `new`, or is removed, with the `end` it lacks."""
    if new is None:
        rewrite = Rewrite(_TITLE, None, safe=True)
        return Problem(0, len(text), "superfluous blank line", "remove the line", rewrite)
    wanted = decode(new)
    rewrite = Rewrite(_TITLE, wanted + end, safe=True)
    if wanted != text:
        message = "not formatted as `criulint format` does"
        help_text = f"write `{shorten(wanted)}`" if wanted.strip() else "leave the line empty"
        return Problem(0, len(text), message, help_text, rewrite)
    if end:
        message = "no newline at the end of the file"
        return Problem(len(text), len(text), message, "add a newline", rewrite)
    return None
