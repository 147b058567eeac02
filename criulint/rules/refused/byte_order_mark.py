# SPDX-License-Identifier: MIT
"""CRIU110 byte-order-mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line


@rule(
    "CRIU110",
    "byte-order-mark",
    Severity.ERROR,
    bad="\ufefftcp-close\n",
    good="tcp-close\n",
    fixable=True,
)
def byte_order_mark(line: Line) -> Iterator[Problem]:
    """A byte order mark precedes the option, and CRIU reads it as part of the name.

    Some editors put the three bytes EF BB BF in front of a file in UTF-8. CRIU does not skip them:
    it refuses the first line, even if that is a comment or empty.

    Save the file without a byte order mark.
    """
    mark = line.tree.bom
    if mark:
        text = line.text[mark.end :].lstrip("\ufeff")
        yield Problem(
            mark.start,
            mark.end,
            "CRIU reads the byte order mark as part of the option name and refuses the file",
            "save the file as UTF-8 without a byte order mark",
            Rewrite("Remove the byte order mark", text, safe=True),
        )
