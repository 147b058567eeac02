# SPDX-License-Identifier: GPL-2.0-only
"""Completion: the options that a file may still set, and their values."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lsprotocol.types import (
    CompletionItem,
    CompletionItemKind,
    CompletionItemLabelDetails,
    CompletionItemTag,
    CompletionList,
    InsertTextFormat,
    MarkupContent,
    MarkupKind,
    Position,
    Range,
    TextEdit,
)

from criulint.criu.options import Arity, Option
from criulint.lsp.document import Document
from criulint.lsp.options import explanation, overriding, usage

_BEFORE = re.compile(r"\s*(?P<name>[^\s=#\"]*)(?P<separator>[ \t]*=|[ \t]+)?(?P<value>.*)", re.DOTALL)
_PATHS = frozenset(("file", "dir", "path"))
_MOST_PATHS = 500


class Abilities(NamedTuple):
    """What the client can do with an item."""

    snippets: bool = False


def completion(document: Document, position: Position, abilities: Abilities) -> CompletionList:
    """What may stand at a place."""
    if document.embeds:
        return CompletionList(False, [])
    line, column = document.line_of(document.offset(position))
    text = document.line_text(line)
    before = _BEFORE.match(text[:column])
    if before is None or "#" in text[:column]:
        return CompletionList(False, [])
    if before["separator"] is None:
        end = column + len(re.match(r"[\w-]*", text[column:])[0])  # type: ignore[index]
        places = document.columns_range(line, before.start("name"), end)
        alone = not text[end:].strip() or text[end:].lstrip().startswith("#")
        items = _names(document, line, places, abilities, alone=alone)
        return CompletionList(False, list(items))
    option = document.reading.table.options.get(before["name"])
    attached = "=" in before["separator"]
    if option is None or option.arity is Arity.NONE or (option.arity is Arity.OPTIONAL and not attached):
        return CompletionList(False, [])  # nothing that stood here would be read
    items = _values(document, option, line, before.start("value"), before["value"], column, abilities)
    return CompletionList(option.kind in _PATHS, list(items))


def resolved(item: CompletionItem, name: str, document: Document) -> CompletionItem:
    """An item with the documentation of the option that it is about."""
    option = document.reading.table.options.get(name)
    if option:
        item.documentation = MarkupContent(MarkupKind.Markdown, explanation(option, document.settings))
    return item


def _names(document: Document, line: int, places: Range, abilities: Abilities, *, alone: bool) -> Iterator[CompletionItem]:
    taken = _taken(document, line)
    for option in document.reading.table.options.values():
        facts = option.facts
        if option.name in taken or facts.get("x-criu-in-file") in ("exits", "ignored") or facts.get("x-criu-hidden"):
            continue
        overridden = (
            any(True for _ in overriding(option, document.settings)) and document.settings.context.caller is not None
        )
        text, is_snippet = _inserted(option, abilities) if alone else (option.name, False)
        yield CompletionItem(
            label=option.name,
            label_details=CompletionItemLabelDetails(detail=usage(option)[len(option.name) :] or None),
            kind=CompletionItemKind.Property,
            detail=facts["description"],
            tags=[CompletionItemTag.Deprecated] if facts.get("deprecated") else None,
            sort_text=f"{int(overridden) + 2 * bool(facts.get('deprecated'))}{option.name}",
            filter_text=option.name,
            insert_text_format=InsertTextFormat.Snippet if is_snippet else InsertTextFormat.PlainText,
            text_edit=TextEdit(places, text),
            data={"option": option.name},
        )


def _taken(document: Document, line: int) -> set[str]:
    """What other lines than this one set once and for all, with its contrary."""
    taken = set()
    for setting in document.set.all:
        facts = setting.option.facts
        if setting.line != line and facts["x-criu-repeat"] != "accumulate":
            taken |= {setting.name, facts.get("x-criu-negates", setting.name), facts.get("x-criu-negated-by", setting.name)}
    return taken


def _inserted(option: Option, abilities: Abilities) -> tuple[str, bool]:
    """What a name is completed to, and whether that is a snippet."""
    if option.arity is Arity.NONE:
        return option.name, False
    separator = "=" if option.arity is Arity.OPTIONAL else " "
    if not abilities.snippets:
        return option.name + (separator if option.arity is Arity.REQUIRED else ""), False
    choices = option.choices or tuple(option.value.get("x-criu-suggested", ()))
    if choices and option.kind != "structured":
        listed = ",".join(re.sub(r"([,|$}\\])", r"\\\1", choice) for choice in choices)
        return f"{option.name}{separator}${{1|{listed}|}}", True
    form = str(option.value.get("x-criu-form", option.kind.upper()))
    default = option.facts.get("x-criu-default")
    if option.kind in ("int", "size") and default is not None:
        form = str(default)
    return f"{option.name}{separator}${{1:{_literal(form)}}}", True


def _literal(text: str) -> str:
    return re.sub(r"([$}\\])", r"\\\1", text)


def _values(
    document: Document, option: Option, line: int, start: int, typed: str, column: int, abilities: Abilities
) -> Iterator[CompletionItem]:
    if option.kind in _PATHS:
        yield from _paths(document, option, line, start, typed, column)
        return
    docs = option.value.get("x-criu-enum-docs", {})
    end = column + len(re.match(r"[^\s#]*", document.line_text(line)[column:])[0])  # type: ignore[index]
    if option.kind == "flag-list":  # a list: the part behind the last comma
        start += len(typed) - len(re.split(r"[,^]", typed)[-1])
    places = document.columns_range(line, start, end)
    for number, (choice, text, is_snippet) in enumerate(_choices(option, abilities)):
        yield CompletionItem(
            label=choice,
            kind=CompletionItemKind.EnumMember,
            detail=docs.get(choice),
            sort_text=f"{number:02}",
            insert_text_format=InsertTextFormat.Snippet if is_snippet else InsertTextFormat.PlainText,
            text_edit=TextEdit(places, text),
            data={"option": option.name},
        )


def _choices(option: Option, abilities: Abilities) -> Iterator[tuple[str, str, bool]]:
    """The values to offer: label, text, whether that is a snippet."""
    choices: Iterable[str] = option.choices or option.value.get("x-criu-suggested", ())
    if option.kind == "verbosity":
        low, high = option.value["x-criu-range"]
        choices = map(str, range(low, high + 1))
    for choice in choices:
        if abilities.snippets and choice.endswith("["):
            yield f"{choice}]", f"{_literal(choice)}${{1:ID}}]$0", True
        else:
            yield choice, choice, False


def _paths(document: Document, option: Option, line: int, start: int, typed: str, column: int) -> Iterator[CompletionItem]:
    """Files and directories that begin as an absolute path does; a relative one counts from where CRIU runs."""
    directory, _, beginning = typed.rpartition("/")
    if not typed.startswith("/") or "\0" in typed:
        return
    try:
        with os.scandir(directory or "/") as entries:
            found = sorted((entry for entry in entries if entry.name.startswith(beginning)), key=lambda entry: entry.name)
    except OSError:
        return
    places = document.columns_range(line, column - len(beginning), column)
    for entry in found[:_MOST_PATHS]:
        is_directory = entry.is_dir()
        # A blank would end the value, and quotes don't keep it together everywhere; the rules tell more.
        if entry.name.isprintable() and not re.search(r"[\s#\"]", entry.name) and (is_directory or option.kind != "dir"):
            yield CompletionItem(
                label=entry.name + "/" * is_directory,
                kind=CompletionItemKind.Folder if is_directory else CompletionItemKind.File,
                text_edit=TextEdit(places, entry.name + "/" * is_directory),
            )
