# SPDX-License-Identifier: MIT
"""Rules for people on a terminal: a list of all, and the documentation of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.report.terminal import BOLD, GREEN, RED, Cell, Style, lay_out_rows
from criulint.report.text import SEVERITY_COLOURS
from criulint.rules import rendering

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from criulint.rules.base import AnyRule

# The columns that a table needs, and those above which text is hard to read.
_TABLE_WIDTH = 110
_TEXT_WIDTH = 100
_INDENT = 4


def render_list(rules: Sequence[AnyRule], style: Style) -> str:
    """Return a line for each rule; on a narrow terminal, its summary is below it."""
    is_table = style.width is None or style.width >= _TABLE_WIDTH
    rows: list[tuple[Cell | str, ...]] = [
        (*_cells(rule), *([rule.summary] if is_table else ())) for rule in rules
    ]
    lines: list[str] = []
    family = None
    for rule, shown in zip(rules, lay_out_rows(rows, style), strict=True):
        if style.width is not None and rule.family != family:
            family = rule.family
            lines += ["", *style.fold(family.title, BOLD)]
        lines += shown
        if not is_table:
            lines += style.fold(rule.summary, first=_INDENT, indent=_INDENT)
    return "\n".join(lines).lstrip("\n")


def _cells(rule: AnyRule) -> tuple[Cell, ...]:
    return (
        Cell(rule.code, BOLD, rule.url),
        Cell(rule.name),
        Cell(rendering.shown_severity(rule), SEVERITY_COLOURS[rule.severity]),
    )


def render_rule(rule: AnyRule, style: Style) -> str:
    """Return a rule's documentation, with the examples."""
    if style.width is not None:
        style = style._replace(width=min(style.width, _TEXT_WIDTH))
    return "\n\n".join(_parts(rule, style))


def _parts(rule: AnyRule, style: Style) -> Iterator[str]:
    name = style.paint(f"{rule.code} {rule.name}", BOLD)
    severity = rendering.shown_severity(rule)
    facts = rendering.facts(rule).removeprefix(severity)
    columns = len(f"{rule.code} {rule.name}  [{severity}{facts}]")
    gap = "\n" if style.width is not None and columns > style.width else "  "
    yield f"{name}{gap}[{style.paint(severity, SEVERITY_COLOURS[rule.severity])}{facts}]"
    for paragraph in rendering.rule_text(rule).split("\n\n"):
        yield _reflow(paragraph, style)
    for (title, lines, host), colour in zip(rendering.examples(rule), (RED, GREEN), strict=True):
        titles = style.fold(f"{title}:", f"{colour};{BOLD}")
        yield "\n".join((*titles, *_indent(lines)))
        yield from (_reflow(note, style) for note in rendering.host_note(host))
    yield style.link(rule.url, rule.url)


def _reflow(paragraph: str, style: Style) -> str:
    """Return a paragraph in lines that fit, without the marks of emphasis."""
    if style.width is None:
        return paragraph
    text = " ".join(paragraph.split()).replace("**", "")
    return "\n".join(style.fold(text))


def _indent(lines: Iterable[str]) -> Iterator[str]:
    return (f"{' ' * _INDENT}{line}".rstrip() for line in lines)
