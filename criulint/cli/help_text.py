# SPDX-License-Identifier: MIT
"""What ``--help`` prints: the usage, then the arguments in groups, each with an example."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from criulint.report.terminal import BOLD, CYAN, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# In columns: above which text is hard to read, where descriptions begin, which list of choices
# fits.
_TEXT_WIDTH = 100
_COLUMN = 24
_CHOICES_WIDTH = 28


def render_help(
    parser: argparse.ArgumentParser, style: Style, groups: Mapping[str, Iterable[str]]
) -> str:
    """Return the help of criulint, or of a command.

    `groups` are the names of its commands by the title of their group, empty without groups.
    """
    style = style._replace(width=min(style.width or _TEXT_WIDTH, _TEXT_WIDTH))
    return "".join(f"{line}\n" for line in _lines(parser, style, groups))


def program_usage(parser: argparse.ArgumentParser) -> str:
    """Return how to call the program, on one line."""
    words = [f"usage: {parser.prog}", "[OPTION...]"]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            words.append(f"{action.metavar} ...")
        elif not action.option_strings:
            words.append(_repeat(_value(action), action.nargs))
    return " ".join(words)


def _repeat(name: str, nargs: Any) -> str:
    if nargs == "+":
        return f"{name} [{name} ...]"
    return {"?": f"[{name}]", "*": f"[{name} ...]"}.get(nargs, name)


def _lines(
    parser: argparse.ArgumentParser, style: Style, groups: Mapping[str, Iterable[str]]
) -> Iterator[str]:
    """Yield the usage, the description, and the arguments group by group."""
    head, _, rest = program_usage(parser).partition(" ")
    first, *others = style.wrap(rest, len(head) + 1, len(head) + 1)
    yield f"{style.paint(head, BOLD)} {first}"
    yield from (f"{' ' * (len(head) + 1)}{line}" for line in others)
    yield ""
    yield from style.wrap(parser.description or "", 0, 0)
    if parser.epilog:
        yield from _example(parser.epilog, style)
    # Arguments that all commands have come last, if they are alone in their group.
    for group in sorted(parser._action_groups, key=_has_only_help):
        entries = [
            entry
            for action in group._group_actions
            if action.help is not argparse.SUPPRESS
            for entry in _entries(action, parser)
        ]
        if isinstance(next(iter(group._group_actions), None), argparse._SubParsersAction):
            yield from _commands(groups, dict(entries), style)
        elif entries:
            yield from _group(_title(group), entries, style)
            if group.description:
                yield from _example(group.description, style)


def _has_only_help(group: argparse._ArgumentGroup) -> bool:
    return all(isinstance(action, argparse._HelpAction) for action in group._group_actions)


def _title(group: argparse._ArgumentGroup) -> str:
    return {"positional arguments": "arguments"}.get(group.title or "", group.title or "")


def _commands(
    groups: Mapping[str, Iterable[str]], known: dict[str, str], style: Style
) -> Iterator[str]:
    for title, names in (groups or {"commands": known}).items():
        entries = [(name, known[name]) for name in names if name in known]
        if entries:
            yield from _group(title, entries, style)


def _group(title: str, entries: Iterable[tuple[str, str]], style: Style) -> Iterator[str]:
    """Yield a title, and under it each name with its description in a second column."""
    yield ""
    yield style.paint(f"{title}:", BOLD)
    for name, description in entries:
        lines = style.wrap(description, _COLUMN, _COLUMN)
        lead = f"  {style.paint(name, CYAN)}"
        columns = len(name) + 2
        if description and columns <= _COLUMN - 2:
            lead += f"{' ' * (_COLUMN - columns)}{lines.pop(0)}"
        yield lead
        yield from (f"{' ' * _COLUMN}{line}" for line in lines if line)


def _example(command: str, style: Style) -> Iterator[str]:
    label = "  Example: "
    first, *others = style.wrap(command, len(label), len(label))
    yield f"  {style.paint('Example:', BOLD)} {first}"
    yield from (f"{' ' * len(label)}{line}" for line in others)


def _entries(action: argparse.Action, parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Yield an argument, or each command, and what it does."""
    if isinstance(action, argparse._SubParsersAction):
        for command in action._choices_actions:
            yield command.dest, command.help or ""
        return
    value = _value(action) if action.nargs != 0 else ""
    names = ", ".join(action.option_strings)
    shown = f"[{value}]" if action.nargs == "?" and names else value
    text = (action.help or "") % {**vars(action), "prog": parser.prog}
    if action.choices and _is_long(action):
        text = f"{text}; one of {', '.join(map(str, action.choices))}".removeprefix("; ")
    yield f"{names} {shown}".strip(), text


def _is_long(action: argparse.Action) -> bool:
    return len(",".join(map(str, action.choices or ()))) > _CHOICES_WIDTH


def _value(action: argparse.Action) -> str:
    """Return what stands for the value of an argument."""
    if isinstance(action.metavar, str):
        return action.metavar
    if action.choices and not _is_long(action):
        return f"{{{','.join(map(str, action.choices))}}}"
    return action.dest.upper().replace("_", "-")
