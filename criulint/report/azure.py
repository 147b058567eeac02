# SPDX-License-Identifier: GPL-2.0-only
"""Azure Pipelines: logging commands. Source: microsoft/azure-pipelines-task-lib, node/taskcommand.ts.

Azure knows errors and warnings alone.
"""

from __future__ import annotations

import re

from criulint.finding import Finding, Severity
from criulint.report import Report

_ENCODED = {"%": "%AZP25", "\r": "%0D", "\n": "%0A", ";": "%3B", "]": "%5D"}


def render(report: Report) -> str:
    """A logging command for each finding."""
    return "".join(f"{_command(finding, report)}\n" for finding in report.findings)


def _command(finding: Finding, report: Report) -> str:
    kind = "error" if finding.severity is Severity.ERROR else "warning"
    path, span = report.place(finding)
    place = f"sourcepath={_escaped(path, '%' + chr(13) + chr(10) + ';]')};linenumber={span.line};columnnumber={span.column}"
    message = _escaped(finding.placed(f"{finding.name}: {finding.full_message}"), "%\r\n")
    return f"##vso[task.logissue type={kind};{place};code={finding.code};]{message}"


def _escaped(text: str, characters: str) -> str:
    return re.sub(f"[{re.escape(characters)}]", lambda match: _ENCODED[match[0]], text)
