# SPDX-License-Identifier: MIT
"""GitLab's Code Quality report. Source: GitLab, doc/ci/testing/code_quality.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from criulint.finding import Finding, Severity
from criulint.fingerprint import fingerprints
from criulint.report.json import dump
from criulint.text import escape

if TYPE_CHECKING:
    from criulint.report import Report

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(report: Report) -> str:
    """Return a JSON array. A finding keeps its fingerprint when its line moves.

    An image that could not be examined is an issue, too: otherwise, all of the image's issues would
    be shown as fixed.
    """
    prints = fingerprints(report.findings, report.base)
    issues = [
        _issue(finding, fingerprint, report)
        for finding, fingerprint in zip(report.findings, prints, strict=True)
    ]
    for image in report.images:
        issues += [_error(image.name, number, error) for number, error in enumerate(image.errors)]
    return dump(issues)


def _error(name: str, number: int, error: str) -> dict[str, Any]:
    """Return the issue for one of the errors of an image."""
    from hashlib import sha256

    identity = f"image\0{name}\0{number}".encode("utf-8", "surrogateescape")
    return {
        "description": error,
        "check_name": "image",
        "fingerprint": sha256(identity).hexdigest()[:32],
        "severity": "blocker",
        "location": {"path": escape(name), "lines": {"begin": 1}},
    }


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
