# SPDX-License-Identifier: MIT
"""Checkstyle's XML. Source: Checkstyle, XMLLogger.java."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from criulint.report.xml import document, element

if TYPE_CHECKING:
    from criulint.report import Report


def render(report: Report) -> str:
    """Return an element for each file with findings, and for each image."""
    root = ElementTree.Element("checkstyle", version="4.3")
    files: dict[str, ElementTree.Element] = {}
    for finding in report.findings:
        path, span = report.place(finding)
        if path not in files:
            files[path] = element(root, "file", name=path)
        element(
            files[path],
            "error",
            line=span.line,
            column=span.column,
            severity=finding.severity,
            message=finding.with_places(finding.full_message),
            source=f"criulint.{finding.code}",
        )
    for image in report.images:
        file = element(root, "file", name=image.name)
        for error in image.errors:
            element(file, "error", line=0, severity="error", message=error, source="criulint.image")
    return document(root)
