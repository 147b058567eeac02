# SPDX-License-Identifier: MIT
"""GitLab's Code Quality report. Source: GitLab, doc/ci/testing/code_quality.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from criulint.finding import Finding, Severity
from criulint.fingerprint import fingerprints
from criulint.report.json import dump

if TYPE_CHECKING:
    from criulint.report import Report

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(report: Report) -> str:
    """Return a JSON array. A finding keeps its fingerprint when its line moves."""
    prints = fingerprints(report.findings, report.base)
    issues = [
        _issue(finding, fingerprint, report)
        for finding, fingerprint in zip(report.findings, prints, strict=True)
    ]
    return dump(issues)


def _issue(finding: Finding, fingerprint: str, report: Report) -> dict[str, Any]:
    path, span = report.place(finding)
    return {
        # GitLab does not show the name of the check.
        "description": finding.with_places(
            f"{finding.code} {finding.name}: {finding.full_message}"
        ),
        "check_name": finding.name,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": path,
            "positions": {
                "begin": {"line": span.line, "column": span.column},
                "end": {"line": span.end_line, "column": span.end_column},
            },
        },
    }
