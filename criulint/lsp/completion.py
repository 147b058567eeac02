# SPDX-License-Identifier: MIT
"""Completion of options that are not set yet, of their values, and of rules in suppressions."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

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
from criulint.finding import Finding, Severity
from criulint.lsp.hover import content
from criulint.lsp.markdown import prose
from criulint.lsp.options import details, objections, offered_values, option_usage
from criulint.rules.registry import RULE_INDEX, RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.lsp.document import Document

# A line up to the cursor: name, separator, value.
_BEFORE = re.compile(
    r"\s*(?P<name>[^\s=#\"]*)(?P<separator>[ \t]*=|[ \t]+)?(?P<value>.*)", re.DOTALL
)
# `# criulint: ignore[CRIU201, `, with the cursor at its end.
_SUPPRESSION = re.compile(
    r"#[^#]*\bcriulint:\s*ignore(?:-file)?\s*\[(?:[^\]]*[,\s])?(?P<typed>[^\],\s]*)\Z",
    re.IGNORECASE,
)
_MAX_PATHS = 500
# Characters before the cursor in which a suppression may begin.
_MAX_SUPPRESSION = 1000


class CompletionSupport(NamedTuple):
    """What the client supports in an item."""

    snippets: bool = False
    markdown: bool = True


class _Cursor(NamedTuple):
    """A place on a 1-based line: the text on both sides of the 0-based `column`."""

    document: Document
    line: int
    column: int
    before: str
    after: str

    def end_of(self, pattern: str) -> int:
        """Return the column where the characters of a pattern end, from the cursor on."""
        return self.column + len(_leading(pattern, self.after))

    def range(self, start: int, end: int) -> Range:
        """Return the range of two columns, the end exclusive."""
        return self.document.columns_range(self.line, start, end)


def completion(
    document: Document, position: Position, support: CompletionSupport, *, typed: str | None = None
) -> CompletionList:
    """Return what may be inserted at a position.

    `typed` is the character that triggered the completion, None if the user asked for it.
    """
    part = document.part(position)
    if part is None:
        return CompletionList(False, [])
    line, column = part.line_of(part.offset(position))
    text = part.line_text(line)
    cursor = _Cursor(part, line, column, text[:column], text[column:])
    if "#" in cursor.before:
        return CompletionList(False, list(_complete_comment(cursor)))
    before = _BEFORE.match(cursor.before)
    assert before  # it matches any text
    if before["separator"] is None:
        # After `"` no name can stand; after a space the line is being indented.
        is_possible = not before["value"] and typed != " "
        return CompletionList(
            False, list(_complete_name(cursor, before, support)) if is_possible else []
        )
    option = part.reading.table.options.get(before["name"])
    if option is None or not _takes_value(option, before["separator"]):
        return CompletionList(False, [])
    if option.kind in PATH_KINDS:
        return CompletionList(True, list(_complete_path(cursor, option, before["value"])))
    return CompletionList(False, list(_complete_value(cursor, option, before["value"], support)))


def _takes_value(option: Option, separator: str) -> bool:
    """Return whether CRIU reads what follows the option as its value."""
    if option.arity is Arity.OPTIONAL:
        return "=" in separator
    return option.arity is Arity.REQUIRED


def _leading(pattern: str, text: str) -> str:
    """Return the beginning of a text that a pattern matches, which may be empty."""
    found = re.match(pattern, text)
    return found[0] if found else ""


def resolve(
    item: CompletionItem, name: str, document: Document, support: CompletionSupport
) -> CompletionItem:
    """Return an item with the documentation of the option with this name."""
    part = document.parts[0] if document.parts else None
    option = part.reading.table.options.get(name) if part else None
    if part and option:
        text = details(option, part)
        objection = objections(part.linter, part.path).get(name)
        if objection:
            headline = f"**{objection.code} {objection.name}**: {prose(objection.full_message)}"
            text = f"{headline}\n\n---\n\n{text}"
        item.documentation = content(text, markdown=support.markdown)
    return item


def _complete_name(
    cursor: _Cursor, before: re.Match[str], support: CompletionSupport
) -> Iterator[CompletionItem]:
    document = cursor.document
    end = cursor.end_of(r"[\w-]*")
    rest = (cursor.before + cursor.after)[end:].strip()
    is_alone = not rest or rest.startswith("#")
    places = cursor.range(before.start("name"), end)
    dashes = _leading("-*", before["name"])
    taken = _names_set_elsewhere(document, cursor.line)
    all_objections = objections(document.linter, document.path)
    for option in document.reading.table.options.values():
        if option.name in taken or option.exits or option.is_ignored or option.is_hidden:
            continue
        objection = all_objections.get(option.name)
        snippet = _snippet(option) if is_alone and support.snippets else None
        plain_text = _plain_text(option) if is_alone else option.name
        yield CompletionItem(
            label=option.name,
            label_details=CompletionItemLabelDetails(
                detail=option_usage(option)[len(option.name) :] or None,
                description=objection.name if objection else None,
            ),
            kind=CompletionItemKind.Property,
            detail=option.description,
            tags=[CompletionItemTag.Deprecated] if option.is_deprecated else None,
            sort_text=f"{_rank(option, objection)}{option.name}",
            filter_text=dashes + option.name,
            insert_text_format=_insert_format(is_snippet=snippet is not None),
            text_edit=TextEdit(places, snippet or plain_text),
            data={"option": option.name},
        )


def _insert_format(*, is_snippet: bool) -> InsertTextFormat:
    return InsertTextFormat.Snippet if is_snippet else InsertTextFormat.PlainText


def _rank(option: Option, objection: Finding | None) -> int:
    """Return where to sort an option: 0 is first; the worse the objection, the later."""
    rank = 0 if objection is None else 1 + objection.severity
    return max(rank, 1 + Severity.WARNING) if option.is_deprecated else rank


def _names_set_elsewhere(document: Document, line: int) -> set[str]:
    """Return the options that other lines set and that do not add up, and their negations."""
    taken = set()
    for setting in document.settings_set.all:
        option = setting.option
        if setting.line != line and not option.accumulates:
            taken |= {option.name, option.positive, option.negated_by or option.name}
    return taken


def _plain_text(option: Option) -> str:
    return f"{option.name} " if option.arity is Arity.REQUIRED else option.name


def _snippet(option: Option) -> str | None:
    """Return a snippet with a placeholder for the value, None if the option takes none."""
    if option.is_flag:
        return None
    separator = "=" if option.arity is Arity.OPTIONAL else " "
    choices = offered_values(option)
    if choices and option.kind != "structured":
        listed = ",".join(re.sub(r"([,|$}\\])", r"\\\1", choice) for choice in choices)
        return f"{option.name}{separator}${{1|{listed}|}}"
    placeholder = option.form or option.kind.upper()
    if option.kind in ("int", "size") and option.default is not None:
        placeholder = str(option.default)
    return f"{option.name}{separator}${{1:{_escape_snippet(placeholder)}}}"


def _escape_snippet(text: str) -> str:
    return re.sub(r"([$}\\])", r"\\\1", text)


def _complete_value(
    cursor: _Cursor, option: Option, typed: str, support: CompletionSupport
) -> Iterator[CompletionItem]:
    if option.kind == "flag-list":  # complete the entry between two separators
        typed = re.split(r"[,^]", typed)[-1]
        end = cursor.end_of(r"[^\s#,^]*")
    else:
        end = cursor.end_of(r"[^\s#]*")
    places = cursor.range(cursor.column - len(typed), end)
    for number, choice in enumerate(offered_values(option)):
        is_snippet = support.snippets and choice.endswith("[")
        text = f"{_escape_snippet(choice)}${{1:ID}}]$0" if is_snippet else choice
        yield CompletionItem(
            label=f"{choice}]" if is_snippet else choice,
            kind=CompletionItemKind.EnumMember,
            detail=option.choice_descriptions.get(choice),
            sort_text=f"{number:02}",
            insert_text_format=_insert_format(is_snippet=is_snippet),
            text_edit=TextEdit(places, text),
            data={"option": option.name},
        )


def _complete_path(cursor: _Cursor, option: Option, typed: str) -> Iterator[CompletionItem]:
    """Yield the files and directories that an absolute path can be completed to.

    Where a relative path leads depends on where CRIU is run.
    """
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
    places = cursor.range(cursor.column - len(beginning), cursor.column)
    for entry in found[:_MAX_PATHS]:
        is_directory = _is_directory(entry)
        if not _can_be_written(entry.name) or (option.kind == "dir" and not is_directory):
            continue
        text = f"{entry.name}/" if is_directory else entry.name
        yield CompletionItem(
            label=text,
            kind=CompletionItemKind.Folder if is_directory else CompletionItemKind.File,
            text_edit=TextEdit(places, text),
        )


def _can_be_written(name: str) -> bool:
    """Return whether a file name needs no quotes, which not every release of CRIU reads alike."""
    return name.isprintable() and not re.search(r"[\s#\"]", name)


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links, or no permission
        return False


def _rank_rule(code: str, here: set[str]) -> int:
    """Return where to sort a rule: those about the comment that is being written come last."""
    return 2 if code in RULE_INDEX.about_suppressions else int(code not in here)


def _complete_comment(cursor: _Cursor) -> Iterator[CompletionItem]:
    """Yield the rules that a suppression may name; those found on its line, or below, first."""
    suppression = _SUPPRESSION.search(cursor.before, max(cursor.column - _MAX_SUPPRESSION, 0))
    if suppression is None:
        return
    lines = (cursor.line, cursor.line + 1)
    here = {finding.code for finding in cursor.document.findings if finding.span.line in lines}
    places = cursor.range(suppression.start("typed"), cursor.column)
    for rule in RULES:
        yield CompletionItem(
            label=rule.code,
            label_details=CompletionItemLabelDetails(description=rule.name),
            kind=CompletionItemKind.Reference,
            detail=rule.summary,
            sort_text=f"{_rank_rule(rule.code, here)}{rule.code}",
            filter_text=f"{rule.code} {rule.name}",
            text_edit=TextEdit(places, rule.code),
        )
