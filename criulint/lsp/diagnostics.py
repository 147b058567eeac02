# SPDX-License-Identifier: GPL-2.0-only
"""Findings as diagnostics."""

from __future__ import annotations

from lsprotocol.types import (
    CodeDescription,
    Diagnostic,
    DiagnosticSeverity,
    DiagnosticTag,
    Position,
    Range,
)

from criulint.finding import Finding, Severity
from criulint.lsp.document import Document

_SEVERITIES = {
    Severity.ERROR: DiagnosticSeverity.Error,
    Severity.WARNING: DiagnosticSeverity.Warning,
    Severity.INFO: DiagnosticSeverity.Information,
}
# Editors fade what is not needed, and strike out what is deprecated.
_TAGS = {
    "word-ignored": DiagnosticTag.Unnecessary,
    "duplicate-option": DiagnosticTag.Unnecessary,
    "no-effect-value": DiagnosticTag.Unnecessary,
    "unused-suppression": DiagnosticTag.Unnecessary,
    "ignored-in-file": DiagnosticTag.Unnecessary,
    "deprecated-option": DiagnosticTag.Deprecated,
}
# Editors show no more, and get slow.
_MOST = 2000


def diagnostics(document: Document) -> list[Diagnostic]:
    """The findings of a document, and how many more there are than an editor can show."""
    shown = [diagnostic(document, finding) for finding in document.findings[:_MOST]]
    if left := len(document.findings) - len(shown):
        message = f"{left} more findings are not shown; `criulint check` tells of all"
        shown.append(_note(message))
    elif document.too_large:
        shown.append(
            _note("the text is too large to be checked while it is edited; `criulint check` does")
        )
    return shown


def diagnostic(document: Document, finding: Finding) -> Diagnostic:
    """A finding in the protocol's terms."""
    tag = _TAGS.get(finding.name)
    return Diagnostic(
        range=document.span_range(finding.span),
        message=finding.full_message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=CodeDescription(finding.url),
        source="criulint",
        tags=[tag] if tag else None,
        data={"name": finding.name, "fixable": finding.fix is not None},
    )


def _note(message: str) -> Diagnostic:
    """What is said of the whole document."""
    nowhere = Position(0, 0)
    return Diagnostic(
        Range(nowhere, nowhere), message, severity=DiagnosticSeverity.Information, source="criulint"
    )
