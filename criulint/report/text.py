# SPDX-License-Identifier: MIT
"""Findings for people: on one line each, or with the line of the file; and a run's summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Finding, Fix, Severity
from criulint.named_tuple import NamedTuple
from criulint.report.terminal import PLAIN, Style, count_columns, render_control_pictures
from criulint.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.report import Report

# Bold, and readable on dark and on light: plain blue is not.
_COLOURS = {Severity.ERROR: "31;1", Severity.WARNING: "33;1", Severity.INFO: "36;1"}
_GUTTER, _REMOVED, _ADDED, _BOLD = "36", "31", "32", "1"
# Columns of a long line that are shown before and after a finding where lines may be long.
_CONTEXT = 60


def render_full(report: Report, *, style: Style) -> str:
    """Return each finding with its line, and an empty line after it."""
    return "".join(f"{full(finding, style)}\n\n" for finding in report.findings)


def render_concise(report: Report, *, style: Style) -> str:
    """Return a line for each finding."""
    return "".join(f"{concise(finding, style)}\n" for finding in report.findings)


def concise(finding: Finding, style: Style = PLAIN) -> str:
    """Return ``path:line:column: severity: CODE name: message``: one line, whatever is in it."""
    places = render_control_pictures(finding.origin_note + finding.related_note)
    place = style.paint(_place(finding), _BOLD)
    severity = style.paint(str(finding.severity), _COLOURS[finding.severity])
    code = style.link(finding.code, finding.url)
    return f"{place}: {severity}: {code} {finding.name}: {finding.full_message}{places}"


def _place(finding: Finding) -> str:
    path = render_control_pictures(finding.path or "-")
    return f"{path}:{finding.span.line}:{finding.span.column}"


def full(finding: Finding, style: Style) -> str:
    """Return a finding with its line of the file, carets under its columns, and its help."""
    return "\n".join(_full(finding, style))


def _full(finding: Finding, style: Style) -> Iterator[str]:
    gutter = " " * (len(str(finding.span.line)) + 1)
    yield from _head(finding, style)
    yield f"{gutter}{style.paint('-->', _GUTTER)} {_place(finding)}"
    if finding.line_text or not finding.origin:
        yield from _excerpt(finding, style)
    for label, text in _notes(finding):
        lead = f"{gutter} = {label}: "
        first, *others = style.wrap(text, len(lead), len(lead))
        yield f"{gutter} {style.paint('=', _GUTTER)} {style.paint(f'{label}:', _BOLD)} {first}"
        yield from (" " * len(lead) + line for line in others)
    if finding.fix:
        yield from _diff(finding, finding.fix, style)


def _head(finding: Finding, style: Style) -> Iterator[str]:
    """Yield ``severity[CODE name]: message``, in as many lines as it takes."""
    severity, rule = str(finding.severity), f"{finding.code} {finding.name}"
    label = style.paint(f"{severity}[{style.link(rule, finding.url)}]", _COLOURS[finding.severity])
    first, *others = style.wrap(finding.message, len(f"{severity}[{rule}]: "), len(severity) + 2)
    yield f"{label}{style.paint(':', _BOLD)} {style.paint(first, _BOLD)}"
    yield from (" " * (len(severity) + 2) + style.paint(line, _BOLD) for line in others)


def _notes(finding: Finding) -> Iterator[tuple[str, str]]:
    """Yield what stands below the line, each with its label."""
    if finding.help:
        yield "help", finding.help
    origin = str(finding.origin) if finding.origin else ""
    if origin:
        yield "from", render_control_pictures(origin)
    for place in finding.related:
        yield "from" if place.origin else "see", render_control_pictures(str(place))
    if finding.fix:
        option = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
        yield "fix", f"{finding.fix.title} ({option})"


def _excerpt(finding: Finding, style: Style) -> Iterator[str]:
    """Yield the line of the file, with carets under the finding."""
    number = str(finding.span.line)
    gutter = " " * len(number)
    bar = style.paint("|", _GUTTER)
    line, span = finding.line_text, finding.span
    room = _room(style, len(number))
    before, marked, after = _cut(line, span.column - 1, span.end_column - 1, room)
    carets = style.paint("^" * max(count_columns(marked), 1), _COLOURS[finding.severity])
    yield f" {gutter} {bar}"
    yield f" {style.paint(number, _GUTTER)} {bar} {before}{marked}{after}".rstrip()
    yield f" {gutter} {bar} {' ' * count_columns(before)}{carets}"


def _diff(finding: Finding, fix: Fix, style: Style) -> Iterator[str]:
    """Yield the line before a fix, and what stands in its place; nothing if others change, too."""
    line, number = finding.line_text, finding.span.line
    edit = fix.edits[0]
    span = edit.span
    removes_line = span == (number, 1, number + 1, 1)
    if len(fix.edits) > 1 or not (removes_line or span.line == span.end_line == number):
        return
    room = _room(style, len(str(number)))
    first, last = span.column - 1, len(line) if removes_line else span.end_column - 1
    removed = "".join(_cut(line, first, last, room))
    yield style.paint(f" {number} - {removed}".rstrip(), _REMOVED)
    added = [] if removes_line else (line[:first] + edit.text + line[last:]).split("\n")
    if added == [""]:
        return
    for text in added:
        end = first + len(edit.text)
        shown = _cut(text, first, end, room) if len(added) == 1 else _cut(text, 0, 0, room)
        yield style.paint(f" {number} + {''.join(shown)}".rstrip(), _ADDED)


def _room(style: Style, digits: int) -> int:
    """Return how many characters to show on each side of a place in a line."""
    if style.width is None:
        return _CONTEXT
    return max((style.width - digits - 4) // 2 - len("..."), 10)


def _cut(line: str, first: int, last: int, room: int) -> tuple[str, str, str]:
    """Return what to show of a line before two of its 0-based columns, between them, and after.

    It is all of a line that fits, else `room` characters on each side of `first`.
    """
    if len(line) <= 2 * room and count_columns(line) <= 2 * room:
        begin, end, stop = 0, max(last, first + 1), len(line)
    else:
        begin = max(first - room, 0)
        end = min(max(last, first + 1), first + room)
        # What a finding at the beginning leaves of the room is for what follows it.
        stop = min(len(line), max(end, begin + 2 * room))
    lead = "..." if begin else ""
    tail = "..." if stop < len(line) else ""
    before, marked, after = line[begin:first], line[first:end], line[end:stop]
    return (
        lead + render_control_pictures(before),
        render_control_pictures(marked),
        render_control_pictures(after) + tail,
    )


class Summary(NamedTuple):
    """A line about a whole run over `files` files, for CRIU `release`.

    `everything`: whether all rules were run. `hidden` counts the findings that were suppressed, or
    in the baseline. `empty` counts further files, which could embed CRIU's and do not. `embedded`:
    whether the files all embed CRIU's. `lowest` is the severity below which nothing is reported.
    """

    findings: Sequence[Finding]
    files: int
    release: str
    everything: bool
    hidden: int = 0
    empty: int = 0
    embedded: bool = False
    lowest: Severity = Severity.INFO

    def __str__(self) -> str:
        line = f"{plural(self.files, 'file')} checked{self._result()}"
        if not self.empty:
            return line
        return f"{line}; no CRIU configuration in {plural(self.empty, 'other file')}"

    def _result(self) -> str:
        if self.findings:
            return f" for CRIU {self.release}: {self._counts()}"
        if self.hidden:
            return f" for CRIU {self.release}: nothing new, {self.hidden} hidden"
        if not self.everything:
            return f" for CRIU {self.release}: no findings by the selected rules"
        if self.lowest > Severity.INFO:
            warnings = "" if self.lowest is Severity.ERROR else " and no warnings"
            return f" for CRIU {self.release}: no errors{warnings}"
        pronoun = "it" if self.files == 1 else "them"
        what = f"the configuration in {pronoun}" if self.embedded else pronoun
        return f": CRIU {self.release} reads {what} as written"

    def _counts(self) -> str:
        counts = []
        for severity in sorted(Severity, reverse=True):
            count = sum(finding.severity is severity for finding in self.findings)
            if count:
                plural_noun = "info" if severity is Severity.INFO else ""
                counts.append(plural(count, str(severity), plural_noun))
        if self.hidden:
            counts.append(f"{self.hidden} hidden")
        return ", ".join(counts) + self._fixable()

    def _fixable(self) -> str:
        """Return how many findings each option would fix."""
        fixes = [finding.fix for finding in self.findings if finding.fix]
        safe = sum(fix.safe for fix in fixes)
        unsafe = len(fixes) - safe
        if not unsafe:
            return f"; {safe} fixable with --fix" if safe else ""
        more = f", {unsafe} more" if safe else f"{unsafe} fixable"
        first = f"{safe} fixable with --fix" if safe else ""
        return f"; {first}{more} with --unsafe-fixes"
