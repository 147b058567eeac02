# SPDX-License-Identifier: MIT
"""CRIU207: quotes that stay in the value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule
from criulint.rules.misread.partly_read_value import external_mounts
from criulint.rules.misread.quotes import QUOTES, has_outer_quote, keeps_quotes
from criulint.rules.misread.values import NUMBER_KINDS, OwnValue, find_own_value, rewrite_value
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line
    from criulint.syntax import Token


_PLAIN_NUMBER = re.compile(r"[+-]?[1-9][0-9]*[KMG]?|0")


@rule(
    "CRIU207",
    "literal-quotes",
    Severity.WARNING,
    bad="log-file=\"criu.log\"\nwork-dir '/run/criu'\n",
    good="log-file=criu.log\nwork-dir /run/criu\n",
    fixable=True,
)
def literal_quotes(line: Line) -> Iterator[Problem]:
    """The quotes become part of the value.

    CRIU strips double quotes only, and only after a blank: in `name="value"` they are part of
    the value, and so are single quotes everywhere.
    """
    own, token = find_own_value(line), line.tree.value
    if not own or not has_outer_quote(own.text) or not token or not keeps_quotes(own.text, token):
        return
    start = token.start
    if not token.text.startswith(tuple(QUOTES)):
        start = token.end - 1
    help_text = "remove the quotes"
    if line.quotes_work:
        help_text += '; double quotes work only after a space: `name "value"`'
    yield Problem(
        start,
        token.end,
        f"CRIU sets `{own.option.name}` to `{shorten(own.text)}`: the quotes are part of the value",
        help_text,
        _remove_quotes(line, own, token),
    )


def _remove_quotes(line: Line, own: OwnValue, token: Token) -> Rewrite | None:
    written = line.written_value if token.kind != "WORD" else own.text.strip(QUOTES)
    if token.kind == "UNCLOSED" or not written or written[-1] in ";,":
        return None
    if token.kind == "WORD" and not set(QUOTES).isdisjoint(written):
        return None  # what the other quotes are for is not clear
    if written.startswith("="):
        return None  # without the quotes it would look like a separator
    if own.option.kind in NUMBER_KINDS and not _PLAIN_NUMBER.fullmatch(written):
        return None
    mounts = external_mounts(line, own.option, written)
    if mounts:
        return mounts
    return rewrite_value(line, own.option, written, safe=token.kind != "WORD")
