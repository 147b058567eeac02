# SPDX-License-Identifier: MIT
"""The shell code that a unit of systemd runs: ``ExecStart=/bin/sh -c '...'``.

Source: systemd.service(5), *Command lines*; systemd.syntax(7).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.following import follow_scripts
from criulint.embedded.model import UNKNOWN, HostedText, Script, join
from criulint.embedded.steps import Steps, scripts_of, substitute
from criulint.embedded.words import split_quoted
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.embedded.model import FollowedHost
    from criulint.source import Source

# In the order in which systemd runs them.
_COMMANDS = (
    "ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecStop",
    "ExecStopPost",
)  # fmt: skip
_ASSIGNMENT = re.compile(r"[ \t]*(\w+)[ \t]*=[ \t]*")
_PREFIX = re.compile(r"[@:+!|-]+")
_SPECIFIER = re.compile(r"%(?:%|[A-Za-z])")
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)\})")
_ESCAPE = re.compile(r"\\([nt])")


def follow(source: Source) -> FollowedHost:
    """Return the files that a unit writes. HostError if it cannot be followed."""
    return follow_scripts(find_scripts(HostedText.of(decode(source.data))))


def find_scripts(text: HostedText) -> list[Script]:
    """Return what a unit runs as one script."""
    commands: dict[str, list[HostedText]] = {}
    variables: dict[str, HostedText] = {}
    for name, value in _assignments(text):
        if name in _COMMANDS:
            commands.setdefault(name, [])
            if value.text:
                commands[name].append(value)
            else:  # an empty assignment clears the earlier ones
                commands[name] = []
        elif name == "Environment":
            for word in split_quoted(value):
                key, separator, _ = word.text.partition("=")
                if separator:
                    variables[key] = _replace_specifiers(word[len(key) + 1 :])
    steps = Steps()
    for name in _COMMANDS:
        for command in commands.get(name, ()):
            _call(command, variables, steps)
    return scripts_of([steps])


def _assignments(text: HostedText) -> Iterator[tuple[str, HostedText]]:
    """Yield the assignments; a backslash at the end of a line continues it, as a blank."""
    parts: list[HostedText] = []
    for line in text.lines():
        content = line[: len(line.text.rstrip("\r\n"))]
        if content.text.lstrip().startswith(("#", ";")):
            continue
        if content.text.endswith("\\"):
            start = content.offsets[len(content) - 1]
            parts += [content[: len(content) - 1], HostedText.at(" ", start, start)]
            continue
        whole = join([*parts, content])
        parts = []
        match = _ASSIGNMENT.match(whole.text)
        if match:
            yield match[1], whole[match.end() :]


def _call(command: HostedText, variables: dict[str, HostedText], steps: Steps) -> None:
    prefix = _PREFIX.match(command.text)
    command = command[prefix.end() if prefix else 0 :]
    words = [_replace_variables(_replace_specifiers(word), variables) for word in _split(command)]
    steps.call(words, variables)


def _split(command: HostedText) -> list[HostedText]:
    """Return the words; systemd replaces C's escapes in quotes, too."""
    return split_quoted(
        substitute(command, _ESCAPE, lambda match: {"n": "\n", "t": "\t"}[match[1]])
    )


def _replace_specifiers(text: HostedText) -> HostedText:
    return substitute(text, _SPECIFIER, lambda match: "%" if match[0] == "%%" else UNKNOWN)


def _replace_variables(text: HostedText, variables: dict[str, HostedText]) -> HostedText:
    """Return a word with ``${NAME}`` replaced by systemd, and ``$$`` by a dollar sign."""

    def replace(match: re.Match[str]) -> HostedText | str:
        if match[1] is None:
            return "$"
        return variables.get(match[1], UNKNOWN)

    return substitute(text, _VARIABLE, replace)
