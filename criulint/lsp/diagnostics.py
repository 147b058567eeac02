# SPDX-License-Identifier: MIT
"""Findings as diagnostics."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol.types import (
    CodeDescription,
    Diagnostic,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    DiagnosticTag,
    Location,
    Position,
    Range,
)

from criulint.finding import Finding, Severity
from criulint.rules.base import Tag
from criulint.rules.registry import RULES
from criulint.text import plural

if TYPE_CHECKING:
    from criulint.lsp.document import Document

_SEVERITIES = {
    Severity.ERROR: DiagnosticSeverity.Error,
    Severity.WARNING: DiagnosticSeverity.Warning,
    Severity.INFO: DiagnosticSeverity.Information,
}
_TAGS = {
    Tag.UNNECESSARY: DiagnosticTag.Unnecessary,
    Tag.DEPRECATED: DiagnosticTag.Deprecated,
}
_TAGS_BY_CODE = {rule.code: _TAGS[rule.tag] for rule in RULES if rule.tag}
# Editors show no more, and become slow.
_MAX_FINDINGS = 2000


def diagnostics(document: Document) -> list[Diagnostic]:
    """Return the findings of a document, with a note on those that an editor could not show."""
    shown = [diagnostic(document, finding) for finding in document.findings[:_MAX_FINDINGS]]
    left = len(document.findings) - len(shown)
    if left:
        more = plural(left, "more finding")
        shown.append(_note(f"{more} not shown; run `criulint check` to see all"))
    elif document.too_large:
        shown.append(_note("not checked: the text is too large; run `criulint check` on the file"))
    return shown


def diagnostic(document: Document, finding: Finding) -> Diagnostic:
    """Return a finding as a diagnostic of the protocol."""
    tag = _TAGS_BY_CODE.get(finding.code)
    return Diagnostic(
        range=document.span_range(finding.span),
        message=_message(finding),
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=CodeDescription(finding.url),
        source="criulint",
        tags=[tag] if tag else None,
        related_information=_related(document, finding) or None,
        data={"name": finding.name, "fixable": finding.fix is not None},
    )


def _message(finding: Finding) -> str:
    """Return what is wrong, and on a line of its own, which editors do not cut off, the help."""
    return f"{finding.message}\nhelp: {finding.help}" if finding.help else finding.message


def _related(document: Document, finding: Finding) -> list[DiagnosticRelatedInformation]:
    """Return the other places of a finding: in the document, or in another file."""
    shown = []
    for place in finding.related:
        if place.path == finding.path:
            span_range = document.span_range(place.span)
        else:
            # The text of that file is not known, nor are the units of its columns.
            start = Position(place.span.line - 1, 0)
            span_range = Range(start, start)
        location = Location(make_uri(place.path), span_range)
        shown.append(DiagnosticRelatedInformation(location, place.message))
    return shown


def make_uri(path: str) -> str:
    """Return the URI of a path; a URI is returned unchanged."""
    return Path(path).as_uri() if os.path.isabs(path) else path


def _note(message: str) -> Diagnostic:
    """Return a message about the whole document."""
    nowhere = Position(0, 0)
    return Diagnostic(
        Range(nowhere, nowhere), message, severity=DiagnosticSeverity.Information, source="criulint"
    )
