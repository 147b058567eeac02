# SPDX-License-Identifier: MIT
"""Texts about a document, with links to lines of files: what CRIU reads, and what wins.

They are those of ``criulint read`` and ``criulint effective``, for the text in the editor.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from lsprotocol.types import Position

from criulint import files
from criulint.configuration.limits import DEFAULT_LIMITS
from criulint.criu.context import Role
from criulint.criu.options import option_table
from criulint.criu.outcome import Outcome
from criulint.criu.paths import (
    DEFAULT_FILE,
    DIRECTORY,
    MACHINE_HOME,
    RUNTIME_FILES,
    inferred_role,
    place_on_machine,
    user_file,
)
from criulint.criu.precedence import (
    Invocation,
    find_crash,
    find_effective,
    make_invocation,
    sharing_variable,
)
from criulint.criu.runtimes import runtimes_of
from criulint.embedded.model import UNKNOWN
from criulint.host.config_files import ConfigFiles
from criulint.lsp.diagnostics import make_uri
from criulint.lsp.document import Document, EmbeddedDocument, PositionMap
from criulint.lsp.hover import option_on
from criulint.named_tuple import NamedTuple
from criulint.report.effective import Winners, render_effective
from criulint.report.reading import render_reading
from criulint.source import Source
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# Columns of a line's number in the text.
_NUMBER_WIDTH = 5
# Columns of a line of the file: the text stands beside the file.
_MAX_WIDTH = 24


class _Link(NamedTuple):
    """The 0-based `line` of a text, or part of it, that leads to a place in a file."""

    line: int
    start: int
    end: int
    uri: str
    target: Position

    def to_json(self, text: str, document: PositionMap) -> dict[str, Any]:
        """Return the link, with columns in the protocol's units; `text` is that of its line."""
        character = self.target.character if self.target else 0
        return {
            "line": self.line,
            "start": document.units(text[: self.start]),
            "end": document.units(text[: self.end]),
            "uri": self.uri,
            "targetLine": self.target.line if self.target else 0,
            "targetCharacter": character,
        }


def show_reading(document: Document, uri: str, root: str = "") -> dict[str, Any]:
    """Return what CRIU reads in a document: ``text``, and ``links``, each with its place.

    A link has the 0-based ``line``, ``start`` and ``end`` in the text, and the ``uri``,
    ``targetLine`` and ``targetCharacter`` that it leads to. Paths are shown relative to the
    directory `root`, if they are below it.
    """
    lines: list[str] = []
    links: list[_Link] = []
    for part in document.parts:
        if lines:
            lines.append("")
        first = len(lines)
        outcome = Outcome(part.reading, part.settings_set.role)
        head, *rest = render_reading(outcome, most=_MAX_WIDTH)
        lines += [head.replace(escape(part.path), escape(_shorten(part.path, root)), 1), *rest]
        for number in range(1, part.lines + 1):
            target = part.columns_range(number, 0, 0).start
            end = len(lines[first + number])
            links.append(_Link(first + number, 0, min(_NUMBER_WIDTH, end), uri, target))
        if outcome.stop:
            target = part.columns_range(outcome.stop.line, 0, 0).start
            links += [
                _Link(index, *match.span(), uri, target)
                for index, line in enumerate(lines[first:], first)
                for match in re.finditer(rf"\bat line {outcome.stop.line}(?=:)", line)
                if index > first + part.lines
            ]
    return _view(document, lines or ["There is no CRIU file in it."], links)


def show_winners(
    document: Document,
    uri: str,
    position: Position | None,
    text_of: Callable[[str], str | None],
    root: str = "",
) -> dict[str, Any]:
    """Return which values win, or the story of the option at a position; see `show_reading`.

    `text_of` returns the text of a file that is open in the editor, None for others. Paths are
    shown relative to the directory `root`, if they are below it.
    """
    part = (position and document.part(position)) or next(iter(document.parts), None)
    if part is None:
        return _view(document, ["There is no CRIU file in it."], [])
    line = part.line_of(part.offset(position))[0] if position else 0
    option = option_on(part, line) if 0 < line <= part.lines else None
    machine = _machine(document, part, text_of)
    names = {source.path: _shorten(source.path, root) for source in machine.files.values()}
    shown = {
        place: Source(source.data, names[source.path]) for place, source in machine.files.items()
    }
    machine = machine._replace(files=shown)
    found = _find_winners(part, machine, option.name if option else None)
    table = option_table(part.settings.release)
    lines = list(render_effective(found, option.name if option else None, table.options))
    parts = {names.get(other.path): other for other in document.parts}
    paths = {name: path for path, name in names.items()}
    return _view(document, lines, _link_places(lines, found, parts, paths, uri))


def _shorten(path: str | None, root: str) -> str:
    """Return a path relative to a directory, if it is below that."""
    inside = root.rstrip("/") + "/"
    return (path or "").removeprefix(inside) if len(inside) > 1 else path or ""


class _Machine(NamedTuple):
    """The files on a machine, by their paths there, and the file that is named to CRIU."""

    files: dict[str, Source]
    config: str | None
    rpc: str | None


