# SPDX-License-Identifier: GPL-2.0-only
"""Family 6xx: style. CRIU does not mind, so these rules run only when they are selected."""

from __future__ import annotations

from collections.abc import Iterator

from criulint.criu.reading import Reading
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, Rewrite, rule
from criulint.source import decode
from criulint.text import shorten

_TITLE = "Lay it out as `criulint format` does"


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
    """A line is not laid out as `criulint format` does it.

    The layout: no indentation, one blank between name and value and before a comment, whole names, `# text` for comments,
    single blank lines, no blanks at the end, a newline behind the last line. CRIU reads the file as before, which is proved
    for each line and file; what can't be proved stays as it is.

    The rule runs only if it is selected (`--select ALL`, `--select CRIU6`).
    """
    from criulint.formatter import lay_out

    laid_out = lay_out(reading)
    source = reading.source
    for number, (old, new) in enumerate(zip(source.lines, laid_out.lines, strict=True), 1):
        text = decode(old)
        if new is None:
            rewrite = Rewrite(_TITLE, None, safe=True)
            yield FileProblem(
                number, Problem(0, len(text), "a blank line too many", "remove the line", rewrite)
            )
            continue
        wanted = decode(new)
        end = (
            "\n"
            if number == len(source.lines)
            and not source.ends_with_newline
            and laid_out.data != source.data
            else ""
        )
        rewrite = Rewrite(_TITLE, wanted + end, safe=True)
        if new != old:
            help_ = f"write `{shorten(wanted)}`" if wanted.strip() else "leave the line empty"
            yield FileProblem(
                number,
                Problem(0, len(text), "the line is not in the canonical layout", help_, rewrite),
            )
        elif end:
            yield FileProblem(
                number,
                Problem(
                    len(text), len(text), "the last line has no newline", "end the line", rewrite
                ),
            )


FILE_RULES = (layout,)
