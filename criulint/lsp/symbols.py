# SPDX-License-Identifier: GPL-2.0-only
"""The outline of a file: what it sets; and the links in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from lsprotocol.types import DocumentLink, DocumentSymbol, SymbolKind
from pygls.uris import from_fs_path

from criulint.criu.options import Arity
from criulint.lsp.document import Document
from criulint.source import decode

_PATHS = frozenset(("file", "dir", "path"))
_CODE = re.compile(r"CRIU\d{3}")


def symbols(document: Document) -> list[DocumentSymbol]:
    """An entry for each option that the file sets, with its value."""
    return [
        DocumentSymbol(
            name=setting.name,
            detail=None if setting.value is None else decode(setting.value),
            kind=SymbolKind.Boolean if setting.option.arity is Arity.NONE else SymbolKind.Property,
            range=document.columns_range(setting.line, 0, len(document.line_text(setting.line))),
            selection_range=document.columns_range(setting.line, setting.start, setting.end),
        )
        for setting in document.set.all
    ]


def links(document: Document) -> list[DocumentLink]:
    """Links to the files that options name, if they are there, and to the pages of the rules that comments name."""
    return [*_paths(document), *_rules(document)]


def _paths(document: Document) -> Iterator[DocumentLink]:
    for setting in document.set.all:
        if setting.value is None or setting.option.kind not in _PATHS or setting.swallows:
            continue
        path = decode(setting.value)
        start = document.line_text(setting.line).find(path, setting.start)
        if os.path.isabs(path) and start >= 0 and "\0" not in path and os.path.exists(path):
            places = document.columns_range(setting.line, start, start + len(path))
            yield DocumentLink(places, from_fs_path(path))


def _rules(document: Document) -> Iterator[DocumentLink]:
    from criulint.rules.registry import find_rule

    for number in range(1, document.lines + 1):
        text = document.line_text(number)
        begin = text.find("criulint:")
        if begin < 0:
            continue
        for match in _CODE.finditer(text, begin):
            rule = find_rule(match[0])
            if rule:
                yield DocumentLink(document.columns_range(number, *match.span()), rule.url, rule.summary)
