# SPDX-License-Identifier: GPL-2.0-only
"""GitHub Actions: workflow commands that make annotations, and the step's summary.

Source: actions/toolkit, packages/core/src/command.ts. GitHub shows the first ten of each kind of a step, so the worst come
first; the message of each holds its place too, for those who read the log.
"""

from __future__ import annotations

import re
from itertools import accumulate

from criulint.finding import Finding, Severity
from criulint.report import Report
from criulint.text import escape

_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_MOST_ROWS = 500
# A step's summary may have 1 MiB, and is dropped as a whole if it has more.
_MOST_BYTES = 900_000


def render(report: Report) -> str:
    """A workflow command for each finding, the worst first."""
    return "".join(f"{_command(finding, report)}\n" for finding in _sorted(report))


def _sorted(report: Report) -> list[Finding]:
    return sorted(report.findings, key=lambda finding: -finding.severity)


def _command(finding: Finding, report: Report) -> str:
    path, span = report.place(finding)
    fields: dict[str, object] = {"title": f"{finding.code} {finding.name}"}
    if (
        not finding.origin or finding.origin.dockerfile
    ):  # what lies in an image is no file of the repository
        fields |= {"file": path, "line": span.line, "endLine": span.end_line}
        if span.line == span.end_line and not finding.origin:
            fields |= {"col": span.column, "endColumn": span.end_column}
    told = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in fields.items())
    where = f"{escape(finding.path or '' if finding.origin else path)}:{finding.span.line}:{finding.span.column}"
    origin = f" [{finding.origin}]" if finding.origin else ""
    message = f"{where}: {finding.code} {finding.name}: {finding.full_message}{origin}"
    return f"::{_KINDS[finding.severity]} {told}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    """Text whose percent signs, line ends and characters of `more` are percent-encoded."""
    return re.sub(f"[%\r\n{more}]", lambda match: f"%{ord(match[0]):02X}", text)


def summary(report: Report) -> str:
    """Markdown for the step's summary: a table of the findings."""
    files = f"{len(report.files)} file{'' if len(report.files) == 1 else 's'} checked"
    if not report.findings:
        return f"### criulint\n\n{files}, nothing found.\n"
    rows = [
        f"| {_place(finding, report)} | {finding.severity} "
        f"| [{finding.code} {finding.name}]({finding.url}) | {_markdown(finding.full_message)} |\n"
        for finding in _sorted(report)[:_MOST_ROWS]
    ]
    sizes = accumulate(len(row.encode("utf-8", "backslashreplace")) for row in rows)
    rows = rows[: sum(size <= _MOST_BYTES for size in sizes)]
    left = len(report.findings) - len(rows)
    table = "| place | severity | rule | message |\n| --- | --- | --- | --- |\n" + "".join(rows)
    more = f"\n{left} more are in the log.\n" if left else ""
    return f"### criulint\n\n{files}.\n\n{table}{more}"


def _place(finding: Finding, report: Report) -> str:
    if finding.origin:
        return f"{_code(f'{finding.path}:{finding.span.line}')}<br>{_literal(str(finding.origin))}"
    return _code(f"{report.relative(finding.path)}:{finding.span.line}")


def _code(text: str) -> str:
    return f"<code>{_literal(text)}</code>"


def _markdown(text: str) -> str:
    """A message as Markdown in a table: what stands between backticks is code, and nothing else is marked up."""
    pieces = text.split("`")
    even = len(pieces) % 2 == 1
    told = [
        f"<code>{_literal(piece)}</code>" if even and number % 2 else _literal(piece)
        for number, piece in enumerate(pieces)
    ]
    return ("" if even else "&#96;").join(told)


def _literal(text: str) -> str:
    return re.sub(r"""[&<>"'`\\*_\[\]|#~!$@]""", lambda match: f"&#{ord(match[0])};", escape(text))
