# SPDX-License-Identifier: GPL-2.0-only
"""Findings as JSON objects, in one array or one a line; ``schema/findings.schema.json`` describes them.

Lines and columns are 1-based, columns count code points, ends are exclusive.
"""

from __future__ import annotations

import json
from typing import Any

from criulint.finding import Finding, Fix
from criulint.report import Report


def render(report: Report) -> str:
    """A JSON array, one object a finding."""
    return json.dumps([as_object(finding) for finding in report.findings], indent=2) + "\n"


def render_lines(report: Report) -> str:
    """A JSON object a line, one for each finding."""
    return "".join(json.dumps(as_object(finding)) + "\n" for finding in report.findings)


def as_object(finding: Finding) -> dict[str, Any]:
    """What a finding holds, by its names in the format."""
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
        **({"image": finding.origin._asdict()} if finding.origin else {}),
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{**edit.span._asdict(), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}
