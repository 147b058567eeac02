# SPDX-License-Identifier: GPL-2.0-only
"""Code actions: mend a finding, or all; hide it; read about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lsprotocol.types import CodeAction, CodeActionKind, Command, Range, TextEdit, WorkspaceEdit

from criulint import fix as fixes
from criulint import suppressions
from criulint.finding import Finding
from criulint.lsp.diagnostics import diagnostic
from criulint.lsp.document import Document

FIX_ALL = "source.fixAll.criulint"
OPEN_RULE = "criulint.openRule"

#: Makes a change of the whole workspace of the edits of this document.
MakeEdit = Callable[[list[TextEdit]], WorkspaceEdit]


def actions(
    document: Document, range_: Range, only: Sequence[str] | None, make_edit: MakeEdit, *, can_open: bool
) -> list[CodeAction]:
    """What can be done in a range. `only` are the kinds that are wanted, `can_open` if the client opens web pages."""
    found = []
    if _wanted(CodeActionKind.QuickFix.value, only):
        touched = [finding for finding in document.findings if _on_lines(document, finding, range_)]
        touched.sort(key=lambda finding: not _touches(document, finding, range_))
        for finding in touched:
            found += list(_for_finding(document, finding, make_edit, can_open=can_open))
        # Editors show them as they come: first what mends something beyond doubt.
        found.sort(key=lambda action: (action.command is not None, not action.is_preferred))
    if _wanted(FIX_ALL, only):
        found += list(_fix_all(document, make_edit))
    return found


def _wanted(kind: str, only: Sequence[str] | None) -> bool:
    return only is None or any(kind == want or kind.startswith(f"{want}.") or not want for want in only)


def _on_lines(document: Document, finding: Finding, range_: Range) -> bool:
    """Whether a finding is on one of the lines of a range."""
    places = document.span_range(finding.span)
    return places.start.line <= range_.end.line and range_.start.line <= places.end.line


def _touches(document: Document, finding: Finding, range_: Range) -> bool:
    """Whether a finding is in a range, or touches it."""
    places = document.span_range(finding.span)
    return places.start <= range_.end and range_.start <= places.end


def _for_finding(document: Document, finding: Finding, make_edit: MakeEdit, *, can_open: bool) -> Iterator[CodeAction]:
    diagnostics = [diagnostic(document, finding)]
    if finding.fix:
        yield CodeAction(
            title=f"{finding.fix.title} ({finding.code}{'' if finding.fix.safe else ', unsafe'})",
            kind=CodeActionKind.QuickFix,
            diagnostics=diagnostics,
            is_preferred=finding.fix.safe or None,
            edit=make_edit([document.text_edit(edit) for edit in finding.fix.edits]),
        )
    suppressed = _suppressed(document, finding)
    if suppressed is not None:
        yield CodeAction(
            title=f"Ignore {finding.code} {finding.name} here",
            kind=CodeActionKind.QuickFix,
            diagnostics=diagnostics,
            edit=make_edit(document.changes(suppressed)),
        )
    if can_open:
        title = f"Read about {finding.code} {finding.name}"
        yield CodeAction(
            title=title,
            kind=CodeActionKind.QuickFix,
            diagnostics=diagnostics,
            command=Command(title=title, command=OPEN_RULE, arguments=[finding.url]),
        )


def _suppressed(document: Document, finding: Finding) -> bytes | None:
    """The file with a comment that hides the finding; None if CRIU would read it otherwise then."""
    if document.embeds or finding.code.startswith("CRIU9"):
        return None
    place = finding.code, finding.span.line
    added = suppressions.add(
        document.data,
        document.check,
        document.settings.release,
        wanted=lambda other: (other.code, other.span.line) == place,
    )
    return added.data if added.suppressed else None


def _fix_all(document: Document, make_edit: MakeEdit) -> Iterator[CodeAction]:
    mended, _, made = fixes.fix(document.data, document.check)
    if made:
        yield CodeAction(
            title="Apply all safe fixes of criulint",
            kind=FIX_ALL,
            edit=make_edit(document.changes(mended)),
        )
