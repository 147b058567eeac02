# SPDX-License-Identifier: GPL-2.0-only
"""Findings as a list of JSON objects."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from criulint.finding import Finding, Fix


def render(findings: Sequence[Finding]) -> str:
    """A JSON array, one object a finding. Lines and columns are 1-based, columns count code points, ends are exclusive."""
    return json.dumps([_finding(finding) for finding in findings], indent=2)


def _finding(finding: Finding) -> dict[str, Any]:
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
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {"safe": fix.safe, "edits": [{**edit.span._asdict(), "text": edit.text} for edit in fix.edits]}
