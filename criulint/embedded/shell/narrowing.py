# SPDX-License-Identifier: MIT
"""Which commands of long code are followed: those that may have to do with CRIU's files.

Code that takes too many steps is followed again without the others: those that neither name one of
CRIU's directories, or a variable or function that does, nor set a variable or change directory.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.shell.syntax import DECLARING, FunctionDefinition, Simple, WordSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.embedded.shell.state import Unit
    from criulint.embedded.shell.syntax import Command, CommandList

# What code has that names one of CRIU's files, or one to CRIU.
_NAMED = re.compile(
    r"criu/|/\.?criu\b|[\"' ]criu[\"'/]|(?:runc|crun)\.conf|CRIU_CONFIG_FILE|--config\b"
    r"|org\.criu\.config"
)
_NAME = re.compile(r"[A-Za-z_]\w*")
# Commands that change which command comes next, or what it finds: variables, a directory, input.
_CHANGING = frozenset(
    (*DECLARING, "cd", "pushd", "popd", "set", "shift", "unset", "eval", "exec", "exit", "return",
     "break", "continue", "source", ".", "read", "mapfile", "readarray", "trap", "shopt")
)  # fmt: skip
_MAX_ROUNDS = 20
_MAX_NAME = 100


class Narrowing:
    """Decides which commands of units are followed."""

    def __init__(self, root: Unit) -> None:
        self._names = _related_names(root)
        # By the `id` of a command, which stays unique because the command is kept.
        self._kept: dict[int, tuple[Command, bool]] = {}

    def keeps(self, command: Command, unit: Unit) -> bool:
        """Return whether a command is followed."""
        if id(command) not in self._kept:
            self._kept[id(command)] = command, self._find_out(command, unit)
        return self._kept[id(command)][1]

    def _find_out(self, command: Command, unit: Unit) -> bool:
        if isinstance(command, FunctionDefinition):
            return True
        if isinstance(command, Simple):
            if not command.words:
                return True
            word = command.words[0]
            if unit.text.text[word.start : word.end] in _CHANGING:
                return True
        return self.is_related(command, unit)

    def is_related(self, command: Command, unit: Unit) -> bool:
        """Return whether a command mentions one of CRIU's files, or a name that does."""
        text = _text_of(command, unit)
        if _NAMED.search(text):
            return True
        return not self._names.isdisjoint(_NAME.findall(text))


def _related_names(unit: Unit) -> set[str]:
    """Return the names of variables and functions that mention one of CRIU's files."""
    parts = [*_assignments(unit.text.text)]
    parts += [(name, _text_of(body, unit)) for name, body in _functions(unit.tree.root)]
    mentions = [(name, frozenset(_NAME.findall(text))) for name, text in parts]
    found = {name for name, text in parts if _NAMED.search(text)}
    for _ in range(_MAX_ROUNDS):
        more = {name for name, words in mentions if words & found} - found
        if not more:
            break
        found |= more
    return found


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    """Yield what may be a variable that is set, with the line that sets it."""
    for line in text.split("\n"):
        for before in line.split("=")[:-1]:
            names = _NAME.findall(before[-_MAX_NAME:])
            if names and before.rstrip("+").endswith(names[-1]):
                yield names[-1], line


def _functions(root: CommandList) -> Iterator[tuple[str, Command]]:
    pending: list[object] = [root]
    while pending:
        part = pending.pop()
        if isinstance(part, FunctionDefinition):
            yield part.name, part.body
        if isinstance(part, tuple):
            pending.extend(part)


def _text_of(command: Command, unit: Unit) -> str:
    """Return the text of a command, with its here-documents."""
    start, end = len(unit.text), 0
    pending: list[object] = [command]
    while pending:
        part = pending.pop()
        if not isinstance(part, tuple):
            continue
        for name in ("start", "end"):
            place = getattr(part, name, None)
            if isinstance(place, int):
                start, end = min(start, place), max(end, place)
        if not isinstance(part, WordSpan):
            pending.extend(part)
    return unit.text.text[start:end]
