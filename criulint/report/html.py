# SPDX-License-Identifier: MIT
"""A page for people: one HTML file that needs nothing else, to sort and to filter."""

from __future__ import annotations

import os
from collections import Counter
from html import escape as escape_html
from string import Template
from typing import TYPE_CHECKING

from criulint.report.inventory import table_rows
from criulint.report.text import count_severities, describe_fixes
from criulint.text import escape, mark_code, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.finding import Finding
    from criulint.report import Report

_HEADS = ("Severity", "Place", "Rule", "Finding")
# Code points of a long line that are shown before a finding, in it, and after it.
_BEFORE, _CONTEXT = 40, 200


def render(report: Report) -> str:
    """Return the page."""
    path = os.path.join(os.path.dirname(__file__), "page.html")
    with open(path, encoding="utf-8") as file:
        template = Template(file.read())
    summary = _summary(report)
    body = "".join(_body(report)) if report.findings else ""
    if report.images:
        body += "".join(_images(report))
    return template.substitute(title=_text(summary), summary=_text(summary), body=body)


def _summary(report: Report) -> str:
    parts = [f"{plural(len(report.files), 'file')} checked"]
    if report.images:
        parts.insert(0, f"{plural(len(report.images), 'image')}, ")
    if report.release:
        parts.append(f" for CRIU {report.release}")
    counts = ", ".join(count_severities(report.findings)) or "no findings"
    fixable = describe_fixes(report.findings)
    return "".join(parts) + f": {counts}" + (f"; {fixable}" if fixable else "")


def _body(report: Report) -> Iterator[str]:
    counts = Counter(finding.severity for finding in report.findings)
    yield '<form onsubmit="return false"><input type="search" aria-label="Filter"'
    yield ' placeholder="Filter by path, code or text">'
    for severity in sorted(counts, reverse=True):
        yield f'<label><input type="checkbox" value="{severity}" checked>'
        yield f' <span class="severity {severity}">{severity}</span> {counts[severity]}</label>'
    yield '<output aria-live="polite"></output></form>\n<table class="findings">\n<thead><tr>'
    for head in _HEADS:
        order = "ascending" if head == _HEADS[0] else "none"
        yield f'<th scope="col" aria-sort="{order}"><button>{head}</button></th>'
    yield "</tr></thead>\n<tbody>\n"
    for finding in sorted(report.findings, key=lambda finding: -finding.severity):
        yield "".join(_row(finding, report))
    yield "</tbody>\n</table>"


def _images(report: Report) -> Iterator[str]:
    """Yield the table of the images that were examined, and what could not be."""
    headings, *rows = table_rows(report)
    yield '\n<table class="images">\n<thead><tr>'
    yield "".join(f"<th>{heading.capitalize()}</th>" for heading in headings)
    yield "</tr></thead>\n<tbody>\n"
    for row in rows:
        yield "".join(("<tr>", *(f"<td>{_text(cell)}</td>" for cell in row), "</tr>\n"))
    yield "</tbody>\n</table>"
    for image in report.images:
        for error in image.errors:
            yield f'\n<p class="error">{_text(error)}</p>'


def _row(finding: Finding, report: Report) -> Iterator[str]:
    severity = finding.severity
    path = finding.path if finding.origin else report.relative(finding.path)
    place = f"{path}:{finding.span.line}:{finding.span.column}"
    yield f'<tr data-severity="{severity}">'
    yield f'<td data-key="{-severity}"><span class="severity {severity}">{severity}</span></td>'
    yield f'<td class="place"><code>{_text(place).replace("/", "/<wbr>")}</code></td>'
    link = f'<a href="{escape_html(finding.url)}" rel="noreferrer">{finding.code}</a>'
    yield f'<td class="rule">{link}<br>{finding.name}</td>'
    yield f"<td>{_mark_code(finding.message)}<pre><code>{_line(finding)}</code></pre>"
    yield "".join(_notes(finding))
    yield "</td></tr>\n"


def _notes(finding: Finding) -> Iterator[str]:
    if finding.help:
        yield f'<p class="help">{_mark_code(finding.help)}</p>'
    if finding.fix:
        option = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
        yield f'<p class="fix">{_mark_code(finding.fix.title)} (<code>{option}</code>)</p>'
    if finding.origin and str(finding.origin):
        yield f'<p class="origin">{_text(str(finding.origin))}</p>'
    for place in finding.related:
        yield f'<p class="origin">{_mark_code(str(place))}</p>'


def _line(finding: Finding) -> str:
    """Return the line of a finding, its part marked."""
    line, span = finding.line_text, finding.span
    last = span.end_column if span.end_line == span.line else len(line) + 1
    start, end = span.column - 1, max(last - 1, span.column)
    before, marked = (
        line[max(start - _BEFORE, 0) : start],
        line[start : min(end, start + _CONTEXT)],
    )
    after = line[start + len(marked) :][:_CONTEXT]
    lead = "\u2026" if start > _BEFORE else ""
    tail = "\u2026" if start + len(marked) + len(after) < len(line) else ""
    return f"{lead}{_text(before)}<mark>{_text(marked)}</mark>{_text(after)}{tail}"


def _mark_code(text: str) -> str:
    """Return a message; code between backticks is the only markup."""
    return mark_code(text, _text, lambda code: f"<code>{_text(code)}</code>")


def _text(text: str) -> str:
    """Return text that is not markup, with control characters escaped."""
    return escape_html(escape(text))
