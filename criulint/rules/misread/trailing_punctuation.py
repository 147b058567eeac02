# SPDX-License-Identifier: MIT
"""CRIU217: punctuation at the end of the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.options import PATH_KINDS
from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule
from criulint.rules.line import write_text
from criulint.rules.misread.values import find_own_value, rewrite_value
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line

# Values that CRIU does not look into, so that it does not refuse the punctuation.
_FREE_KINDS = PATH_KINDS | {"string", "structured", "host-or-socket"}


@rule(
    "CRIU217",
    "trailing-punctuation",
    Severity.WARNING,
    bad="log-file criu.log;\n",
    good="log-file criu.log\n",
    fixable=True,
)
def trailing_punctuation(line: Line) -> Iterator[Problem]:
    """The `;`, `,` or `#` at the end becomes part of the value.

    CRIU ends a statement with the line: `log-file criu.log;` logs to a file called
    `criu.log;`. After `name=value` a comment needs a blank before it:
    `log-file=criu.log# the log` logs to a file called `criu.log#`.
    """
    own, token = find_own_value(line), line.tree.value
    if not own or own.option.kind not in _FREE_KINDS or not own.text.endswith((";", ",", "#")):
        return
    mark = own.text[-1]
    kept = own.text.rstrip(mark)
    if not kept or not token or token.kind != "WORD":
        return
    start, end = line.value_span(own.parsed)
    end = line.text.rfind(mark, start, end) + 1
    start += len(line.text[start:end].rstrip(mark))
    if mark == "#":
        help_text = "put a space before the `#` of a comment"
        rewrite = _separate_comment(line, start)
    else:
        help_text = f"remove the `{mark}`"
        rewrite = rewrite_value(line, own.option, kept, safe=False)
    yield Problem(
        start,
        end,
        f"CRIU sets `{own.option.name}` to `{shorten(own.text)}`:"
        f" the `{mark}` is part of the value",
        help_text,
        rewrite,
    )


def _separate_comment(line: Line, column: int) -> Rewrite | None:
    """Return the fix that puts a blank before `column`, safe if words follow as in a comment."""
    text = f"{line.text[:column]} {line.text[column:]}"
    return write_text(text, safe=bool(line.parsed.dropped), names_comment=True)
