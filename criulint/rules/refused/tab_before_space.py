# SPDX-License-Identifier: MIT
"""CRIU113 tab-before-space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line
    from criulint.syntax import Token

_HELP = "use a space instead of the tab"


@rule(
    "CRIU113",
    "tab-before-space",
    Severity.ERROR,
    bad="log-file\t/var/log/criu.log # the log\n",
    good="log-file /var/log/criu.log # the log\n",
    fixable=True,
)
def tab_before_space(line: Line) -> Iterator[Problem]:
    """A tab ends the option's name, but a later space makes CRIU read the tab as part of it.

    From 3.16 on CRIU looks for the first space of a line, and for a tab only if the line has no
    space at all. A space anywhere after the tab, even in a comment, makes everything before it the
    name.

    Use a space between name and value.
    """
    separator = line.tree.separator
    tabs = separator if separator and "\t" in separator.text else None
    if tabs and line.words and b"\t" in line.words[0]:
        yield _tabs_after_name(line, tabs)
    else:
        yield from _tabs_before_comment(line, tabs)


def _tabs_after_name(line: Line, tabs: Token) -> Problem:
    comment = line.tree.comment
    rest = line.text[tabs.end :]
    if comment:
        before = line.text[: comment.start].rstrip("\t")
        if tabs.end < len(before) < comment.start:
            rest = f"{before[tabs.end :]} {line.text[comment.start :]}"
    return Problem(
        tabs.start,
        tabs.end,
        "CRIU reads the tab as part of the option name, because a space follows later in the"
        f" line: {line.refusal}",
        _HELP,
        _spaces(f"{line.text[: tabs.start]} {rest}"),
    )


def _tabs_before_comment(line: Line, tabs: Token | None) -> Iterator[Problem]:
    """Report tabs before a comment; those after the name come first, if CRIU reads both."""
    comment = line.tree.comment
    before = line.text[: comment.start].rstrip("\t") if comment else ""
    if not comment or not before or len(before) == comment.start:
        return
    if not line.scan.refused and not any(b"\t" in word for word in line.words):
        return  # up to 3.15 a tab ends a word
    start, end = len(before), comment.start
    text = f"{before} {line.text[comment.start :]}"
    if tabs and tabs.end <= len(before):
        start, end = tabs.start, tabs.end
        text = f"{line.text[:start]} {text[end:]}"
    yield Problem(
        start,
        end,
        "CRIU reads the tab as part of the option, because a space follows in the comment:"
        f" {line.refusal}",
        _HELP,
        _spaces(text),
    )


def _spaces(text: str) -> Rewrite:
    return Rewrite("Replace the tabs with spaces", text, safe=True)
