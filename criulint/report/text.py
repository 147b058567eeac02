# SPDX-License-Identifier: MIT
"""Findings for people: on one line each, or with the line of the file; and a run's summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from criulint.finding import Finding, Fix, Severity
from criulint.named_tuple import NamedTuple
from criulint.report.terminal import (
    BOLD,
    CYAN,
    GREEN,
    PLAIN,
    RED,
    YELLOW,
    Style,
    count_columns,
    render_control_pictures,
)
from criulint.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from criulint.report import Report

#: The ANSI code of each severity.
SEVERITY_COLOURS = {
    Severity.ERROR: f"{RED};{BOLD}",
    Severity.WARNING: f"{YELLOW};{BOLD}",
    Severity.INFO: f"{CYAN};{BOLD}",
}
# Columns of a long line that are shown before and after a finding where lines may be long.
_CONTEXT = 60


def render_full(report: Report, *, style: Style) -> str:
    """Return each finding with its line, and an empty line after it."""
    return "".join(f"{full(finding, style)}\n\n" for finding in report.findings)


def render_concise(report: Report, *, style: Style) -> str:
    """Return a line for each finding."""
    return "".join(f"{concise(finding, style)}\n" for finding in report.findings)


def concise(finding: Finding, style: Style = PLAIN) -> str:
    """Return ``path:line:column: severity: CODE name: message``, always on one line."""
    places = render_control_pictures(finding.origin_note + finding.related_note)
    place = style.paint(_place(finding, style), BOLD)
    severity = style.paint(str(finding.severity), SEVERITY_COLOURS[finding.severity])
    code = style.link(finding.code, finding.url)
    return f"{place}: {severity}: {code} {finding.name}: {finding.full_message}{places}"


def _place(finding: Finding, style: Style) -> str:
    path = render_control_pictures(finding.path or "-")
    if finding.path and not finding.origin:
        path = style.link_path(path, finding.path)
    return f"{path}:{finding.span.line}:{finding.span.column}"


def full(finding: Finding, style: Style) -> str:
    """Return a finding with its line of the file, carets under its columns, and its help."""
    return "\n".join(_full(finding, style))


def _full(finding: Finding, style: Style) -> Iterator[str]:
    gutter = " " * (len(str(finding.span.line)) + 1)
    yield from _head(finding, style)
    yield f"{gutter}{style.paint('-->', CYAN)} {_place(finding, style)}"
    if finding.line_text or not finding.origin:
        yield from _excerpt(finding, style)
    for label, text in _notes(finding):
        lead = f"{gutter} = {label}: "
        first, *others = style.wrap(text, len(lead), len(lead))
        yield f"{gutter} {style.paint('=', CYAN)} {style.paint(f'{label}:', BOLD)} {first}"
        yield from (" " * len(lead) + line for line in others)
    if finding.fix:
        yield from _diff(finding, finding.fix, style)


def _head(finding: Finding, style: Style) -> Iterator[str]:
    """Yield ``severity[CODE name]: message``, in as many lines as it takes."""
    severity, rule = str(finding.severity), f"{finding.code} {finding.name}"
    label = style.paint(
        f"{severity}[{style.link(rule, finding.url)}]", SEVERITY_COLOURS[finding.severity]
    )
    first, *others = style.wrap(finding.message, len(f"{severity}[{rule}]: "), len(severity) + 2)
    yield f"{label}{style.paint(':', BOLD)} {style.paint(first, BOLD)}"
    yield from (" " * (len(severity) + 2) + style.paint(line, BOLD) for line in others)


def _notes(finding: Finding) -> Iterator[tuple[str, str]]:
    """Yield the notes below the line, each with its label."""
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
    bar = style.paint("|", CYAN)
    line, span = finding.line_text, finding.span
    room = _room(style, len(number))
    before, marked, after = _cut(line, span.column - 1, span.end_column - 1, room)
    carets = style.paint("^" * max(count_columns(marked), 1), SEVERITY_COLOURS[finding.severity])
    yield f" {gutter} {bar}"
    yield f" {style.paint(number, CYAN)} {bar} {before}{marked}{after}".rstrip()
    yield f" {gutter} {bar} {' ' * count_columns(before)}{carets}"


def _diff(finding: Finding, fix: Fix, style: Style) -> Iterator[str]:
    """Yield the line before a fix and its replacement; nothing if other lines change, too."""
    line, number = finding.line_text, finding.span.line
    edit = fix.edits[0]
    span = edit.span
    removes_line = span == (number, 1, number + 1, 1)
    if len(fix.edits) > 1 or not (removes_line or span.line == span.end_line == number):
        return
    room = _room(style, len(str(number)))
    first, last = span.column - 1, len(line) if removes_line else span.end_column - 1
    removed = "".join(_cut(line, first, last, room))
    yield style.paint(f" {number} - {removed}".rstrip(), RED)
    added = [] if removes_line else (line[:first] + edit.text + line[last:]).split("\n")
    if added == [""]:
        return
    for text in added:
        end = first + len(edit.text)
        shown = _cut(text, first, end, room) if len(added) == 1 else _cut(text, 0, 0, room)
        yield style.paint(f" {number} + {''.join(shown)}".rstrip(), GREEN)


def _room(style: Style, digits: int) -> int:
    """Return how many characters to show on each side of a place in a line."""
    if style.width is None:
        return _CONTEXT
    return max((style.width - digits - 4) // 2 - len("..."), 10)


def _cut(line: str, first: int, last: int, room: int) -> tuple[str, str, str]:
    """Return what to show of a line: before two of its 0-based columns, between them, and after.

    It is all of a line that fits, else `room` characters on each side of `first`.
    """
    if len(line) <= 2 * room and count_columns(line) <= 2 * room:
        begin, end, stop = 0, max(last, first + 1), len(line)
    else:
        begin = max(first - room, 0)
        stop = min(len(line), begin + 2 * room)
        end = min(max(last, first + 1), max(stop, first + 1))
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

    `everything`: whether all rules ran. `hidden` counts the findings that were suppressed, or in
    the baseline. `empty` counts further files, which could embed CRIU's files and do not.
    `embedded`: whether all files embed CRIU's. `lowest` is the severity below which nothing is
    reported.
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
            return f" for CRIU {self.release}: no findings from the selected rules"
        if self.lowest > Severity.INFO:
            warnings = "" if self.lowest is Severity.ERROR else " and no warnings"
            return f" for CRIU {self.release}: no errors{warnings}"
        pronoun = "it" if self.files == 1 else "them"
        what = f"the configuration in {pronoun}" if self.embedded else pronoun
        return f": CRIU {self.release} reads {what} as written"

    def _counts(self) -> str:
        counts = count_severities(self.findings)
        if self.hidden:
            counts.append(f"{self.hidden} hidden")
        fixable = describe_fixes(self.findings)
        return ", ".join(counts) + (f"; {fixable}" if fixable else "")


def count_severities(findings: Iterable[Finding]) -> list[str]:
    """Return how many findings there are of each severity, the worst first: ``1 error``."""
    counts = Counter(finding.severity for finding in findings)
    return [
        plural(counts[severity], str(severity), "info" if severity is Severity.INFO else "")
        for severity in sorted(counts, reverse=True)
    ]


def describe_fixes(findings: Iterable[Finding]) -> str:
    """Return how many findings each option would fix; empty if none would."""
    fixes = [finding.fix for finding in findings if finding.fix]
    safe = sum(fix.safe for fix in fixes)
    unsafe = len(fixes) - safe
    if not unsafe:
        return f"{safe} fixable with --fix" if safe else ""
    more = f", {unsafe} more" if safe else f"{unsafe} fixable"
    first = f"{safe} fixable with --fix" if safe else ""
    return f"{first}{more} with --unsafe-fixes"
