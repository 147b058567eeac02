# SPDX-License-Identifier: GPL-2.0-only
"""Fixes at work: edits into bytes, and bytes back into the file."""

from __future__ import annotations

import os
import tempfile
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


def write_atomically(path: str, data: bytes, expected: bytes | None = None) -> None:
    """Replace a file's content in one step; mode, owner and extended attributes stay.

    A symbolic link stays one; the file that it points to is replaced. OSError if the file can't be written with all that,
    or no longer holds what is `expected`; it is then as it was.
    """
    target = os.path.realpath(path)
    if not os.path.isfile(target):
        raise OSError("not a regular file")
    with open(target, "rb") as file:
        if expected is not None and file.read() != expected:
            raise OSError(None, "changed while it was being checked")
        status = os.fstat(file.fileno())
    descriptor, temporary = tempfile.mkstemp(prefix=".criulint-", dir=os.path.dirname(target))
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if hasattr(os, "chown"):
            made = os.stat(temporary)
            if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
                os.chown(temporary, status.st_uid, status.st_gid)
        os.chmod(temporary, status.st_mode & 0o7777)
        if hasattr(os, "listxattr"):
            for name in os.listxattr(target):
                os.setxattr(temporary, name, os.getxattr(target, name))
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
