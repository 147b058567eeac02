# SPDX-License-Identifier: MIT
"""The outline of a file (the options it sets), and the links in it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from lsprotocol.types import DocumentLink, DocumentSymbol, SymbolKind
from pygls.uris import from_fs_path

from criulint.criu.options import PATH_KINDS, Arity
from criulint.rules.registry import find_rule
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.lsp.document import Document
    from criulint.rules.base import AnyRule

_NAME = re.compile(r"[\w-]+")


def symbols(document: Document) -> list[DocumentSymbol]:
    """Return an entry for each option that is set, with its value."""
    return [
        DocumentSymbol(
            name=setting.name,
            detail=None if setting.value is None else shorten(decode(setting.value)),
            kind=SymbolKind.Boolean if setting.option.arity is Arity.NONE else SymbolKind.Property,
            range=part.columns_range(setting.line, 0, len(part.line_text(setting.line))),
            selection_range=part.columns_range(setting.line, setting.start, setting.end),
        )
        for part in document.parts
        for setting in part.settings_set.all
    ]


def links(document: Document) -> list[DocumentLink]:
    """Return links to the existing files in values, and to the pages of rules in comments."""
    return [link for part in document.parts for link in (*_paths(part), *_rules(part))]


def _paths(document: Document) -> Iterator[DocumentLink]:
    for path, line, start, end in paths_in(document):
        if os.path.isabs(path) and "\0" not in path and os.path.exists(path):
            yield DocumentLink(document.columns_range(line, start, end), from_fs_path(path))


def paths_in(document: Document) -> Iterator[tuple[str, int, int, int]]:
    """Yield the paths in values, each with its 1-based line and its 0-based columns."""
    for setting in document.settings_set.all:
        if (
            setting.value is not None
            and setting.option.kind in PATH_KINDS
            and not setting.takes_next_line
        ):
            path = decode(setting.value)
            start = document.line_text(setting.line).find(path, setting.start)
            if start >= 0:
                yield path, setting.line, start, start + len(path)


def _rules(document: Document) -> Iterator[DocumentLink]:
    if b"criulint" in document.data:
        for number in range(1, document.lines + 1):
            for start, end, rule in rules_on(document, number):
                yield DocumentLink(
                    document.columns_range(number, start, end), rule.url, rule.summary
                )


def rules_on(document: Document, line: int) -> Iterator[tuple[int, int, AnyRule]]:
    """Yield the rules that a suppression on a 1-based line names.

    Each comes with its 0-based columns, the end exclusive.
    """
    text = document.line_text(line)
    begin = text.find("criulint:")
    for match in _NAME.finditer(text, begin) if begin >= 0 else ():
        rule = find_rule(match[0])
        if rule:
            yield *match.span(), rule
