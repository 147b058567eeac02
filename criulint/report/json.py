# SPDX-License-Identifier: MIT
"""Findings as JSON objects: an array, or one per line. See ``schema/findings.schema.json``.

Lines and columns are 1-based, columns count code points, ends are exclusive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from criulint.text import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from criulint.finding import Finding, Fix, Related
    from criulint.report import Report


def render(report: Report) -> str:
    """Return a JSON array with an object for each finding."""
    return dump([finding_as_object(finding) for finding in report.findings])


def render_lines(report: Report) -> str:
    """Return a line with a JSON object for each finding."""
    return dump_lines(finding_as_object(finding) for finding in report.findings)


def dump(value: object) -> str:
    """Return a JSON document, indented, with a newline at its end."""
    return to_json(value, indent=2) + "\n"


def dump_lines(values: Iterable[object]) -> str:
    """Return a line of JSON for each value."""
    return "".join(to_json(value) + "\n" for value in values)


def finding_as_object(finding: Finding) -> dict[str, Any]:
    """Return a finding as a JSON object."""
    span = finding.span
    return {
        "path": finding.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        "message": finding.full_message,
        "fix": finding.fix and _fix(finding.fix),
        "url": finding.url,
        **({"related": [_related(place) for place in finding.related]} if finding.related else {}),
        **({"image": finding.origin._asdict()} if finding.origin else {}),
    }


def _related(place: Related) -> dict[str, Any]:
    span = place.span
    return {
        "path": place.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "message": place.message,
        **({"image": place.origin._asdict()} if place.origin else {}),
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{**edit.span._asdict(), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}
