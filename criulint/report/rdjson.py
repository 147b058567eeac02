# SPDX-License-Identifier: GPL-2.0-only
"""reviewdog's diagnostics, in one object or one a line. Source: reviewdog, proto/rdf/reviewdog.proto.

Lines are 1-based; columns are 1-based, too, and count bytes of UTF-8.
"""

from __future__ import annotations

import json
from typing import Any

from criulint.finding import Finding, Severity, Span
from criulint.report import Report
from criulint.report.text import Style, concise
from criulint.source import encode

_SOURCE = {"name": "criulint", "url": "https://criulint.readthedocs.io/"}
_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}


def render(report: Report) -> str:
    """A JSON object with a list of diagnostics."""
    return (
        json.dumps(
            {"source": _SOURCE, "severity": "WARNING", "diagnostics": _diagnostics(report)},
            indent=2,
        )
        + "\n"
    )


def render_lines(report: Report) -> str:
    """A JSON object a line, one for each diagnostic."""
    return "".join(
        json.dumps({**diagnostic, "source": _SOURCE}) + "\n" for diagnostic in _diagnostics(report)
    )


def _diagnostics(report: Report) -> list[dict[str, Any]]:
    return [_diagnostic(finding, report) for finding in report.findings]


def _diagnostic(finding: Finding, report: Report) -> dict[str, Any]:
    path, span = report.place(finding)
    diagnostic: dict[str, Any] = {
        "message": finding.placed(finding.full_message),
        "location": {
            "path": path,
            "range": _range(span, 0 if span is not finding.span else span.line, finding.line_text),
        },
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.code, "url": finding.url},
        "original_output": concise(finding, Style(False)),
    }
    # Several suggestions are a choice between them, so a fix with several edits is none.
    if finding.fix and len(finding.fix.edits) == 1:
        edit = finding.fix.edits[0]
        ours = edit.span.line == finding.span.line and (
            edit.span.end_line == edit.span.line or edit.span.end_column == 1
        )
        if ours and edit.text.isprintable():
            diagnostic["suggestions"] = [
                {
                    "range": _range(edit.span, finding.span.line, finding.line_text),
                    "text": edit.text,
                }
            ]
    return diagnostic


def _range(span: Span, number: int, text: str) -> dict[str, Any]:
    """A span in bytes; `text` is the line with that number, and on other lines only the first column is known."""

    def position(line: int, column: int) -> dict[str, int]:
        return {
            "line": line,
            "column": len(encode(text[: column - 1])) + 1 if line == number else column,
        }

    return {
        "start": position(span.line, span.column),
        "end": position(span.end_line, span.end_column),
    }
