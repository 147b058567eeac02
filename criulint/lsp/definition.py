# SPDX-License-Identifier: MIT
"""Where something in a file leads: a path to its file, an option to the line it conflicts with."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from lsprotocol.types import Location, Position, Range

from criulint.lsp.diagnostics import diagnostic, make_uri
from criulint.lsp.symbols import paths_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.lsp.document import Document

# Characters before and after a path in the languages that write files.
_WORD = re.compile(r"[^\s\"'`=:,;(){}\[\]<>|&#]+")
_START = Range(Position(0, 0), Position(0, 0))


def definition(document: Document, position: Position) -> list[Location]:
    """Return where the word at a position leads; empty if nowhere."""
    part = document.part(position)
    found: list[Location] = []
    if part is not None:
        line, column = part.line_of(part.offset(position))
        found = [
            *_paths(document, part, line, column),
            *_conflicts(document, position),
            *_rivals(document, part, line, column),
        ]
        found = list({(each.uri, each.range.start.line): each for each in found}.values())
    if found or document.kind is None:
        return found
    # A host file names the file that it copies, and its destination.
    offset = document.offset(position)
    start = document.text.rfind("\n", 0, offset) + 1
    end = document.text.find("\n", offset)
    text = document.text[start : end if end >= 0 else len(document.text)]
    words = (
        word[0] for word in _WORD.finditer(text) if word.start() <= offset - start <= word.end()
    )
    return [location for word in words for location in _file(document, word)]


def _paths(document: Document, part: Document, line: int, column: int) -> Iterator[Location]:
    """Yield the file that a value at a 0-based column names."""
    for path, number, start, end in paths_in(part):
        if number == line and start <= column <= end:
            yield from _file(document, path)


def _file(document: Document, path: str) -> Iterator[Location]:
    """Yield the file or directory at a path, which may be relative to that of the document."""
    if "\0" in path or not path.strip("./"):
        return
    full = os.path.join(os.path.dirname(document.path), os.path.expanduser(path))
    if os.path.isabs(full) and os.path.isfile(full):
        yield Location(make_uri(os.path.normpath(full)), _START)


def _conflicts(document: Document, position: Position) -> Iterator[Location]:
    """Yield the other places of the findings at a position."""
    for finding in document.findings:
        places = document.span_range(finding.span)
        if finding.related and places.start <= position <= places.end:
            for related in diagnostic(document, finding).related_information or ():
                yield related.location


def _rivals(document: Document, part: Document, line: int, column: int) -> Iterator[Location]:
    """Yield the other lines that set what the option at a 0-based column sets, the last first."""
    name = part.tree(line).name
    if not name or not name.start <= column <= name.end:
        return
    settings = part.settings_set.all
    here = {
        setting.option.variable
        for setting in settings
        if setting.line == line and not setting.option.accumulates
    }
    for setting in reversed(settings):
        if setting.option.variable in here and setting.line != line:
            yield Location(
                make_uri(document.path),
                part.columns_range(setting.line, setting.start, setting.end),
            )
