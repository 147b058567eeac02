# SPDX-License-Identifier: MIT
"""Hover: what CRIU does with the line, and documentation of the option; or a rule's summary.

Other findings on the line are not repeated: editors show them beside the hover.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol.types import Hover, MarkupContent, MarkupKind, Position

from criulint.criu.narration import narrate
from criulint.finding import Severity
from criulint.lsp.markdown import plain_text, prose
from criulint.lsp.options import explanation
from criulint.lsp.symbols import rules_on
from criulint.rules.families import REFUSED, family_of
from criulint.source import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import Option
    from criulint.lsp.document import Document

_RULE_LINE = "\n\n---\n\n"


def hover(document: Document, position: Position, *, markdown: bool = True) -> Hover | None:
    """Return the hover at a position, None where there is nothing to say."""
    part = document.part(position)
    if part is None:
        return None
    line, column = part.line_of(part.offset(position))
    if line > part.lines:
        return None
    return _hover_over_rule(part, line, column, markdown=markdown) or _hover_over_option(
        part, line, column, markdown=markdown
    )


def _hover_over_rule(document: Document, line: int, column: int, *, markdown: bool) -> Hover | None:
    """Return the hover over a rule that a suppression names, at a 0-based column."""
    for start, end, rule in rules_on(document, line):
        if start <= column <= end:
            text = (
                f"**{rule.code} {rule.name}**\n\n{prose(rule.summary)}\n\n"
                f"[What it means and what to do]({rule.url})"
            )
            return Hover(content(text, markdown=markdown), document.columns_range(line, start, end))
    return None


def _hover_over_option(
    document: Document, line: int, column: int, *, markdown: bool
) -> Hover | None:
    """Return the hover over an option or its value, at a 0-based column."""
    tree = document.tree(line)
    end = tree.comment.start if tree.comment else len(document.line_text(line))
    if not tree.name or column > end:
        return None
    sections = list(_sections(document, line))
    if not sections:
        return None
    if column <= tree.name.end:
        end = tree.name.end
    places = document.columns_range(line, tree.name.start, end)
    return Hover(content(_RULE_LINE.join(sections), markdown=markdown), places)


def _sections(document: Document, line: int) -> Iterator[str]:
    """Yield what there is to say about a 1-based line, in Markdown."""
    effects = [effect for number, effect in narrate(document.reading) if number == line]
    if effects:
        yield f"CRIU {document.settings.release}: {prose('; '.join(effects))}"
    # The narration says that CRIU refuses the line, but not that it fails afterwards.
    for finding in document.findings:
        if (
            finding.span.line == line
            and finding.severity is Severity.ERROR
            and family_of(finding.code) is not REFUSED
        ):
            yield f"**{finding.code}**: {prose(finding.full_message)}"
    option = option_on(document, line)
    if option:
        yield explanation(option, document)


def content(text: str, *, markdown: bool) -> MarkupContent:
    """Return Markdown for the protocol, or plain text if the client does not show Markdown."""
    if markdown:
        return MarkupContent(MarkupKind.Markdown, text)
    return MarkupContent(MarkupKind.PlainText, plain_text(text))


def option_on(document: Document, line: int) -> Option | None:
    """Return the option that a 1-based line names, also if CRIU refuses the line."""
    found = document.options_by_line.get(line)
    if found:
        return found[0].option
    name = document.tree(line).name
    if not name:
        return None
    option, _ = document.reading.table.resolve(encode(name.text.lower().replace("_", "-")))
    return option
