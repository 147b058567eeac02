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

from criulint.finding import Finding, Severity
from criulint.text import escape, plural

if TYPE_CHECKING:
    from criulint.report import Report

_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_MAX_ROWS = 500
# GitHub drops a step's summary of more than 1 MiB.
_MAX_BYTES = 900_000


def render(report: Report) -> str:
    """Return a workflow command for each finding, the worst first, and for each error."""
    commands = [_command(finding, report) for finding in _sort(report)]
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
    """Return Markdown for the step's summary: a table of the findings."""
    files = f"{plural(len(report.files), 'file')} checked"
    images = _images(report)
    if not report.findings:
        return f"### criulint\n\n{files}, no findings.\n{images}"
    rows = [
        f"| {_place(finding, report)} | {finding.severity} "
        f"| [{finding.code} {finding.name}]({finding.url}) | {_markdown(finding.full_message)} |\n"
        for finding in _sort(report)[:_MAX_ROWS]
    ]
    sizes = accumulate(len(row.encode("utf-8", "backslashreplace")) for row in rows)
    rows = rows[: sum(size <= _MAX_BYTES for size in sizes)]
    left = len(report.findings) - len(rows)
    table = "| place | severity | rule | message |\n| --- | --- | --- | --- |\n" + "".join(rows)
    more = f"\n{left} more are in the log.\n" if left else ""
    return f"### criulint\n\n{files}.\n\n{table}{more}{images}"


def _images(report: Report) -> str:
    """Return Markdown for the images that were looked at: a table; empty if there are none."""
    if not report.images:
        return ""
    from criulint.report.inventory import table_rows

    headings, *rows = table_rows(report)
    lines = [f"| {' | '.join(heading.lower() for heading in headings)} |"]
    lines.append(f"|{' --- |' * len(headings)}")
    lines += [f"| {' | '.join(map(_escape_markdown, row))} |" for row in rows[:_MAX_ROWS]]
    lines += [
        f"\nNot looked at: {_escape_markdown(error)}"
        for image in report.images[:_MAX_ROWS]
        for error in image.errors
    ]
    return "".join(f"{line}\n" for line in ("", *lines))


def _place(finding: Finding, report: Report) -> str:
    if finding.origin:
        places = [str(finding.origin), *map(str, finding.related)]
        notes = "".join(f"<br>{_escape_markdown(place)}" for place in places if place)
        return f"{_code(f'{finding.path}:{finding.span.line}')}{notes}"
    return _code(f"{report.relative(finding.path)}:{finding.span.line}")


def _code(text: str) -> str:
    return f"<code>{_escape_markdown(text)}</code>"


def _markdown(text: str) -> str:
    """Return a message as Markdown in a table: code between backticks is the only markup."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # the backticks do not pair up
        return "&#96;".join(map(_escape_markdown, pieces))
    return "".join(
        _code(piece) if number % 2 else _escape_markdown(piece)
        for number, piece in enumerate(pieces)
    )


def _escape_markdown(text: str) -> str:
    return re.sub(r"""[&<>"'`\\*_\[\]|#~!$@]""", lambda match: f"&#{ord(match[0])};", escape(text))
