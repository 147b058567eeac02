# SPDX-License-Identifier: GPL-2.0-only
"""What an editor shows where the pointer rests: what CRIU makes of the line, and the option; or a rule.

What else is wrong on the line is not repeated: editors show it beside this.
"""

from __future__ import annotations

from lsprotocol.types import Hover, MarkupContent, MarkupKind, Position

from criulint.criu.narration import narrate
from criulint.criu.options import Option
from criulint.finding import Severity
from criulint.lsp.document import Document
from criulint.lsp.markdown import plain, prose
from criulint.lsp.options import explanation
from criulint.lsp.symbols import rules_on
from criulint.source import encode


def hover(document: Document, position: Position, *, markdown: bool = True) -> Hover | None:
    """The hover at a place; None where there is nothing to say."""
    part = document.part(position)
    if part is None:
        return None
    line, column = part.line_of(part.offset(position))
    if line > part.lines:
        return None
    for start, end, rule in rules_on(part, line):
        if start <= column <= end:
            text = f"**{rule.code} {rule.name}**\n\n{prose(rule.summary)}\n\n[What it means and what to do]({rule.url})"
            return Hover(content(text, markdown=markdown), part.columns_range(line, start, end))
    tree = part.tree(line)
    end = tree.comment.start if tree.comment else len(part.line_text(line))
    if not tree.name or column > end:
        return None
    parts = []
    if effects := [effect for number, effect in narrate(part.reading) if number == line]:
        parts.append(f"CRIU {part.settings.release}: " + prose("; ".join(effects)))
    # What CRIU sets is not all there is to tell if it dies of it.
    fatal = [
        finding
        for finding in part.findings
        if finding.span.line == line and finding.severity is Severity.ERROR
    ]
    parts += [
        f"**{finding.code}**: {prose(finding.full_message)}"
        for finding in fatal
        if finding.code[4] != "1"
    ]
    if option := option_on(part, line):
        parts.append(explanation(option, part))
    if not parts:
        return None
    places = part.columns_range(
        line, tree.name.start, tree.name.end if column <= tree.name.end else end
    )
    return Hover(content("\n\n---\n\n".join(parts), markdown=markdown), places)


def content(text: str, *, markdown: bool) -> MarkupContent:
    """Markdown for a client, which may want plain text."""
    return (
        MarkupContent(MarkupKind.Markdown, text)
        if markdown
        else MarkupContent(MarkupKind.PlainText, plain(text))
    )


def option_on(document: Document, line: int) -> Option | None:
    """The option that a 1-based line names, whether CRIU takes the line or not."""
    found = document.found.get(line)
    if found:
        return found[0].option
    name = document.tree(line).name
    return (
        document.reading.table.resolve(encode(name.text.lower().replace("_", "-")))[0]
        if name
        else None
    )
