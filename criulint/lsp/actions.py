# SPDX-License-Identifier: MIT
"""Code actions: fix a finding, or all; ignore it here or in the file; read about its rule."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol.types import CodeAction, CodeActionKind, Command, Range, TextEdit, WorkspaceEdit

from criulint.linter import fixing
from criulint.lsp.diagnostics import diagnostic
from criulint.rules.families import FORMATTING
from criulint.rules.registry import RULE_INDEX, RULES
from criulint.source import Source
from criulint.suppressions.comments import SuppressionParser
from criulint.suppressions.editing import add_suppressions

if TYPE_CHECKING:
    from criulint.finding import Finding
    from criulint.lsp.document import Document

FIX_ALL = "source.fixAll.criulint"
OPEN_RULE = "criulint.openRule"
_FIX_ALL_TITLE = "criulint: Apply all safe fixes"
# Rules about layout: an editor's "auto fix" is about the mistake at the cursor.
_LAYOUT = frozenset(rule.code for rule in RULES if rule.family is FORMATTING)

# A longer list is of no use: the whole file was selected.
_MAX_FINDINGS = 50
# Slow edits are computed at once only for so many findings, and in a text of this length. Clients
# that resolve code actions get more: the edit is computed when the action is chosen.
_MAX_EDITS = 10
_MAX_EDITED_LENGTH = 100_000

#: Turns edits of the document into a change of the workspace.
MakeEdit = Callable[[list[TextEdit]], WorkspaceEdit]


class ActionSupport(NamedTuple):
    """What the client can do: open web pages, and ask for an action's edit when it is chosen."""

    opens_pages: bool = False
    resolves: bool = False


def actions(
    document: Document,
    lsp_range: Range,
    only: Sequence[str] | None,
    make_edit: MakeEdit,
    support: ActionSupport,
) -> list[CodeAction]:
    """Return the actions for a range, of the kinds in `only` (None: all).

    An action that is to be resolved has `data` for `resolve` instead of an edit.
    """
    found: list[CodeAction] = []
    if _is_wanted(CodeActionKind.QuickFix.value, only):
        found += _quick_fixes(document, lsp_range, make_edit, support)
    kind = _fix_all_kind(document, lsp_range, only)
    if kind:
        requested = only is not None and kind == FIX_ALL
        action = _fix_all(document, make_edit, support, kind, requested=requested)
        found += [action] if action else []
    return found


def _fix_all_kind(document: Document, lsp_range: Range, only: Sequence[str] | None) -> str | None:
    """Return the kind that the action for all fixes has here, None if it is not offered.

    It is a quick fix beside another one, because menus at the cursor may omit all of ``source``.
    """
    safe = sum(bool(finding.fix and finding.fix.safe) for finding in document.findings)
    is_beside = safe > 1 and any(finding.fix for finding in _findings_in(document, lsp_range))
    if is_beside and _is_wanted(CodeActionKind.QuickFix.value, only):
        return CodeActionKind.QuickFix.value
    return FIX_ALL if safe and _is_wanted(FIX_ALL, only) else None


def resolve(
    document: Document, action: CodeAction, data: dict[str, object], make_edit: MakeEdit
) -> CodeAction:
    """Return an action of `actions` with its edit. Raise LookupError, with the reason, if none."""
    if "code" not in data:
        edits = _apply_fixes(document)
    else:
        place = (data["code"], data["line"])
        here = [
            finding for finding in document.findings if (finding.code, finding.span.line) == place
        ]
        for_file = bool(data.get("file"))
        edits = _suppress(document, here[0], for_file=for_file) if here else []
    if not edits:
        raise LookupError("nothing can be changed here without changing what CRIU reads")
    action.edit = make_edit(edits)
    return action


def _is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    return only is None or any(
        kind == want or kind.startswith(f"{want}.") or not want for want in only
    )


def _quick_fixes(
    document: Document, lsp_range: Range, make_edit: MakeEdit, support: ActionSupport
) -> list[CodeAction]:
    findings = _findings_in(document, lsp_range)
    found = [_fix(document, finding, make_edit) for finding in findings if finding.fix]
    to_ignore = _first_by(findings, lambda finding: (finding.code, finding.span.line))
    for finding in to_ignore if support.resolves else to_ignore[:_MAX_EDITS]:
        action = _ignore(document, finding, make_edit, support, for_file=False)
        found += [action] if action else []
    by_code = _first_by(findings, lambda finding: finding.code)
    for finding in by_code if support.resolves else by_code[:_MAX_EDITS]:
        action = _ignore(document, finding, make_edit, support, for_file=True)
        found += [action] if action else []
    if support.opens_pages:
        found += [_open_page(document, finding) for finding in by_code]
    # Editors keep the order: safe fixes come first, pages last.
    found.sort(key=lambda action: (action.command is not None, not action.is_preferred))
    return found


