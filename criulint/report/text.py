# SPDX-License-Identifier: GPL-2.0-only
"""Findings for people: one line each, or with the line they are about."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from criulint.finding import Finding, Severity
from criulint.report import Report

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "34"}
# Code points of a long line that are shown before and behind a finding.
_CONTEXT = 60


class Style:
    """Colours, or none."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def paint(self, text: str, code: str) -> str:
        """`text` in the colour of an ANSI code."""
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and text else text


def render_full(report: Report, style: Style) -> str:
    """Each finding with its line, and an empty line behind it."""
    return "".join(f"{full(finding, style)}\n\n" for finding in report.findings)


def render_concise(report: Report, style: Style) -> str:
    """A line for each finding."""
    return "".join(f"{concise(finding, style)}\n" for finding in report.findings)


def concise(finding: Finding, style: Style) -> str:
    """``path:line:column: severity: CODE name: message``, whatever the file holds on one line."""
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
    before, marked, behind = line[begin:first], line[first:end], line[end : end + _CONTEXT]
    number = str(finding.span.line)
    gutter = " " * len(number)
    bar = style.paint("|", "34")
    lead = "..." if begin else ""
    tail = "..." if end + _CONTEXT < len(line) else ""
    yield f" {gutter} {bar}"
    yield f" {style.paint(number, '34')} {bar} {lead}{_visible(before)}{_visible(marked)}{_visible(behind)}{tail}".rstrip()
    carets = style.paint("^" * max(_width(_visible(marked)), 1), _COLOURS[finding.severity] + ";1")
    yield f" {gutter} {bar} {' ' * (len(lead) + _width(_visible(before)))}{carets}"
    if finding.help:
        yield f" {gutter} {style.paint('=', '34')} help: {finding.help}"
    if finding.origin:
        yield f" {gutter} {style.paint('=', '34')} from: {_visible(str(finding.origin))}"
    if finding.fix:
        option = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
        yield f" {gutter} {style.paint('=', '34')} fix: {finding.fix.title} ({option})"


def _visible(text: str) -> str:
    """Text that a terminal shows as it is: control characters as their pictures, what is no character as U+FFFD."""
    return "".join(map(_visible_character, text))


def _visible_character(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return character if character.isprintable() else "\ufffd"


def _width(text: str) -> int:
    """The columns that a terminal needs for a text."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )


def summary(
    findings: Sequence[Finding],
    files: int,
    release: str,
    *,
    everything: bool,
    hidden: int = 0,
    empty: int = 0,
) -> str:
    """One line about a whole run; `everything` if all rules were asked; `hidden` findings were not to be told of; `empty`
    files could have held some of CRIU's, and hold none.
    """
    where = f"{files} file{'' if files == 1 else 's'}"
    if empty and files == empty:
        return f"{where} checked, and no file of CRIU's found in {'it' if files == 1 else 'them'}"
    if empty:
        others = f"{empty} other{' holds' if empty == 1 else 's hold'} none of CRIU's"
        return f"{summary(findings, files - empty, release, everything=everything, hidden=hidden)}; {others}"
    known = f"{hidden} hidden" if hidden else ""
    if not findings and hidden:
        return f"{where} checked for CRIU {release}: nothing new, {known}"
    if not findings and not everything:
        return f"{where} checked for CRIU {release}: nothing found by the rules that were chosen"
    if not findings:
        return f"{where} checked: CRIU {release} reads {'it' if files == 1 else 'them'} as written"
    counts = []
    for severity in sorted(Severity, reverse=True):
        count = sum(finding.severity is severity for finding in findings)
        if count:
            noun = str(severity) if severity is not Severity.INFO else "note"
            counts.append(f"{count} {noun}{'' if count == 1 else 's'}")
    counts += [known] if known else []
    safe = sum(finding.fix is not None and finding.fix.safe for finding in findings)
    fixable = f"; --fix mends {safe} of them" if safe else ""
    return f"{where} checked for CRIU {release}: {', '.join(counts)}{fixable}"
