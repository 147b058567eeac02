# SPDX-License-Identifier: GPL-2.0-only
"""Completion: the options that a file may still set, and their values; the rules that a comment may name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from lsprotocol.types import (
    CompletionItem,
    CompletionItemKind,
    CompletionItemLabelDetails,
    CompletionItemTag,
    CompletionList,
    InsertTextFormat,
    Position,
    Range,
    TextEdit,
)

from criulint.criu.options import PATH_KINDS, Arity, Option
from criulint.finding import Severity
from criulint.lsp.document import Document
from criulint.lsp.hover import content
from criulint.lsp.markdown import prose
from criulint.lsp.options import explanation, objections, usage, values
from criulint.rules.registry import RULES

_BEFORE = re.compile(
    r"\s*(?P<name>[^\s=#\"]*)(?P<separator>[ \t]*=|[ \t]+)?(?P<value>.*)", re.DOTALL
)
_SUPPRESSION = re.compile(
    r"#[^#]*\bcriulint:\s*ignore(?:-file)?\s*\[(?:[^\]]*[,\s])?(?P<typed>[^\],\s]*)\Z",
    re.IGNORECASE,
)
_MOST_PATHS = 500


class Abilities(NamedTuple):
    """What the client can do with an item."""

    snippets: bool = False
    markdown: bool = True


def completion(
    document: Document, position: Position, abilities: Abilities, *, typed: str | None = None
) -> CompletionList:
    """What may stand at a place. `typed` is the character that made the editor ask, if nobody else did."""
    part = document.part(position)
    items: list[CompletionItem] = []
    if part is None:
        return CompletionList(False, items)
    line, column = part.line_of(part.offset(position))
    text = part.line_text(line)
    if "#" in text[:column]:
        if suppression := _SUPPRESSION.search(text[:column]):
            items += _rules(part, line, suppression.start("typed"), column)
        return CompletionList(False, items)
    before = _BEFORE.match(text[:column])
    assert before  # it matches anything
    if before["separator"] is None:
        if before["value"] or typed == " ":  # no name can stand here; or the line is being indented
            return CompletionList(False, items)
        end = column + len(_beginning(r"[\w-]*", text[column:]))
        alone = not text[end:].strip() or text[end:].lstrip().startswith("#")
        dashes = _beginning("-*", before["name"])
        items += _names(
            part,
            line,
            part.columns_range(line, before.start("name"), end),
            dashes,
            abilities,
            alone=alone,
        )
        return CompletionList(False, items)
    option = part.reading.table.options.get(before["name"])
    attached = "=" in before["separator"]
    if (
        option is None
        or option.arity is Arity.NONE
        or (option.arity is Arity.OPTIONAL and not attached)
    ):
        return CompletionList(False, items)  # nothing that stood here would be read
    if option.kind in PATH_KINDS:
        return CompletionList(True, list(_paths(part, option, line, before["value"], column)))
    items += _values(part, option, line, before.start("value"), before["value"], column, abilities)
    return CompletionList(False, items)


def _beginning(pattern: str, text: str) -> str:
    """What of a text, from its beginning on, a pattern matches."""
    found = re.match(pattern, text)
    return found[0] if found else ""


def resolved(
    item: CompletionItem, name: str, document: Document, abilities: Abilities
) -> CompletionItem:
    """An item with the documentation of the option that it is about."""
    part = document.parts[0] if document.parts else None
    option = part.reading.table.options.get(name) if part else None
    if part and option:
        text = explanation(option, part)
        objection = objections(part.linter, part.path).get(name)
        if objection:
            text = f"**{objection.code} {objection.name}**: {prose(objection.full_message)}\n\n---\n\n{text}"
        item.documentation = content(text, markdown=abilities.markdown)
    return item


def _names(
    document: Document, line: int, places: Range, dashes: str, abilities: Abilities, *, alone: bool
) -> Iterator[CompletionItem]:
    taken = _taken(document, line)
    against = objections(document.linter, document.path)
    for option in document.reading.table.options.values():
        facts = option.facts
        if (
            option.name in taken
            or facts.get("x-criu-in-file") in ("exits", "ignored")
            or facts.get("x-criu-hidden")
        ):
            continue
        objection = against.get(option.name)
        deprecated = bool(facts.get("deprecated"))
        rank = 0 if objection is None else 1 + objection.severity
        text, is_snippet = _inserted(option, abilities) if alone else (option.name, False)
        yield CompletionItem(
            label=option.name,
            label_details=CompletionItemLabelDetails(
                detail=usage(option)[len(option.name) :] or None,
                description=objection.name if objection else None,
            ),
            kind=CompletionItemKind.Property,
            detail=facts["description"],
            tags=[CompletionItemTag.Deprecated] if deprecated else None,
            sort_text=f"{max(rank, (1 + Severity.WARNING) * deprecated)}{option.name}",
            filter_text=dashes + option.name,
            insert_text_format=InsertTextFormat.Snippet
            if is_snippet
            else InsertTextFormat.PlainText,
            text_edit=TextEdit(places, text),
            data={"option": option.name},
        )


def _taken(document: Document, line: int) -> set[str]:
    """What other lines than this one set once and for all, with its contrary."""
    taken = set()
    for setting in document.set.all:
        facts = setting.option.facts
        if setting.line != line and facts["x-criu-repeat"] != "accumulate":
            taken |= {
                setting.name,
                facts.get("x-criu-negates", setting.name),
                facts.get("x-criu-negated-by", setting.name),
            }
    return taken


def _inserted(option: Option, abilities: Abilities) -> tuple[str, bool]:
    """What a name is completed to, and whether that is a snippet."""
    if option.arity is Arity.NONE:
        return option.name, False
    separator = "=" if option.arity is Arity.OPTIONAL else " "
    if not abilities.snippets:
        return option.name + (separator if option.arity is Arity.REQUIRED else ""), False
    choices = values(option)
    if choices and option.kind != "structured":
        listed = ",".join(re.sub(r"([,|$}\\])", r"\\\1", choice) for choice in choices)
        return f"{option.name}{separator}${{1|{listed}|}}", True
    form = str(option.value.get("x-criu-form", option.kind.upper()))
    default = option.default
    if option.kind in ("int", "size") and default is not None:
        form = str(default)
    return f"{option.name}{separator}${{1:{_literal(form)}}}", True


def _literal(text: str) -> str:
    return re.sub(r"([$}\\])", r"\\\1", text)


def _values(
    document: Document,
    option: Option,
    line: int,
    start: int,
    typed: str,
    column: int,
    abilities: Abilities,
) -> Iterator[CompletionItem]:
    docs = option.value.get("x-criu-enum-docs", {})
    end = column + len(_beginning(r"[^\s#]*", document.line_text(line)[column:]))
    if option.kind == "flag-list":  # a list: the part between the commas
        start += len(typed) - len(re.split(r"[,^]", typed)[-1])
        end = column + len(_beginning(r"[^\s#,^]*", document.line_text(line)[column:]))
    places = document.columns_range(line, start, end)
    for number, choice in enumerate(values(option)):
        is_snippet = abilities.snippets and choice.endswith("[")
        yield CompletionItem(
            label=f"{choice}]" if is_snippet else choice,
            kind=CompletionItemKind.EnumMember,
            detail=docs.get(choice),
            sort_text=f"{number:02}",
            insert_text_format=InsertTextFormat.Snippet
            if is_snippet
            else InsertTextFormat.PlainText,
            text_edit=TextEdit(places, f"{_literal(choice)}${{1:ID}}]$0" if is_snippet else choice),
            data={"option": option.name},
        )


def _paths(
    document: Document, option: Option, line: int, typed: str, column: int
) -> Iterator[CompletionItem]:
    """Files and directories that begin as an absolute path does; a relative one counts from where CRIU runs."""
    directory, _, beginning = typed.rpartition("/")
    if not typed.startswith("/") or "\0" in typed:
        return
    try:
        with os.scandir(directory or "/") as entries:
            found = sorted(
                (entry for entry in entries if entry.name.startswith(beginning)),
                key=lambda entry: entry.name,
            )
    except (OSError, ValueError):
        return
    places = document.columns_range(line, column - len(beginning), column)
    for entry in found[:_MOST_PATHS]:
        is_directory = _is_directory(entry)
        # A blank would end the value, and quotes don't keep it together everywhere; the rules tell more.
        if (
            entry.name.isprintable()
            and not re.search(r"[\s#\"]", entry.name)
            and (is_directory or option.kind != "dir")
        ):
            yield CompletionItem(
                label=entry.name + "/" * is_directory,
                kind=CompletionItemKind.Folder if is_directory else CompletionItemKind.File,
                text_edit=TextEdit(places, entry.name + "/" * is_directory),
            )


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle, or where nobody may look
        return False


def _rules(document: Document, line: int, start: int, column: int) -> Iterator[CompletionItem]:
    """The rules that a suppression may name; first those that speak of its line, or of the next one."""
    here = {finding.code for finding in document.findings if finding.span.line in (line, line + 1)}
    places = document.columns_range(line, start, column)
    for rule in RULES:
        yield CompletionItem(
            label=rule.code,
            label_details=CompletionItemLabelDetails(description=rule.name),
            kind=CompletionItemKind.Reference,
            detail=rule.summary,
            sort_text=f"{int(rule.code not in here)}{rule.code}",
            filter_text=f"{rule.code} {rule.name}",
            text_edit=TextEdit(places, rule.code),
        )
