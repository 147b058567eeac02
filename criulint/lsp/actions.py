# SPDX-License-Identifier: GPL-2.0-only
"""Code actions: mend a finding, or all; hide it; read about it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from lsprotocol.types import CodeAction, CodeActionKind, Command, Range, TextEdit, WorkspaceEdit

from criulint.finding import Finding
from criulint.linter import fixing
from criulint.lsp.diagnostics import diagnostic
from criulint.lsp.document import Document
from criulint.rules.registry import RULE_INDEX
from criulint.source import Source
from criulint.suppressions.comments import SuppressionParser
from criulint.suppressions.editing import add_suppressions

FIX_ALL = "source.fixAll.criulint"
OPEN_RULE = "criulint.openRule"

# Nobody reads a longer list; it is the whole file that is selected then.
_MOST_FINDINGS = 50
# How many edits that take long are made, and in how long a text, unless they can wait until they are chosen.
_MOST_EDITS = 10
_LARGE = 100_000

#: Makes a change of the whole workspace of the edits of this document.
MakeEdit = Callable[[list[TextEdit]], WorkspaceEdit]


class Client(NamedTuple):
    """Whether the client opens web pages, and whether it asks for an edit when that is needed."""

    opens: bool = False
    resolves: bool = False


def actions(
    document: Document,
    range_: Range,
    only: Sequence[str] | None,
    make_edit: MakeEdit,
    client: Client,
) -> list[CodeAction]:
    """What can be done in a range. `only` are the kinds that are wanted.

    Where an edit takes long and the client resolves actions, `data` says instead what `resolved` makes one of.
    """
    found: list[CodeAction] = []
    if _wanted(CodeActionKind.QuickFix.value, only):
        touched = _touched(document, range_)
        found += [_mend(document, finding, make_edit) for finding in touched if finding.fix]
        hidden = _first(touched, lambda finding: (finding.code, finding.span.line))
        for finding in hidden if client.resolves else hidden[:_MOST_EDITS]:
            found += _hide(document, finding, make_edit, client)
        if client.opens:
            found += [
                _read(document, finding)
                for finding in _first(touched, lambda finding: finding.code)
            ]
        # Editors show them as they come: first what mends something beyond doubt.
        found.sort(key=lambda action: (action.command is not None, not action.is_preferred))
    if _wanted(FIX_ALL, only):
        found += _fix_all(document, make_edit, client, asked=only is not None)
    return found


def resolved(
    document: Document, action: CodeAction, data: dict[str, object], make_edit: MakeEdit
) -> CodeAction:
    """An action of `actions` with its edit. LookupError, which says why, if there is none."""
    if action.kind == FIX_ALL:
        changes = _mended(document)
    else:
        here = [
            finding
            for finding in document.findings
            if (finding.code, finding.span.line) == (data["code"], data["line"])
        ]
        changes = _suppressed(document, here[0]) if here else []
    if not changes:
        raise LookupError("nothing can be changed here without CRIU reading the file otherwise")
    action.edit = make_edit(changes)
    return action


def _wanted(kind: str, only: Sequence[str] | None) -> bool:
    return only is None or any(
        kind == want or kind.startswith(f"{want}.") or not want for want in only
    )


def _touched(document: Document, range_: Range) -> list[Finding]:
    """The findings on the lines of a range, first those that the range is in, or touches."""
    first, last = (
        document.line_of(document.offset(place))[0] for place in (range_.start, range_.end)
    )
    on_lines = [
        finding
        for finding in document.findings
        if finding.span.line <= last and first <= finding.span.end_line
    ]

    def is_apart(finding: Finding) -> bool:
        places = document.span_range(finding.span)
        return not (places.start <= range_.end and range_.start <= places.end)

    return sorted(on_lines[:_MOST_FINDINGS], key=is_apart)


def _first(findings: Iterable[Finding], key: Callable[[Finding], Hashable]) -> list[Finding]:
    """The first finding of each key."""
    known: dict[Hashable, Finding] = {}
    for finding in findings:
        known.setdefault(key(finding), finding)
    return list(known.values())


def _mend(document: Document, finding: Finding, make_edit: MakeEdit) -> CodeAction:
    assert finding.fix
    return CodeAction(
        title=f"{finding.fix.title} ({finding.code}{'' if finding.fix.safe else ', unsafe'})",
        kind=CodeActionKind.QuickFix,
        diagnostics=[diagnostic(document, finding)],
        is_preferred=finding.fix.safe or None,
        edit=make_edit([document.text_edit(edit) for edit in finding.fix.edits]),
    )


def _hide(
    document: Document, finding: Finding, make_edit: MakeEdit, client: Client
) -> Iterator[CodeAction]:
    if finding.code.startswith("CRIU9") or _editable_part(document, finding) is None:
        return
    action = CodeAction(
        title=f"Ignore {finding.code} {finding.name} here",
        kind=CodeActionKind.QuickFix,
        diagnostics=[diagnostic(document, finding)],
    )
    if client.resolves:
        action.data = {"code": finding.code, "line": finding.span.line}
        yield action
    elif len(document.text) <= _LARGE and (changes := _suppressed(document, finding)):
        action.edit = make_edit(changes)
        yield action


def _editable_part(document: Document, finding: Finding) -> Document | None:
    """The file that a finding is in, if lines can be written into it."""
    part = document.part(document.span_range(finding.span).start)
    return part if part and part.editable else None


def _suppressed(document: Document, finding: Finding) -> list[TextEdit]:
    """A comment that hides the finding; nothing if CRIU would read the file otherwise then."""
    part = _editable_part(document, finding)
    if part is None:
        return []
    line, _ = part.line_of(part.offset(document.span_range(finding.span).start))
    added = add_suppressions(
        part.data,
        lambda data: part.check(Source(data, part.path)).findings,
        SuppressionParser(part.settings.release, RULE_INDEX),
        wanted=lambda other: (other.code, other.span.line) == (finding.code, line),
    )
    return part.changes(added.data) if added.suppressed else []


def _read(document: Document, finding: Finding) -> CodeAction:
    title = f"Read about {finding.code} {finding.name}"
    return CodeAction(
        title=title,
        kind=CodeActionKind.QuickFix,
        diagnostics=[diagnostic(document, finding)],
        command=Command(title=title, command=OPEN_RULE, arguments=[finding.url]),
    )


def _fix_all(
    document: Document, make_edit: MakeEdit, client: Client, *, asked: bool
) -> Iterator[CodeAction]:
    if not any(finding.fix and finding.fix.safe for finding in document.findings):
        return
    action = CodeAction(title="Apply all safe fixes of criulint", kind=FIX_ALL)
    if client.resolves and not asked:
        action.data = {}
        yield action
    elif (asked or len(document.text) <= _LARGE) and (changes := _mended(document)):
        action.edit = make_edit(changes)
        yield action


def _mended(document: Document) -> list[TextEdit]:
    fixed = fixing.fix(document.source, document.check)
    return document.changes(fixed.source.data)
