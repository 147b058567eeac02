# SPDX-License-Identifier: MIT
"""reviewdog's diagnostics: one object, or one per line.

Source: reviewdog, proto/rdf/reviewdog.proto.

Lines are 1-based; columns are 1-based, too, and count bytes of UTF-8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from criulint.finding import Finding, Related, Severity, Span
from criulint.report.json import dump, dump_lines
from criulint.report.text import concise
from criulint.source import encode
from criulint.text import escape

if TYPE_CHECKING:
    from criulint.report import Report

_SOURCE = {"name": "criulint", "url": "https://criulint.readthedocs.io/"}
_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}


def render(report: Report) -> str:
    """Return a JSON object with a list of diagnostics."""
    return dump({"source": _SOURCE, "severity": "WARNING", "diagnostics": _diagnostics(report)})


def render_lines(report: Report) -> str:
    """Return a line with a JSON object for each diagnostic."""
    return dump_lines({**diagnostic, "source": _SOURCE} for diagnostic in _diagnostics(report))


def _diagnostics(report: Report) -> list[dict[str, Any]]:
    errors = [
        {"message": error, "location": {"path": escape(image.name)}, "severity": "ERROR"}
        for image in report.images
        for error in image.errors
    ]
    return [*(_diagnostic(finding, report) for finding in report.findings), *errors]


def _diagnostic(finding: Finding, report: Report) -> dict[str, Any]:
    path, span = report.place(finding)
    # In a Dockerfile the place is a whole line: its text is not known, and columns are not used.
    known_line = span.line if span is finding.span else 0
    diagnostic: dict[str, Any] = {
        "message": finding.with_places(finding.full_message),
        "location": {
            "path": path,
            "range": _range(span, known_line, finding.line_text),
        },
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.code, "url": finding.url},
        "original_output": concise(finding),
    }
    if finding.related:
        diagnostic["related_locations"] = [_related(place, report) for place in finding.related]
    suggestion = _suggestion(finding)
    if suggestion:
        diagnostic["suggestions"] = [suggestion]
    return diagnostic


def _suggestion(finding: Finding) -> dict[str, Any] | None:
    """Return the fix of a finding, None without one that is a single edit of its line."""
    # Several suggestions are alternatives, so a fix with several edits cannot be one.
    if finding.fix is None or len(finding.fix.edits) != 1:
        return None
    (edit,) = finding.fix.edits
    line = finding.span.line
    is_on_line = edit.span.line == line and (
        edit.span.end_line == line or edit.span.end_column == 1
    )
    if not is_on_line or not edit.text.isprintable():
        return None
    return {"range": _range(edit.span, line, finding.line_text), "text": edit.text}


def _related(place: Related, report: Report) -> dict[str, Any]:
    path, span = report.place(place)
    return {
        "message": str(place) if place.origin else place.message,
        "location": {"path": path, "range": _range(span, 0, "")},
    }


def _range(span: Span, number: int, text: str) -> dict[str, Any]:
    """Return a span with columns in bytes; `text` is line `number`; on other lines they stay."""

    def position(line: int, column: int) -> dict[str, int]:
        return {
            "line": line,
            "column": len(encode(text[: column - 1])) + 1 if line == number else column,
        }

    return {
        "start": position(span.line, span.column),
        "end": position(span.end_line, span.end_column),
    }
