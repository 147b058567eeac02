# SPDX-License-Identifier: MIT
"""JUnit's XML: a suite per file, with a failed test for each finding, or one that passes.

There is no standard; its readers agree on Jenkins' schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from criulint.report.text import concise
from criulint.report.xml import document, element
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.finding import Finding
    from criulint.inventory import ImageRecord
    from criulint.report import Report


def render(report: Report) -> str:
    """Return a suite for each file that was checked."""
    images = [_ImageSuite(image) for image in report.images]
    by_file: dict[str, list[Finding]] = {report.relative(path): [] for path in report.files}
    for finding in report.findings:
        by_file.setdefault(report.relative(finding.path), []).append(finding)
    counts = {
        "tests": sum(max(len(found), 1) for found in by_file.values()) + len(images),
        "failures": len(report.findings),
        "errors": sum(suite.has_errors for suite in images),
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
    for image_suite in images:
        image_suite.add_to(root)
    return document(root)


class _ImageSuite:
    """The suite of an image: what was examined as properties, what could not be as an error."""

    def __init__(self, image: ImageRecord) -> None:
        self._image = image
        self.has_errors = bool(image.errors)

    def add_to(self, root: ElementTree.Element) -> None:
        """Add it to a report."""
        name = self._image.name
        errors = int(self.has_errors)
        counts = {"tests": 1, "failures": 0, "errors": errors}
        suite = element(root, "testsuite", name=name, package="criulint", **counts)
        properties = element(suite, "properties")
        for key, value in self._properties():
            element(properties, "property", name=key, value=value)
        case = element(suite, "testcase", name="criulint image", classname=name)
        if self.has_errors:
            message = "; ".join(self._image.errors)
            element(case, "error", message=message, type="error").text = escape(message)

    def _properties(self) -> Iterator[tuple[str, object]]:
        image = self._image
        yield from (("digest", image.digest), ("platform", image.platform))
        for program in image.programs:
            yield program.kind, f"{program.name} {program.version or 'unknown'} ({program.path})"
        for file in image.files:
            yield "file", file.path
