# SPDX-License-Identifier: MIT
"""CRIU117 blank-in-quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.line import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line


@rule(
    "CRIU117",
    "blank-in-quotes",
    Severity.ERROR,
    bad='images-dir "/srv/checkpoints/web server"\n',
    good='images-dir                 "/srv/checkpoints/web server"\n',
    fixable=True,
)
def blank_in_quotes(line: Line) -> Iterator[Problem]:
    """CRIU refuses the space in this quoted value because of its position in the line.

    From 3.16 on CRIU looks for a second word in a quoted value too, and refuses a space there. It
    begins to look some columns into the value: as many as the line has before the opening quote,
    plus two. Up to there it accepts spaces. The example in CRIU's own man page is refused for this
    reason.

    More spaces before the opening quote move that column to the right; better still, use a value
    without spaces.
    """
    value = line.tree.value
    if not (line.scan.refused and value and value.kind == "QUOTED"):
        return
    at = line.column(line.scan.refused_at)
    if not value.start < at < value.end:
        return
    space = value.text.find(" ", at - value.start - 1)
    start = value.start + space if space > 0 else at
    option = line.written_option
    text = line.rewrite(option, line.written_value) if option else None
    if text:
        help_text = "put more spaces before the opening quote, or use a value without spaces"
        rewrite = write_text(text, safe=True)
    else:
        help_text = "use a value without spaces: CRIU cannot read this one in any spelling"
        rewrite = None
    yield Problem(
        start,
        start + 1,
        "CRIU refuses a space this far into a quoted value:"
        " “Unsupported configuration file format”",
        help_text,
        rewrite,
    )
