# SPDX-License-Identifier: MIT
"""JUnit's XML: a suite per file, with a failed test for each finding, or one that passes.

There is no standard; the readers agree on Jenkins' schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from criulint.report.text import concise
from criulint.report.xml import document, element

if TYPE_CHECKING:
    from criulint.finding import Finding
    from criulint.report import Report


def render(report: Report) -> str:
    """Return a suite for each file that was checked."""
    by_file: dict[str, list[Finding]] = {report.relative(path): [] for path in report.files}
    for finding in report.findings:
        by_file.setdefault(report.relative(finding.path), []).append(finding)
    counts = {
        "tests": sum(max(len(found), 1) for found in by_file.values()),
        "failures": len(report.findings),
        "errors": 0,
    }
    attributes = {name: str(count) for name, count in counts.items()}
    root = ElementTree.Element("testsuites", {"name": "criulint", **attributes})
    for path, found in by_file.items():
        suite = element(
            root,
            "testsuite",
            name=path,
            package="criulint",
            tests=max(len(found), 1),
            failures=len(found),
            errors=0,
        )
        if not found:
            element(suite, "testcase", name="criulint", classname=path)
        for finding in found:
            # GitLab reads two tests with one name as one.
            name = f"{finding.code} {finding.name}:{finding.span.line}:{finding.span.column}"
            case = element(suite, "testcase", name=name, classname=path)
            failure = element(case, "failure", message=finding.full_message, type=finding.severity)
            failure.text = concise(finding._replace(path=path))
    return document(root)
