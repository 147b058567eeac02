# SPDX-License-Identifier: GPL-2.0-only
"""Findings as diagnostics."""

from __future__ import annotations

from lsprotocol.types import CodeDescription, Diagnostic, DiagnosticSeverity, DiagnosticTag

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


def diagnostics(document: Document) -> list[Diagnostic]:
    """All findings of a document."""
    return [diagnostic(document, finding) for finding in document.findings]


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
