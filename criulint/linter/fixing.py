# SPDX-License-Identifier: GPL-2.0-only
"""Fixes at work: edits into bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from criulint.finding import Edit, Finding, Fix
from criulint.source import Source, decode, encode

# Each round mends at least one finding of each line that has one; a line has only so many.
_MAX_ROUNDS = 20


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """`data` with all `edits` made. ValueError if two of them overlap."""
    lines = [decode(line) for line in Source(data).lines]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    text = decode(data)

    def offset(line: int, column: int) -> int:
        return min(starts[line - 1] + column - 1, len(text))

    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        start, end = (
            offset(edit.span.line, edit.span.column),
            offset(edit.span.end_line, edit.span.end_column),
        )
        if start < position:
            raise ValueError("edits overlap")
        pieces += (text[position:start], edit.text)
        position = end
    pieces.append(text[position:])
    return encode("".join(pieces))


def fix(
    data: bytes, check: Callable[[bytes], list[Finding]], *, unsafe: bool = False
) -> tuple[bytes, list[Finding], int]:
    """Apply fixes until none is left.

    `check` gives the findings of a file's bytes. Returns the mended bytes, the findings that are left, and the number of
    fixes made. Only safe fixes are made unless `unsafe`.
    """
    findings = check(data)
    made = 0
    for _ in range(_MAX_ROUNDS):
        edits: list[Edit] = []
        touched: set[int] = set()
        chosen = 0
        for finding in findings:
            if finding.fix and (finding.fix.safe or unsafe):
                lines = _lines(finding.fix)
                if touched.isdisjoint(lines):
                    touched |= lines
                    edits += finding.fix.edits
                    chosen += 1
        if not chosen:
            break
        mended = apply_edits(data, edits)
        if mended == data:
            break
        data = mended
        made += chosen
        findings = check(data)
    return data, findings, made


def _lines(fix: Fix) -> set[int]:
    """The lines that a fix changes: those of two fixes have to differ, or their edits may overlap."""
    spans = (edit.span for edit in fix.edits)
    return {
        line
        for span in spans
        for line in range(span.line, max(span.end_line - (span.end_column == 1), span.line) + 1)
    }