def _machine(document: Document, part: Document, text_of: Callable[[str], str | None]) -> _Machine:
    """Return the files that would be on a machine with a file, where CRIU looks for them.

    Those are the file, the files beside it, and those that its host file writes.
    """
    found: dict[str, Source] = {}
    if isinstance(part, EmbeddedDocument):
        for other in document.parts:
            inside = other.path.removeprefix(document.path)
            found.setdefault(place_on_machine(inside, MACHINE_HOME) or inside, other.source)
        own = part.path.removeprefix(document.path)
        return _name(own, part, found)
    directory = os.path.dirname(part.path)
    neighbours = [DEFAULT_FILE, *RUNTIME_FILES]
    for place in neighbours:
        path = os.path.join(directory, os.path.basename(place))
        source = part.source if path == part.path else _read(path, text_of)
        if source and not (place == DEFAULT_FILE and inferred_role(path) is Role.USER):
            found[place] = source
    if directory == DIRECTORY:
        path = user_file(os.environ.get("HOME") or MACHINE_HOME)
        own_file = _read(path, text_of)
        found |= {user_file(MACHINE_HOME): own_file} if own_file else {}
    return _name(part.path, part, found)


def _name(path: str, part: Document, found: dict[str, Source]) -> _Machine:
    """Return the machine with a file on it, named by a command line or a client if necessary."""
    role = part.settings_set.role
    place = place_on_machine(path, MACHINE_HOME) or {
        Role.DEFAULT: DEFAULT_FILE,
        Role.USER: user_file(MACHINE_HOME),
        Role.RPC: f"{DIRECTORY}/{os.path.basename(path)}",
    }.get(role or Role.CLI, path)
    found[place] = part.source
    if role is Role.RPC:
        runtimes = runtimes_of(part.settings.context.caller)
        is_known = part.settings.context.caller and any(
            file.path == place for file in runtimes[0][0].files
        )
        return _Machine(found, None, None if is_known else place)
    if role in (Role.DEFAULT, Role.USER):
        return _Machine(found, None, None)
    return _Machine(found, place, None)


def _read(path: str, text_of: Callable[[str], str | None]) -> Source | None:
    """Return a file from the editor, or else from disk; None if it cannot be read."""
    text = text_of(path)
    if text is not None:
        return Source(text.encode("utf-8", "replace"), path)
    try:
        return Source(files.read(path, DEFAULT_LIMITS.size, pipes=False), path)
    except (OSError, ValueError):
        return None


def _find_winners(part: Document, machine: _Machine, option: str | None) -> Winners:
    """Return what wins on a machine, for the caller of the settings, or of one option."""
    release = part.settings.release
    invocation = _invocation(part, rpc=machine.rpc is not None, cli=machine.config is not None)
    named = ConfigFiles(None, machine.config, machine.rpc, _refuse, machine.files)
    found = named.read(invocation, release)
    options = find_effective(found, invocation, release)
    crash = find_crash(options, invocation.command)
    if option:
        sharing = sharing_variable(option_table(release).options, option)
        options = [each for each in options if each.option in sharing]
    return Winners(release, invocation, found, options, crash)


def _refuse(path: str, **_: object) -> bytes:
    raise AssertionError(f"not on the machine: {path}")


def _invocation(part: Document, *, rpc: bool, cli: bool) -> Invocation:
    """Return who calls CRIU: the runtime of the settings, a client, or the command line."""
    context = part.settings.context
    command = "dump" if "dump" in context.commands else context.commands[0]
    return make_invocation(None if cli else context.caller, command, rpc=rpc)


def _link_places(
    lines: Sequence[str],
    found: Winners,
    parts: Mapping[str | None, Document],
    paths: Mapping[str, str | None],
    uri: str,
) -> list[_Link]:
    """Return links for the files, and their lines, that the text names.

    `parts` and `paths` are the CRIU files of the document, and paths, by the names in the text.
    `uri` is the one of the document.
    """
    targets: dict[str, tuple[str, Position]] = {}
    for path, line in _find_places(found):
        part = parts.get(path)
        real = paths.get(path) or path
        if part is not None:
            inside = part.columns_range(min(line or 1, max(part.lines, 1)), 0, 0).start
            targets[_name_of(path, line)] = uri, inside
        elif os.path.isabs(real) and UNKNOWN not in real:
            targets[_name_of(path, line)] = make_uri(real), Position((line or 1) - 1, 0)
    if not targets:
        return []
    names = sorted(map(re.escape, targets), key=len, reverse=True)
    pattern = re.compile(rf"(?:{'|'.join(names)})(?![0-9])")
    return [
        _Link(number, *match.span(), *targets[match[0]])
        for number, line in enumerate(lines)
        for match in pattern.finditer(line)
    ]


def _find_places(found: Winners) -> Iterator[tuple[str, int | None]]:
    """Yield the files that the text may name, alone or with a 1-based line."""
    for file in found.files:
        if file.state != "missing":
            yield file.path, None
        if file.error:
            yield file.path, file.error.line
    for option in found.options:
        for step in option.steps:
            if step.origin.path:
                yield step.origin.path, step.origin.line


def _name_of(path: str, line: int | None) -> str:
    """Return how the text names a file, or a 1-based line of it."""
    return escape(f"{path}:{line}" if line else path)


def _view(document: Document, lines: Sequence[str], links: Sequence[_Link]) -> dict[str, Any]:
    return {
        "text": "".join(f"{line}\n" for line in lines),
        "links": [link.to_json(lines[link.line], document) for link in links],
    }
