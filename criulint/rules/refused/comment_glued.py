# SPDX-License-Identifier: MIT
"""CRIU112 comment-glued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint import guesses
from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.line import write_text
from criulint.source import WHITESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line


@rule(
    "CRIU112",
    "comment-glued",
    Severity.ERROR,
    bad="tcp-close# drop connections\n",
    good="tcp-close # drop connections\n",
    fixable=True,
)
def comment_glued(line: Line) -> Iterator[Problem]:
    """A comment without a space before it is read as part of the option.

    CRIU looks for the `#` of a comment at the beginning of a line, after the space that ends a
    name, and in a value. It does not look for it in an option's name, nor in the value of
    `name=value`.

    Put a space before the `#`, or the comment on a line of its own.
    """
    glued = _glued_comment(line)
    if not glued:
        return
    start, at = glued
    option, _ = guesses.intended_option(line.text[start:at].partition("=")[0], line.table)
    looks_like_comment = line.text[at + 1 : at + 2] in ("", *WHITESPACE)
    yield Problem(
        at,
        at + 1,
        f"CRIU reads the `#` as part of the option: {line.refusal}",
        "put a space before the `#`",
        write_text(
            line.replace(at, at, " "),
            safe=option is not None or looks_like_comment,
            names_comment=True,
        ),
    )


def _glued_comment(line: Line) -> tuple[int, int] | None:
    """Return where the refused word begins, and where its ``#`` is."""
    name, value, comment = line.tree.name, line.tree.value, line.tree.comment
    if name and comment and comment.start == name.end:
        return name.start, comment.start
    if line.scan.refused and value and value.kind == "WORD" and "#" in value.text[1:]:
        return value.start, value.start + value.text.find("#", 1)
    index = line.refused_word
    if index is None:
        return None
    start, end = line.word_span(index)
    at = line.text.find("#", start, end)
    return (start, at) if at > start else None
