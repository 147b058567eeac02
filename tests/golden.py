# SPDX-License-Identifier: MIT
"""Findings as the text that expected files hold, and the cases of ``tests/cases``.

A finding is a head with the whole span, the help, the other places that explain it (``see``), the
title of the fix and whether it is safe, and the lines that the fix changes (``-NUMBER`` before,
``+NUMBER`` after)::

    1:11-16: warning: CRIU201 value-ignored: CRIU ignores `false` and switches it ON
        help: write `tcp-close` to switch it on
        fix (unsafe): Remove the value
        -1 tcp-close false
        +1 tcp-close

Control characters, bytes that are not UTF-8 and a blank at the end of a line are written as
escapes, and the backslashes of the file's lines are doubled.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.context import COMMANDS, Caller, Context, Role
from criulint.host.filesystem import HostContext
from criulint.linter.fixing import apply_edits
from criulint.linter.linter import Linter
from criulint.rules.registry import RULES
from criulint.source import Source, decode
from tests.listing import Listing

if TYPE_CHECKING:
    from criulint.finding import Edit, Finding, Span

#: Compares a text with a golden file, or writes it there with ``--update-expected``.
Golden = Callable[[Path, str], None]

_FOLDER = Path(__file__).with_name("cases")
_MARK = "##"


def describe(findings: Iterable[Finding], data: bytes) -> str:
    """Return the text of the findings of a file with the content `data`; nothing for no finding."""
    return "".join(f"{line}\n" for finding in findings for line in _lines(finding, data))


def _lines(finding: Finding, data: bytes) -> Iterator[str]:
    head = f"{span_text(finding.span)}: {finding.severity}: {finding.code} {finding.name}"
    yield f"{head}: {escape(finding.message)}"
    if finding.help:
        yield f"    help: {escape(finding.help)}"
    for place in finding.related:
        path = f"{place.path}:" if place.path != finding.path else ""
        yield f"    see {escape(path)}{span_text(place.span)}: {escape(place.message)}"
    if finding.fix:
        safety = "safe" if finding.fix.safe else "unsafe"
        yield f"    fix ({safety}): {escape(finding.fix.title)}"
        for edits in _apart(finding.fix.edits):
            yield from (f"    {line}" for line in _change(data, edits))


def span_text(span: Span) -> str:
    end = f"{span.end_line}:" if span.end_line != span.line else ""
    return f"{span.line}:{span.column}-{end}{span.end_column}"


def _apart(edits: Iterable[Edit]) -> Iterator[list[Edit]]:
    """Yield the edits in order; those that change the same lines come together."""
    together: list[Edit] = []
    for edit in sorted(edits):
        if together and edit.span.line > together[-1].span.end_line:
            yield together
            together = []
        together.append(edit)
    if together:
        yield together


def _change(data: bytes, edits: Sequence[Edit]) -> Iterator[str]:
    """Yield the lines that the edits change, as they are and as they become."""
    first = edits[0].span.line
    span, text = edits[-1]
    whole_lines = (
        span.end_column == 1
        and span.end_line > first
        and (text.endswith("\n") or (span.column == 1 and not text))
    )
    before = decode(data).split("\n")
    after = decode(apply_edits(data, edits)).split("\n")
    kept = len(before) - min(span.end_line - whole_lines, len(before))
    for sign, lines in (("-", before), ("+", after)):
        for number, line in enumerate(lines[first - 1 : len(lines) - kept], first):
            if line or number < len(lines):
                yield f"{sign}{number} {escape(_double(line))}".rstrip()
    if after != [""] and bool(before[-1]) != bool(after[-1]):
        yield "(no newline at the end)" if after[-1] else "(a newline at the end)"


def escape(text: str) -> str:
    """Return the text with escapes for what an editor would hide or change."""
    text = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
    return f"{text[:-1]}\\x20" if text.endswith(" ") else text


def _double(text: str) -> str:
    """Return a line with its backslashes doubled, so that they do not look like escapes."""
    return text.replace("\\", "\\\\")


class Run(NamedTuple):
    """One of the settings that a case is checked with: the `header` as written, and its meaning."""

    header: str
    linter: Linter
    path: str


class Case:
    """A ``.conf`` of `tests/cases`, with its expected file and, for the rules that look around
    it, its machine.

    The expected file has a section for each of the settings that the case is checked with; it
    begins with a header such as ``## --criu 3.15 --role rpc --for dump``, with the options of
    ``criulint check`` and ``--path``, where the file is said to be. The first section needs no
    header if it is for the defaults. An empty section stands for silence. ``NAME.machine``
    lists what lies around the file (`criulint.host.filesystem.Listing`).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.parent.name
        self.name = f"{self.folder}/{path.stem}"
        self.expected = path.with_suffix(".expected")

    def __repr__(self) -> str:
        return self.name

    @cached_property
    def data(self) -> bytes:
        """What the file holds."""
        return self.path.read_bytes()

    @cached_property
    def runs(self) -> list[Run]:
        """The settings that the expected file asks for; the defaults if there is none yet."""
        lines = (
            self.expected.read_text(encoding="utf-8").splitlines() if self.expected.exists() else []
        )
        headers = [line for line in lines if line.startswith(_MARK)]
        if not lines or not lines[0].startswith(_MARK):
            headers.insert(0, "")
        assert len(headers) == len(set(headers)), f"{self.name}: two sections with one header"
        return [self._run(header) for header in headers]

    def findings(self, run: Run) -> list[Finding]:
        """Return what the linter finds with these settings."""
        return run.linter.check(Source(self.data, run.path)).findings

    def text(self) -> str:
        """Return what the expected file should hold."""
        sections = []
        for run in self.runs:
            header = f"{run.header}\n" if run.header else ""
            sections.append(header + describe(self.findings(run), self.data))
        return "\n".join(sections)

    def _run(self, header: str) -> Run:
        given = _OPTIONS.parse_args(shlex.split(header.removeprefix(_MARK)))
        codes = None
        if given.select:
            codes = frozenset(
                rule.code for rule in RULES if rule.code.startswith(tuple(given.select.split(",")))
            )
        name, _, version = (given.runtime or "").partition("@")
        commands = tuple(given.commands.split(",")) if given.commands else COMMANDS
        assert set(commands) <= set(COMMANDS), header
        context = Context(given.role, Caller(name, version or None) if name else None, commands)
        path = given.path or self.path.name
        machine = self.path.with_suffix(".machine")
        around = None
        if machine.exists():  # which may have a carriage return in it
            around = HostContext(
                Listing(filter(None, machine.read_bytes().decode().split("\n"))), path
            )
        return Run(header, Linter(given.criu, codes, context, lambda _: around), path)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=_MARK, add_help=False, allow_abbrev=False)
    parser.add_argument("--criu")
    parser.add_argument("--role", type=Role)
    parser.add_argument("--runtime")
    parser.add_argument("--for", dest="commands")
    parser.add_argument("--select")
    parser.add_argument("--path")
    return parser


_OPTIONS = _options()
CASES = [Case(path) for path in sorted(_FOLDER.rglob("*.conf"))]
