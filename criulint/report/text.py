# SPDX-License-Identifier: GPL-2.0-only
"""Findings for people: one line each, or with the line of the file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from criulint.finding import Finding, Severity
from criulint.report import Report
from criulint.text import plural

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "34"}
# Code points of a long line that are shown before and after a finding.
_CONTEXT = 60


class Style:
    """Paints text in colours, or not."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def paint(self, text: str, code: str) -> str:
        """Return `text` in the colour of an ANSI code."""
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and text else text


def render_full(report: Report, style: Style) -> str:
    """Return each finding with its line, and an empty line after it."""
    return "".join(f"{full(finding, style)}\n\n" for finding in report.findings)


def render_concise(report: Report, style: Style) -> str:
    """Return a line for each finding."""
    return "".join(f"{concise(finding, style)}\n" for finding in report.findings)


def concise(finding: Finding, style: Style) -> str:
    """Return ``path:line:column: severity: CODE name: message`` on one line."""
    origin = f" [{_visible(str(finding.origin))}]" if finding.origin else ""
    return _headline(finding, style, finding.full_message + origin)


def _headline(finding: Finding, style: Style, message: str) -> str:
    severity = style.paint(str(finding.severity), _COLOURS[finding.severity] + ";1")
    place = f"{_visible(finding.path or '-')}:{finding.span.line}:{finding.span.column}"
    return f"{style.paint(place, '1')}: {severity}: {finding.code} {finding.name}: {message}"


def full(finding: Finding, style: Style) -> str:
    """Return a finding with its line, carets under its columns, and what to write instead."""
    return "\n".join(_full(finding, style))


def _full(finding: Finding, style: Style) -> Iterator[str]:
    line = finding.line_text
    yield _headline(finding, style, finding.message)
    first, last = finding.span.column - 1, finding.span.end_column - 1
    begin = max(first - _CONTEXT, 0)
    end = min(max(last, first + 1), first + _CONTEXT)
    before, marked, after = (
        _visible(text) for text in (line[begin:first], line[first:end], line[end : end + _CONTEXT])
    )
    number = str(finding.span.line)
    gutter = " " * len(number)
    bar = style.paint("|", "34")
    lead = "..." if begin else ""
    tail = "..." if end + _CONTEXT < len(line) else ""
    yield f" {gutter} {bar}"
    yield f" {style.paint(number, '34')} {bar} {lead}{before}{marked}{after}{tail}".rstrip()
    carets = style.paint("^" * max(_width(marked), 1), _COLOURS[finding.severity] + ";1")
    yield f" {gutter} {bar} {' ' * (len(lead) + _width(before))}{carets}"
    if finding.help:
        yield f" {gutter} {style.paint('=', '34')} help: {finding.help}"
    if finding.origin:
        yield f" {gutter} {style.paint('=', '34')} from: {_visible(str(finding.origin))}"
    if finding.fix:
        option = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
        yield f" {gutter} {style.paint('=', '34')} fix: {finding.fix.title} ({option})"


def _visible(text: str) -> str:
    """Return text that a terminal can show: with pictures of control characters, and U+FFFD."""
    return "".join(map(_visible_character, text))


def _visible_character(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return character if character.isprintable() else "\ufffd"


def _width(text: str) -> int:
    """Return the columns that a terminal needs for a text."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def summary(
    findings: Sequence[Finding],
    files: int,
    release: str,
    *,
    everything: bool,
    hidden: int = 0,
    empty: int = 0,
) -> str:
    """Return one line about a whole run.

    `everything`: whether all rules ran; `hidden` findings are not reported; `empty` files could
    hold CRIU's files inside them, and hold none.
    """
    if empty and empty == files:
        pronoun = "it" if files == 1 else "them"
        return f"{plural(files, 'file')} checked: no CRIU configuration found in {pronoun}"
    checked = f"{plural(files - empty, 'file')} checked"
    line = f"{checked} for CRIU {release}: {_result(findings, everything, hidden)}"
    if not findings and not hidden and everything:
        line = (
            f"{checked}: CRIU {release} reads {'it' if files - empty == 1 else 'them'} as written"
        )
    if empty:
        line += f"; no CRIU configuration in {plural(empty, 'other file')}"
    return line


def _result(findings: Sequence[Finding], everything: bool, hidden: int) -> str:
    counts = []
    for severity in sorted(Severity, reverse=True):
        count = sum(finding.severity is severity for finding in findings)
        if count:
            # "2 info": the severity is not a noun.
            is_noun = severity is not Severity.INFO
            counts.append(plural(count, str(severity)) if is_noun else f"{count} {severity}")
    if hidden:
        counts.append(f"{hidden} hidden")
    if not findings:
        return f"nothing new, {hidden} hidden" if hidden else "no findings by the selected rules"
    safe = sum(finding.fix is not None and finding.fix.safe for finding in findings)
    return ", ".join(counts) + (f"; {safe} fixable with --fix" if safe else "")
