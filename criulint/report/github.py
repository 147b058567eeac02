# SPDX-License-Identifier: MIT
"""GitHub Actions: workflow commands that make annotations, and the step's summary.

Source: actions/toolkit, packages/core/src/command.ts. GitHub shows the first ten annotations of
each kind in a step, so the worst come first. Each message names its place, too: the log shows
nothing else.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import quote

from criulint.finding import Finding, Severity, Span
from criulint.report.text import count_severities, describe_fixes
from criulint.source import encode
from criulint.text import code_markdown, escape, escape_markdown, plural, to_markdown

if TYPE_CHECKING:
    from criulint.report import Report

_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_SIGNS = {Severity.ERROR: "\u274c", Severity.WARNING: "\u26a0\ufe0f", Severity.INFO: "\u2139\ufe0f"}
_CLEAN = "\u2705"
_DOCUMENTS = (".md", ".markdown", ".rst", ".adoc", ".asciidoc", ".ipynb")
_MAX_ROWS = 500
# GitHub drops a step's summary of more than 1 MiB.
_MAX_BYTES = 900_000


def render(report: Report) -> str:
    """Return a workflow command for each finding, the worst first, and for each error.

    What was examined in each image is a line of the log.
    """
    commands = [_command(finding, report) for finding in _sort(report)]
    if report.images:
        from criulint.report.inventory import log_lines

        commands += log_lines(report)
    errors = [error for image in report.images for error in image.errors]
    commands += [f"::error title=criulint::{_encode(error)}" for error in errors]
    return "".join(f"{command}\n" for command in commands)


def _sort(report: Report) -> list[Finding]:
    return sorted(report.findings, key=lambda finding: -finding.severity)


def _command(finding: Finding, report: Report) -> str:
    path, span = report.place(finding)
    fields: dict[str, object] = {"title": f"{finding.code} {finding.name}"}
    # A file in an image is not a file of the repository.
    if not finding.origin or finding.origin.dockerfile:
        fields |= {"file": path, "line": span.line, "endLine": span.end_line}
        if span.line == span.end_line and not finding.origin:
            fields |= {"col": span.column, "endColumn": span.end_column}
    properties = ",".join(f"{name}={_encode(str(value), ':,')}" for name, value in fields.items())
    shown_path = escape(finding.path or "" if finding.origin else path)
    where = f"{shown_path}:{finding.span.line}:{finding.span.column}"
    places = finding.origin_note + finding.related_note
    message = f"{where}: {finding.code} {finding.name}: {finding.full_message}{places}"
    return f"::{_KINDS[finding.severity]} {properties}::{_encode(message)}"


def _encode(text: str, more: str = "") -> str:
    """Return text with percent signs, line ends and the characters of `more` percent-encoded."""
    return re.sub(f"[%\r\n{more}]", lambda match: f"%{ord(match[0]):02X}", text)


def summary(report: Report) -> str:
    """Return Markdown for the step's summary: totals, and a table of the findings."""
    checked = f"{plural(len(report.files), 'file')} checked"
    release = f" for CRIU {report.release}" if report.release else ""
    images = _images(report)
    if not report.findings:
        sign = "" if any(image.errors for image in report.images) else f"{_CLEAN} "
        return f"### {sign}criulint\n\n{checked}{release}, no findings.\n{images}"
    findings = _sort(report)
    rows = [_row(finding, report) for finding in findings[:_MAX_ROWS]]
    sizes = accumulate(len(row.encode("utf-8", "backslashreplace")) for row in rows)
    rows = rows[: sum(size <= _MAX_BYTES for size in sizes)]
    left = len(findings) - len(rows)
    totals = ", ".join(count_severities(findings))
    fixable = re.sub("--[a-z-]+", lambda option: code_markdown(option[0]), describe_fixes(findings))
    lines = [
        f"### {_SIGNS[findings[0].severity]} criulint: {totals}",
        "",
        f"{checked}{release}{'; ' if fixable else ''}{fixable}.",
        "",
        # In HTML, as Markdown would wrap the cells of narrow columns.
        "<table>",
        "<tr><th>severity</th><th>place</th><th>rule</th><th>message</th></tr>",
        *rows,
        "</table>",
        "",
        *([f"{left} more are in the log.", ""] if left else ()),
    ]
    return "\n".join(lines) + images


def _row(finding: Finding, report: Report) -> str:
    cells = (
        f"<td nowrap>{_SIGNS[finding.severity]} {finding.severity}</td>",
        f"<td>{_place(finding, report)}</td>",
        f"<td nowrap>{_link(finding.code, finding.url)} <br>{escape_markdown(finding.name)}</td>",
        f"<td>{to_markdown(finding.full_message)}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def _images(report: Report) -> str:
    """Return a Markdown table of the images that were examined; empty if there are none."""
    if not report.images:
        return ""
    from criulint.report.inventory import table_rows

    headings, *rows = table_rows(report)
    lines = [f"| {' | '.join(heading.lower() for heading in headings)} |"]
    lines.append(f"|{' --- |' * len(headings)}")
    lines += [f"| {' | '.join(map(escape_markdown, row))} |" for row in rows[:_MAX_ROWS]]
    lines += [
        f"\nNot examined: {escape_markdown(error)}"
        for image in report.images[:_MAX_ROWS]
        for error in image.errors
    ]
    return "".join(f"{line}\n" for line in ("", *lines))


def _place(finding: Finding, report: Report) -> str:
    """Return where a finding is, as a link to the line in the repository if it is there."""
    path, span = report.place(finding)
    origin = finding.origin
    shown = code_markdown(f"{finding.path if origin else path}:{finding.span.line}")
    notes = [to_markdown(str(place)) for place in finding.related]
    if origin is None:
        shown = _link_line(shown, path, span, report)
    else:
        step = escape_markdown(str(origin))
        notes.insert(0, _link_line(step, path, span, report) if origin.dockerfile else step)
    return "<br>".join((shown, *filter(None, notes)))


def _link_line(text: str, path: str, span: Span, report: Report) -> str:
    """Return HTML as a link to a line of a file in the repository; unchanged for other files."""
    outside = path.startswith(("/", "../")) or path in ("-", "<stdin>") or ":" in path
    if not report.source or outside:
        return text
    # GitHub shows documents as pages, and not their lines.
    query = "?plain=1" if path.lower().endswith(_DOCUMENTS) else ""
    return _link_html(text, f"{report.source}{quote(encode(path))}{query}#L{span.line}")


def _link(text: str, url: str) -> str:
    return _link_html(escape_markdown(text), url) if url else escape_markdown(text)


def _link_html(html: str, url: str) -> str:
    return f'<a href="{escape_markdown(url)}">{html}</a>'
