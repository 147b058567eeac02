# SPDX-License-Identifier: MIT
"""Checking the files inside another one: findings are moved to where the text stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.embedded.find import TEMPLATE, Embedded, Place
from criulint.finding import Checked, Edit, Finding, Fix, Related, Span
from criulint.source import Source, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def check_files(
    outer: Source,
    files: Iterable[Embedded],
    check: Callable[[Source, int | None], Checked],
    most: int | None = None,
) -> Checked:
    """Check the `files` inside `outer` with `check`, which takes how many findings there may be.

    Findings have their places in `outer` and are sorted by them; hidden ones keep those in the
    file.
    """
    findings: dict[Finding, None] = {}  # a file that a YAML alias repeats has the same ones
    hidden: list[Finding] = []
    for file in files:
        # As if the outer file were a directory: the name tells the role, and the file is not one
        # of this host's.
        left = None if most is None else most - len(findings) - len(hidden)
        checked = check(Source(file.data, f"{outer.path or ''}/{file.name.lstrip('/')}"), left)
        hidden += checked.hidden
        if checked.findings:
            mover = Mover(file, outer)
            findings.update(dict.fromkeys(mover.move_findings(checked.findings)))
    ordered = sorted(findings, key=lambda finding: (finding.span, finding.code))
    return Checked(ordered, hidden)


def move_edit(file: Embedded, edit: Edit) -> Edit:
    """Return an edit of an embedded file as an edit of the file around it."""
    return Mover(file, Source(b"")).move_edit(edit)


class Mover:
    """Moves what is found in an embedded file to where that stands in the outer one."""

    def __init__(self, file: Embedded, outer: Source) -> None:
        self._file = file
        self._outer = outer
        # For each line, whether it holds a template; found out once, however many findings it has.
        self._templates = [
            TEMPLATE.search(line) is not None for line in decode(file.data).split("\n")
        ]

    def move_findings(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings in the outer file, without those on lines that hold a template."""
        return [self._move(finding) for finding in findings if not self._is_template(finding)]

    def _is_template(self, finding: Finding) -> bool:
        line = finding.span.line
        return line <= len(self._templates) and self._templates[line - 1]

    def _move(self, finding: Finding) -> Finding:
        if self._file.lines is None:
            start = self._file.start
            message = f"line {finding.span.line} of {self._file.name}: {finding.message}"
            span = Span(start.line, start.column, start.line, start.column + 1)
            fix = None
        else:
            message = finding.message
            span = self._move_span(finding.span)
            fix = finding.fix and self._move_fix(finding.fix)
        return finding._replace(
            path=self._outer.path,
            span=span,
            message=message,
            fix=fix,
            line_text=self._outer.text(span.line),
            related=tuple(self._move_related(place, finding.path) for place in finding.related),
            subject=None,
        )

    def _move_related(self, place: Related, path: str | None) -> Related:
        """Move another place if it is in the embedded file, whose path was `path`."""
        if place.path != path:
            return place
        if self._file.lines is None:
            start = self._file.start
            span = Span(start.line, start.column, start.line, start.column + 1)
        else:
            span = self._move_span(place.span)
        return place._replace(path=self._outer.path or "", span=span)

    def _move_fix(self, fix: Fix) -> Fix | None:
        if self._file.indent is None:
            return None
        return fix._replace(edits=tuple(map(self.move_edit, fix.edits)))

    def move_edit(self, edit: Edit) -> Edit:
        """Return the edit in the outer file; the lines that it inserts are indented."""
        span, text = self._move_span(edit.span), edit.text
        newline, indent = self._file.newline, self._file.indent or ""
        is_of_whole_lines = (
            edit.span.column == edit.span.end_column == 1
            and text[-1:] in ("", "\n")
            and edit.span.end_line <= len(self._file.lines or ())
        )
        if is_of_whole_lines:
            # Whole lines go with their indent; after the last line of the file there is none.
            text = "".join(f"{indent}{line}{newline}" for line in text.split("\n")[:-1])
            return Edit(Span(span.line, 1, span.end_line, 1), text)
        return Edit(span, text.replace("\n", newline + indent))

    def _move_span(self, span: Span) -> Span:
        start = self._move_place(span.line, span.column)
        end = self._move_place(span.end_line, span.end_column)
        if end.line != start.line and span.end_line == span.line:
            end = Place(start.line, start.column + 1)
        return Span(*start, *end)

    def _move_place(self, line: int, column: int) -> Place:
        lines = self._file.lines
        assert lines
        if line > len(lines):
            return self._file.place(lines[-1][-1])
        offsets = lines[line - 1]
        end = self._file.place(offsets[min(column, len(offsets)) - 1])
        return Place(end.line, end.column + max(column - len(offsets), 0))
