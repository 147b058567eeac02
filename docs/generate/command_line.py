# SPDX-License-Identifier: MIT
"""The command line, from the parser."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from criulint.cli import full_parser
from docs.generate.markdown import code, definitions, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """\
# Command line

`criulint --version` prints the version, and `criulint COMMAND --help` what is on this page.
`criulint completion` and the [manual page](../install.md) have it, too. All commands share their
[exit status](../guide/findings.md).
"""
# The titles of argparse for what has no title of its own.
_UNTITLED = ("positional arguments", "options")


def pages() -> dict[str, str]:
    """Return the page by path."""
    parts = [_INTRODUCTION]
    for name, command in _commands(full_parser()):
        parts += _command(f"criulint {name}", command, 2)
    return {"reference/command-line.md": "\n".join(parts)}


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _command(name: str, parser: argparse.ArgumentParser, level: int) -> Iterator[str]:
    yield f"{'#' * level} {name}\n"
    if parser.description:
        yield f"{plain(parser.description)}\n"
    if parser.epilog:
        yield f"Example: {code(parser.epilog)}\n"
    for group in parser._action_groups:
        entries = [_entry(action, parser) for action in group._group_actions if _is_shown(action)]
        if entries and group.title not in _UNTITLED:
            yield f"**{str(group.title).capitalize()}**\n"
        if entries:
            yield definitions(entries)
        if entries and group.description:
            yield f"Example: {code(group.description)}\n"
    for word, inner in _commands(parser):
        yield from _command(f"{name} {word}", inner, level + 1)


def _is_shown(action: argparse.Action) -> bool:
    hidden = isinstance(action, (argparse._HelpAction, argparse._SubParsersAction))
    return not hidden and action.help is not argparse.SUPPRESS


def _entry(action: argparse.Action, parser: argparse.ArgumentParser) -> tuple[str, str]:
    names = ", ".join(code(f"{word} {_value(action)}".strip()) for word in action.option_strings)
    text = plain((action.help or "") % {**vars(action), "prog": parser.prog})
    choices = ", ".join(map(code, action.choices or ()))
    parts = [text, choices and f"one of {choices}"]
    return names or code(_value(action)), "; ".join(filter(None, parts)) or "\u2003"


def _value(action: argparse.Action) -> str:
    """Return what stands for the value of an argument."""
    if action.nargs == 0:
        return ""
    name = action.metavar or action.dest.upper().replace("-", "_")
    return name if isinstance(name, str) else " ".join(name)
