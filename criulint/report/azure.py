# SPDX-License-Identifier: MIT
"""Azure Pipelines: logging commands, which are errors or warnings.

Source: microsoft/azure-pipelines-task-lib, node/taskcommand.ts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Finding, Severity

if TYPE_CHECKING:
    from criulint.report import Report

_ESCAPES = str.maketrans({"%": "%AZP25", "\r": "%0D", "\n": "%0A"})
_PROPERTY_ESCAPES = {**_ESCAPES, ord(";"): "%3B", ord("]"): "%5D"}


def render(report: Report) -> str:
    """Return a logging command for each finding, and for what could not be examined.

    What was examined in each image is a line of the log.
    """
    commands = [_command(finding, report) for finding in report.findings]
    if report.images:
        from criulint.report.inventory import log_lines

        commands += log_lines(report)
    commands += [
        f"##vso[task.logissue type=error;]{error.translate(_ESCAPES)}"
        for image in report.images
        for error in image.errors
    ]
    return "".join(f"{command}\n" for command in commands)


def _command(finding: Finding, report: Report) -> str:
    kind = "error" if finding.severity is Severity.ERROR else "warning"
    path, span = report.place(finding)
    properties = {
        "type": kind,
        "sourcepath": path.translate(_PROPERTY_ESCAPES),
        "linenumber": span.line,
        "columnnumber": span.column,
        "code": finding.code,
    }
    message = finding.with_places(f"{finding.name}: {finding.full_message}")
    fields = "".join(f"{name}={value};" for name, value in properties.items())
    return f"##vso[task.logissue {fields}]{message.translate(_ESCAPES)}"
