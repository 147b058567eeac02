# SPDX-License-Identifier: MIT
"""Why CRIU failed, as diagnostics in its log, with what `criulint advise` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol.types import (
    CodeDescription,
    Diagnostic,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    Location,
    Range,
)

from criulint.finding import Span
from criulint.lsp.diagnostics import make_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.advise.advice import Advice, PlacedRemedy
    from criulint.advise.log import Log
    from criulint.lsp.document import Document


def log_diagnostics(document: Document) -> list[Diagnostic]:
    """Return a diagnostic for each cause of the failure; none for a log of a success."""
    related = _related(document, document.log) or None
    return [
        _diagnostic(document, advice, advice.cause.entry.line, related, is_first=not index)
        for index, advice in enumerate(document.all_advice)
        if advice.cause.entry
    ]


def _diagnostic(
    document: Document,
    advice: Advice,
    line: int,
    related: list[DiagnosticRelatedInformation] | None,
    *,
    is_first: bool,
) -> Diagnostic:
    message = advice.cause.message
    what = message.means if message else "CRIU failed here"
    return Diagnostic(
        range=_line_range(document, line),
        message="\n".join([what, *(f"help: {text}" for text in _helps(advice))]),
        severity=DiagnosticSeverity.Error if is_first else DiagnosticSeverity.Information,
        code=advice.cause.id,
        code_description=CodeDescription(message.url) if message else None,
        source="criulint",
        related_information=related,
    )


def _line_range(document: Document, line: int) -> Range:
    """Return the range of the text of a 1-based line, as the linter counts lines."""
    text = document.line_text(line).rstrip()
    start = len(text) - len(text.lstrip())
    return document.span_range(Span(line, start + 1, line, len(text) + 1))


def _helps(advice: Advice) -> Iterator[str]:
    """Yield what to do, the best first, each on one line."""
    yield from map(_remedy, advice.remedies)
    if advice.cause.advice:
        yield advice.cause.advice.removeprefix("or ")
    yield from advice.notes


def _remedy(placed: PlacedRemedy) -> str:
    remedy, place = placed.remedy, placed.place
    parts = []
    if place.file:
        parts.append(f"write `{remedy.line}` into {place.file}")
    if place.flags:
        parts.append(f"run {place.quoted_flags}")
    text = ", or ".join(parts) or f"`{remedy.line}`"
    condition = f", if {remedy.when}" if remedy.when else ""
    note = f" ({place.note})" if place.note else ""
    return f"{text}{condition}{note}"


def _related(document: Document, log: Log) -> list[DiagnosticRelatedInformation]:
    """Return where the log names CRIU's files, and what it says about them."""
    shown = []
    for entry, file in log.mentions:
        if file.read:
            text = "CRIU read this file"
        elif file.read is None:
            text = "the client named this file"
        else:
            text = "the client named this file, and it did not exist"
        place = Location(make_uri(document.path), _line_range(document, entry.line))
        shown.append(DiagnosticRelatedInformation(place, text))
    return shown
