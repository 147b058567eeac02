# SPDX-License-Identifier: MIT
"""CRIU203: a value that CRIU cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule
from criulint.rules.misread.quotes import QUOTES, has_outer_quote
from criulint.rules.misread.values import (
    NUMBER_KINDS,
    OwnValue,
    describe_value,
    find_own_value,
    rewrite_value,
)
from criulint.source import WHITESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import Option
    from criulint.rules.line import Line
    from criulint.syntax import Token


@rule(
    "CRIU203",
    "value-truncated",
    Severity.WARNING,
    bad='log-file "criu#1.log"\n',
    good="log-file=criu#1.log\n",
    fixable=True,
)
def value_truncated(line: Line) -> Iterator[Problem]:
    """CRIU cuts the value at a `#`, even inside quotes, or at a NUL byte.

    From 3.16 on the first `#` of a value begins a comment, quoted, escaped or not. Only the
    form `name=value` keeps it; a value with both a `#` and a blank cannot be written at all.
    """
    own, token = find_own_value(line), line.tree.value
    if own and token:
        yield from _at_nul_byte(line, token)
        yield from _at_comment_mark(line, own, token)


def _at_nul_byte(line: Line, token: Token) -> Iterator[Problem]:
    rest = line.tree.nul_rest
    if rest and token.end == rest.start and rest.text.strip("\0" + WHITESPACE):
        yield Problem(
            rest.start,
            rest.start + 1,
            "CRIU cuts the value at the NUL byte",
            "remove the NUL byte",
        )


def _at_comment_mark(line: Line, own: OwnValue, token: Token) -> Iterator[Problem]:
    written = line.written_value or ""
    if "#" not in written or "#" in own.text or not written.startswith(own.text):
        return
    mark = token.text.find("#") + token.start
    if token.kind == "WORD" and line.text[mark + 1 : mark + 2] in ("", " ", "\t", "\r"):
        return  # meant as a comment, and CRIU reads it as one
    yield Problem(
        mark,
        token.end,
        f"CRIU sets `{own.option.name}` to {describe_value(own.option, own.value)}:"
        " it reads `#` as the start of a comment, even inside quotes",
        _advise(line, own.option, written),
        _attach_value(line, own.option, written, token),
    )


def _advise(line: Line, option: Option, written: str) -> str:
    if option.kind in NUMBER_KINDS:
        return "write the number alone, and put a space before the `#` of a comment"
    if line.rewrite(option, written):
        return "attach the value with `=`, where `#` does not start a comment"
    return "a configuration file cannot express this value"


def _attach_value(line: Line, option: Option, written: str, token: Token) -> Rewrite | None:
    if option.kind in NUMBER_KINDS or has_outer_quote(written):
        return None
    if token.kind == "WORD" and not set(QUOTES).isdisjoint(written):
        return None  # what the quotes are for is not clear
    return rewrite_value(line, option, written, safe=token.kind == "QUOTED")
