# SPDX-License-Identifier: MIT
"""CRIU208: what a shell or systemd would expand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.criu.options import PATH_KINDS, Option
from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.misread.values import NUMBER_KINDS, find_own_value
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line

_VARIABLE = r"\$(?:\w+|\{[^}$]*\}|\([^)$]*\))|`[^`]+`"
_HOME = r"\A~[^/]*"
_SPECIFIER = r"(?<!%)%[a-zA-Z]"
_GLOB = r"[*?]|\[[^\[\]]+\]"
# The end of a path may hold a blank, too: `/opt/my hooks/x`, `/opt/my hook.sh`.
_ARGUMENTS = r"(?s)[ \t](?P<words>(?:-|/|[^\s/.]+(?:\s|\Z)).*)"
_UNCHECKED_KINDS = NUMBER_KINDS | {"flag-list", "enum"}


@rule(
    "CRIU208",
    "not-expanded",
    Severity.WARNING,
    bad="work-dir ~/criu\nlog-file $HOME/criu.log\n",
    good="work-dir /root/criu\nlog-file /root/criu.log\n",
)
def not_expanded(line: Line) -> Iterator[Problem]:
    """CRIU uses the value literally: it expands no `~`, variables, `%` specifiers or wildcards.

    `work-dir ~/criu` names a directory called `~`. An `action-script` is one path: CRIU starts no
    shell, and passes no arguments.

    Source: criu/action-scripts.c, `run_shell_scripts` (v4.2).
    """
    own = find_own_value(line)
    if not own:
        return
    if own.option.name == "action-script":
        arguments = re.search(_ARGUMENTS, own.text)
        if arguments:
            yield Problem(
                *line.value_span(own.parsed),
                f"CRIU starts a program called `{shorten(own.text)}`:"
                f" it does not pass `{shorten(arguments['words'])}` as arguments",
                "write a script that runs the command, and name that one",
            )
            return
    expression = find_expansion(own.option, own.text)
    if not expression:
        return
    start, end = line.value_span(own.parsed)
    if expression in line.text[start:end]:
        start = line.text.index(expression, start)
        end = start + len(expression)
    yield Problem(
        start,
        end,
        f"CRIU sets `{own.option.name}` to `{shorten(own.text)}`:"
        f" it does not expand `{shorten(expression)}`",
        "write the full value",
    )


def find_expansion(option: Option, value: str) -> str:
    """Return the first part of a value that a shell or systemd would expand, or nothing."""
    if option.kind in _UNCHECKED_KINDS:
        return ""
    patterns = [_VARIABLE]
    if option.kind in PATH_KINDS:
        patterns += (_HOME, _SPECIFIER, _GLOB)
    for pattern in patterns:
        match = re.search(pattern, value)
        if match:
            return match[0]
    return ""