def _findings_in(document: Document, lsp_range: Range) -> list[Finding]:
    """Return the findings on the lines of a range; those that touch the range come first."""
    first, last = document.lines_of(lsp_range)
    on_lines = [
        finding
        for finding in document.findings
        if finding.span.line <= last and first <= finding.span.end_line
    ]

    def is_apart(finding: Finding) -> bool:
        places = document.span_range(finding.span)
        return not (places.start <= lsp_range.end and lsp_range.start <= places.end)

    return sorted(on_lines[:_MAX_FINDINGS], key=is_apart)


def _first_by(findings: Iterable[Finding], key: Callable[[Finding], Hashable]) -> list[Finding]:
    """Return the first finding of each key."""
    known: dict[Hashable, Finding] = {}
    for finding in findings:
        known.setdefault(key(finding), finding)
    return list(known.values())


def _fix(document: Document, finding: Finding, make_edit: MakeEdit) -> CodeAction:
    assert finding.fix
    unsafe = "" if finding.fix.safe else ", unsafe"
    return CodeAction(
        title=f"criulint: {finding.fix.title} ({finding.code}{unsafe})",
        kind=CodeActionKind.QuickFix,
        diagnostics=[diagnostic(document, finding)],
        is_preferred=(finding.fix.safe and finding.code not in _LAYOUT) or None,
        edit=make_edit([document.text_edit(edit) for edit in finding.fix.edits]),
    )


def _ignore(
    document: Document,
    finding: Finding,
    make_edit: MakeEdit,
    support: ActionSupport,
    *,
    for_file: bool,
) -> CodeAction | None:
    """Return the action that suppresses a finding, or all of its rule in the file.

    None if that cannot be done.
    """
    if finding.code in RULE_INDEX.about_suppressions or _editable_part(document, finding) is None:
        return None
    where = "in the whole file" if for_file else "here"
    action = CodeAction(
        title=f"criulint: Ignore {finding.code} {finding.name} {where}",
        kind=CodeActionKind.QuickFix,
        diagnostics=[diagnostic(document, finding)],
    )
    if support.resolves:
        action.data = {"code": finding.code, "line": finding.span.line, "file": for_file}
        return action
    is_small = len(document.text) <= _MAX_EDITED_LENGTH
    edits = _suppress(document, finding, for_file=for_file) if is_small else []
    action.edit = make_edit(edits)
    return action if edits else None


def _editable_part(document: Document, finding: Finding) -> Document | None:
    """Return the CRIU file with a finding, None if no lines can be written into it."""
    part = document.part(document.span_range(finding.span).start)
    return part if part and part.editable else None


def _suppress(document: Document, finding: Finding, *, for_file: bool) -> list[TextEdit]:
    """Return edits that add a suppression, for the line or `for_file`.

    There are none if CRIU would read the file differently then.
    """
    part = _editable_part(document, finding)
    if part is None:
        return []
    line, _ = part.line_of(part.offset(document.span_range(finding.span).start))
    added = add_suppressions(
        part.data,
        lambda data: part.check(Source(data, part.path)).findings,
        SuppressionParser(part.settings.release, RULE_INDEX),
        wanted=lambda other: other.code == finding.code and (for_file or other.span.line == line),
        for_file=for_file,
    )
    return part.changes(added.data) if added.suppressed else []


def _open_page(document: Document, finding: Finding) -> CodeAction:
    title = f"criulint: Read about {finding.code} {finding.name}"
    return CodeAction(
        title=title,
        kind=CodeActionKind.QuickFix,
        diagnostics=[diagnostic(document, finding)],
        command=Command(title=title, command=OPEN_RULE, arguments=[finding.url]),
    )


def _fix_all(
    document: Document, make_edit: MakeEdit, support: ActionSupport, kind: str, *, requested: bool
) -> CodeAction | None:
    """Return the action that applies all safe fixes; `requested`: asked for by its kind."""
    action = CodeAction(title=_FIX_ALL_TITLE, kind=kind)
    if support.resolves and not requested:
        action.data = {}
        return action
    is_small = len(document.text) <= _MAX_EDITED_LENGTH
    edits = _apply_fixes(document) if requested or is_small else []
    action.edit = make_edit(edits)
    return action if edits else None


def _apply_fixes(document: Document) -> list[TextEdit]:
    fixed = fixing.fix(document.source, document.check)
    return document.changes(fixed.source.data)
