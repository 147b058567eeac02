# SPDX-License-Identifier: MIT
"""Findings for people: on one line each, or with the line of the file; and a run's summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Finding, Fix, Severity
from criulint.named_tuple import NamedTuple
from criulint.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.report import Report

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "34"}
# Code points of a long line that are shown before and after a finding.
_CONTEXT = 60


class Style:
    """How text is painted: in colours, or not."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def paint(self, text: str, code: str) -> str:
        """Return `text` in the colour of an ANSI code."""
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and text else text


PLAIN = Style(False)


def render_full(report: Report, *, colour: bool) -> str:
    """Return each finding with its line, and an empty line after it."""
    style = Style(colour)
    return "".join(f"{full(finding, style)}\n\n" for finding in report.findings)


def render_concise(report: Report, *, colour: bool) -> str:
    """Return a line for each finding."""
    style = Style(colour)
    return "".join(f"{concise(finding, style)}\n" for finding in report.findings)


def concise(finding: Finding, style: Style = PLAIN) -> str:
    """Return ``path:line:column: severity: CODE name: message``: one line, whatever is in it."""
    places = _render_control_pictures(finding.origin_note + finding.related_note)
    return _headline(finding, style, finding.full_message + places)


def _headline(finding: Finding, style: Style, message: str) -> str:
    path = _render_control_pictures(finding.path or "-")
    place = style.paint(f"{path}:{finding.span.line}:{finding.span.column}", "1")
    severity = style.paint(str(finding.severity), _COLOURS[finding.severity] + ";1")
    return f"{place}: {severity}: {finding.code} {finding.name}: {message}"


def full(finding: Finding, style: Style) -> str:
    """Return a finding with its line of the file, carets under its columns, and its help."""
    return "\n".join(_full(finding, style))


def _full(finding: Finding, style: Style) -> Iterator[str]:
    yield _headline(finding, style, finding.message)
    number = str(finding.span.line)
    gutter = " " * len(number)
    if finding.line_text or not finding.origin:
        yield from _excerpt(finding, style)
    note = f" {gutter} {style.paint('=', '34')}"
    if finding.help:
        yield f"{note} help: {finding.help}"
    origin = str(finding.origin) if finding.origin else ""
    if origin:
        yield f"{note} from: {_render_control_pictures(origin)}"
    for place in finding.related:
        label = "from" if place.origin else "see"
        yield f"{note} {label}: {_render_control_pictures(str(place))}"
    if finding.fix:
        option = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
        yield f"{note} fix: {finding.fix.title} ({option})"
        yield from _diff(finding, finding.fix, style)


def _excerpt(finding: Finding, style: Style) -> Iterator[str]:
    """Return the line of the file, with carets under the finding."""
    number = str(finding.span.line)
    gutter = " " * len(number)
    bar = style.paint("|", "34")
    line, span = finding.line_text, finding.span
    before, marked, after = _cut(line, span.column - 1, span.end_column - 1)
    carets = style.paint("^" * max(_width(marked), 1), _COLOURS[finding.severity] + ";1")
    yield f" {gutter} {bar}"
    yield f" {style.paint(number, '34')} {bar} {before}{marked}{after}".rstrip()
    yield f" {gutter} {bar} {' ' * _width(before)}{carets}"


def _diff(finding: Finding, fix: Fix, style: Style) -> Iterator[str]:
    """Yield the line before a fix, and what stands in its place; nothing if others change, too."""
    line, number = finding.line_text, finding.span.line
    edit = fix.edits[0]
    span = edit.span
    removes_line = span == (number, 1, number + 1, 1)
    if len(fix.edits) > 1 or not (removes_line or span.line == span.end_line == number):
        return
    first, last = span.column - 1, len(line) if removes_line else span.end_column - 1
    yield style.paint(f" {number} - {''.join(_cut(line, first, last))}".rstrip(), "31")
    added = [] if removes_line else (line[:first] + edit.text + line[last:]).split("\n")
    if added == [""]:
        return
    for text in added:
        end = first + len(edit.text)
        shown = _cut(text, first, end) if len(added) == 1 else _cut(text, 0, 0)
        yield style.paint(f" {number} + {''.join(shown)}".rstrip(), "32")


def _cut(line: str, first: int, last: int) -> tuple[str, str, str]:
    """Return what to show of a line before two of its 0-based columns, between them, and after."""
    begin = max(first - _CONTEXT, 0)
    end = min(max(last, first + 1), first + _CONTEXT)
    lead = "..." if begin else ""
    tail = "..." if end + _CONTEXT < len(line) else ""
    before, marked, after = line[begin:first], line[first:end], line[end : end + _CONTEXT]
    return (
        lead + _render_control_pictures(before),
        _render_control_pictures(marked),
        _render_control_pictures(after) + tail,
    )


def _render_control_pictures(text: str) -> str:
    """Return text that is safe on a terminal, with one character for each.

    Control characters become their pictures, and what is not printable U+FFFD. Where columns do not
    matter, `criulint.text.escape` says more.
    """
    if text.isprintable():
        return text
    return "".join(map(_control_picture, text))


def _control_picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return character if character.isprintable() else "\ufffd"


def _width(text: str) -> int:
    """Return the columns that printable text takes on a terminal.

    The library wcwidth knows more, such as sequences of emoji. Carets under a line of a CRIU file
    are not worth a dependency.
    """
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    bases = [character for character in text if not combining(character)]
    return len(bases) + sum(east_asian_width(character) in "WF" for character in bases)


class Summary(NamedTuple):
    """A line about a whole run over `files` files, for CRIU `release`.

    `everything`: whether all rules were run. `hidden` counts the findings that were suppressed, or
    in the baseline. `empty` counts the files among `files` that could embed CRIU's, and do not.
    """

    findings: Sequence[Finding]
    files: int
    release: str
    everything: bool
    hidden: int = 0
    empty: int = 0

    def __str__(self) -> str:
        read = self.files - self.empty
        if not read and self.empty:
            pronoun = "it" if self.empty == 1 else "them"
            return f"{plural(self.empty, 'file')} checked: no CRIU configuration found in {pronoun}"
        line = f"{plural(read, 'file')} checked{self._result(read)}"
        if not self.empty:
            return line
        return f"{line}; no CRIU configuration in {plural(self.empty, 'other file')}"

    def _result(self, read: int) -> str:
        if self.findings:
            return f" for CRIU {self.release}: {self._counts()}"
        if self.hidden:
            return f" for CRIU {self.release}: nothing new, {self.hidden} hidden"
        if not self.everything:
            return f" for CRIU {self.release}: no findings by the selected rules"
        return f": CRIU {self.release} reads {'it' if read == 1 else 'them'} as written"

    def _counts(self) -> str:
        counts = []
        for severity in sorted(Severity, reverse=True):
            count = sum(finding.severity is severity for finding in self.findings)
            if count:
                plural_noun = "info" if severity is Severity.INFO else ""
                counts.append(plural(count, str(severity), plural_noun))
        if self.hidden:
            counts.append(f"{self.hidden} hidden")
        safe = sum(finding.fix is not None and finding.fix.safe for finding in self.findings)
        fixable = f"; {safe} fixable with --fix" if safe else ""
        return ", ".join(counts) + fixable
