# SPDX-License-Identifier: GPL-2.0-only
"""What an editor shows where the pointer rests: the option, what CRIU makes of the line, and what is wrong there."""

from __future__ import annotations

from lsprotocol.types import Hover, MarkupContent, MarkupKind, Position

from criulint.criu.options import Option
from criulint.effects import effects_of
from criulint.lsp.document import Document
from criulint.lsp.options import explanation
from criulint.source import encode


def hover(document: Document, position: Position, *, markdown: bool = True) -> Hover | None:
    """The hover at a place; None where there is nothing to say."""
    offset = document.offset(position)
    line, column = document.line_of(offset)
    here = [
        finding
        for finding in document.findings
        if finding.span.line == line
        and finding.span.column <= column + 1 <= max(finding.span.end_column, finding.span.column + 1)
    ]
    parts = [f"**{finding.code} {finding.name}**: {finding.full_message} ([rule]({finding.url}))" for finding in here]
    places = None
    if not document.embeds and line <= document.lines:
        tree = document.tree(line)
        end = (tree.comment.start if tree.comment else len(document.line_text(line))) if tree.name else 0
        if tree.name and column <= end:
            effects = [effect for number, effect in effects_of(document.reading) if number == line]
            if effects:
                parts.append(f"CRIU {document.settings.release}: " + "; ".join(effects))
            option = option_on(document, line)
            if option:
                parts.append(explanation(option, document.settings))
            places = document.columns_range(line, tree.name.start, tree.name.end if column <= tree.name.end else end)
    if not parts:
        return None
    text = "\n\n---\n\n".join(parts)
    content = MarkupContent(MarkupKind.Markdown, text) if markdown else MarkupContent(MarkupKind.PlainText, _plain(text))
    return Hover(content, places)


def option_on(document: Document, line: int) -> Option | None:
    """The option that a 1-based line names, whether CRIU takes the line or not."""
    found = document.found.get(line)
    if found:
        return found[0].option
    name = document.tree(line).name
    return document.reading.table.resolve(encode(name.text.lower().replace("_", "-")))[0] if name else None


def _plain(text: str) -> str:
    for mark in ("```text\n", "\n```", "**", "`", "\n\n---"):
        text = text.replace(mark, "")
    return text
