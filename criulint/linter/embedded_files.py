# SPDX-License-Identifier: MIT
"""Checking the files that a host file writes, and moving the findings to their places in it.

Here, as in `criulint.embedded`, a *host* is such a file, and not a machine.

An unknown part can be anything. So no finding touches a word that contains one, and other findings
are reported only if they do not depend on its value.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.embedded.model import UNKNOWN, Work, hide_templates, limited_work
from criulint.finding import CheckResult, Edit, Finding, Fix, Related, Span
from criulint.linter.fixing import apply_edits
from criulint.rules.relations import NEEDS_ALL_LINES, NEEDS_NAME
from criulint.source import Source, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from criulint.embedded.model import HostedText, WrittenFile

    Check = Callable[[Source, Role | None, int | None], CheckResult]
    Follow = Callable[[Source], Sequence[WrittenFile]]

# Pairs of values for unknown parts, of equal length, that most options accept: a number, a path, a
# word. Findings with both values of a pair do not depend on them.
_VALUES = (("1", "2"), ("/", "."), ("x", "y"))
# The beginning of a line whose first word has an unknown part.
_UNKNOWN_LINE = re.compile(rf"^([ \t]*)\S(?=\S*{UNKNOWN})|^([ \t]*){UNKNOWN}", re.MULTILINE)
_UNKNOWN_WORD = re.compile(rf"(?<!\S)\S*{UNKNOWN}\S*")
# A comment of a host, in the syntax of any of its languages: `// criulint: ignore[CRIU201]`.
_SUPPRESSION = re.compile(
    r"[ \t]*(?:#|//|--|\.\.|;|%|\*|<!--|REM\b)[^\n]*criulint:[ \t]*ignore(?![-\w])([^\n]*)"
)
_CODES = re.compile(r"\s*\[([^\]]*)\]")
# A quotation in a message, or a line number; few messages have one.
_LINE = re.compile(r"`[^`]*`|\bline (\d+)")
# Line ends that YAML knows and editors do not.
_ODD_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
# The longest escape of one character: `\U0001f600`.
_MAX_ESCAPE = 10
# The most fixes that are proved one by one.
_MAX_PROOFS = 60


def check_embedded_files(
    outer: Source,
    files: Sequence[WrittenFile],
    check: Check,
    follow: Follow | None = None,
    most: int | None = None,
) -> CheckResult:
    """Check the `files` that the host `outer` writes; `most` findings are allowed.

    Findings get their places in `outer` and are sorted by them; hidden ones keep those in the file.
    `follow` returns what a changed host would write; without it, nothing can be fixed.
    """
    host = HostFile(outer)
    files = [file._replace(content=hide_templates(file.content, has_tags=True)) for file in files]
    findings: list[Finding] = []
    seen: set[tuple[str, Span]] = set()  # what several files share is reported once
    hidden: list[Finding] = []
    prover = _Prover(host, files, follow)
    for file in files:
        left = None if most is None else most - len(findings) - len(hidden)
        checked = _check_file(outer, file, check, left)
        hidden += checked.hidden
        mover = Mover(file, host)
        found: list[Finding] = []
        for finding in checked.findings:
            moved = mover.move(finding)
            places = (mover.command(finding), *file.around)
            if any(host.suppresses(finding.code, place, finding.name) for place in places):
                hidden.append(finding)
                continue
            if not file.content.is_placed or (moved.code, moved.span) not in seen:
                fix = finding.fix and prover.prove(mover, finding.fix)
                found.append(moved._replace(fix=fix))
        seen.update((finding.code, finding.span) for finding in found)
        findings += found
    ordered = sorted(dict.fromkeys(findings), key=lambda finding: (finding.span, finding.code))
    return CheckResult(ordered, hidden)


def _check_file(outer: Source, file: WrittenFile, check: Check, most: int | None) -> CheckResult:
    """Return the findings in a file, without those that depend on its unknown parts."""
    text = file.content.text
    # As if the host were a directory: the name implies the role, and the file is not on this
    # machine.
    path = f"{outer.path or ''}/{file.path.replace(UNKNOWN, '').lstrip('/')}"

    def check_text(text: str) -> CheckResult:
        return check(Source(encode(text), path), Role(file.role) if file.role else None, most)

    if UNKNOWN not in text:
        checked = check_text(text)
        if UNKNOWN in file.path.rpartition("/")[2]:
            known = [finding for finding in checked.findings if finding.code not in NEEDS_NAME]
            return CheckResult(known, checked.hidden)
        return checked
    return _check_unknown(text, check_text)


def _check_unknown(text: str, check: Callable[[str], CheckResult]) -> CheckResult:
    """Return the findings in a text that are the same with other values of its unknown parts."""
    # A line with an unknown option is treated as missing.
    known_lines = _UNKNOWN_LINE.sub(r"\1\2#", text)
    words = _UnknownWords(known_lines)
    first, second = _fill(known_lines, words, check)
    checked = check(first)
    other_fixes = {_without_fix(finding): finding.fix for finding in check(second).findings}
    kept = []
    for finding in checked.findings:
        key = _without_fix(finding)
        if key not in other_fixes or words.touch(finding.span):
            continue
        if known_lines == text or finding.code not in NEEDS_ALL_LINES:
            kept.append(finding._replace(fix=_known_fix(finding, other_fixes[key], words)))
    return CheckResult(kept, checked.hidden)


def _without_fix(finding: Finding) -> tuple[str, Span, str]:
    """Return what findings have in common that differ in their fixes."""
    return finding.code, finding.span, finding.message


def _fill(text: str, words: _UnknownWords, check: Callable[[str], CheckResult]) -> tuple[str, str]:
    """Return two texts with values for the unknown parts, valid ones for each line if possible."""
    lines = text.split("\n")
    left = {number for number, line in enumerate(lines, 1) if UNKNOWN in line}
    firsts, seconds = lines[:], lines[:]
    for first, second in _VALUES:
        findings = check(text.replace(UNKNOWN, first)).findings if left else []
        bad = {finding.span.line for finding in findings if words.touch(finding.span)}
        for number in left:
            firsts[number - 1] = lines[number - 1].replace(UNKNOWN, first)
            seconds[number - 1] = lines[number - 1].replace(UNKNOWN, second)
        left &= bad
    return "\n".join(firsts), "\n".join(seconds)


def _known_fix(finding: Finding, other: Fix | None, words: _UnknownWords) -> Fix | None:
    """Return the fix of a finding, None if it touches an unknown part, or depends on one.

    `other` is its fix with other values of the unknown parts: where the titles differ, they are
    unknown.
    """
    fix = finding.fix
    if fix is None or other is None or any(words.touch(edit.span) for edit in fix.edits):
        return None
    pairs = zip_longest(fix.title, other.title)
    return fix._replace(title="".join(one if one == two else "…" for one, two in pairs))


class _UnknownWords:
    """The words of a text that have unknown parts."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        # By the index of a line: where such words begin and end.
        self._words: dict[int, list[tuple[int, int]]] = {}

    def _words_in(self, index: int) -> list[tuple[int, int]]:
        if index not in self._words:
            found = _UNKNOWN_WORD.finditer(self._lines[index])
            self._words[index] = [match.span() for match in found]
        return self._words[index]

    def touch(self, span: Span) -> bool:
        """Return whether one of them is in a span, or at its edge."""
        for index in range(span.line - 1, min(span.end_line, len(self._lines))):
            start = span.column - 1 if index == span.line - 1 else 0
            end = len(self._lines[index])
            if index == span.end_line - 1:
                end = span.end_column - 1
            words = self._words_in(index)
            place = bisect_left(words, start, key=lambda word: word[1])
            if place < len(words) and words[place][0] <= max(end, start):
                return True
        return False


class HostFile:
    """The text of a host file, its lines, and its comments for criulint."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = decode(source.data)
        self._ends = [match.start() for match in re.finditer("\n", self.text)]

    def place(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column of an offset."""
        line = bisect_left(self._ends, offset)
        start = self._ends[line - 1] + 1 if line else 0
        return line + 1, offset - start + 1

    def line_start(self, offset: int) -> int:
        """Return the offset at which the line of an offset begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def suppresses(self, code: str, command: int, name: str) -> bool:
        """Return whether a comment above the line of a command suppresses a rule."""
        start = self.line_start(command)
        # Nothing is above the first line, wherever the slice begins.
        above = self.text[self.line_start(start - 1) : start]
        found = _SUPPRESSION.match(above)
        if found is None:
            return False
        listed = _CODES.match(found[1])
        return listed is None or not {code, name}.isdisjoint(re.split(r"[,\s]+", listed[1]))


class Mover:
    """Moves findings in a file to the places in its host."""

    def __init__(self, file: WrittenFile, host: HostFile) -> None:
        self.file = file
        self._host = host

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.file.content.text))]

    def index(self, line: int, column: int) -> int:
        """Return the index in the content of a 1-based line and column."""
        length = len(self.file.content)
        return (
            min(self._starts[line - 1] + column - 1, length)
            if line <= len(self._starts)
            else length
        )

    def command(self, finding: Finding) -> int:
        """Return the offset in the host of the command that writes the text of a finding."""
        index = self.index(finding.span.line, finding.span.column)
        commands = self.file.commands
        if not commands:
            return self.file.command
        return commands[max(bisect_right(commands, (index, len(self._host.text))) - 1, 0)][1]

    def move(self, finding: Finding) -> Finding:
        """Return a finding in the host, without its fix."""
        file = self.file
        if file.content.is_placed:
            moved = _LINE.sub(self._move_line, finding.message)
            message = f"{moved} (in {file.shown_path})"
        else:
            message = f"line {finding.span.line} of {file.shown_path}: {finding.message}"
        span = self._move_span(finding.span)
        return finding._replace(
            path=self._host.source.path,
            span=span,
            message=message,
            fix=None,
            line_text=self._host.source.text(span.line),
            related=tuple(map(self._move_related, finding.related)),
            subject=None,
        )

    def _move_related(self, place: Related) -> Related:
        """Move a related place, which is in the file, too."""
        return place._replace(path=self._host.source.path or "", span=self._move_span(place.span))

    def _move_line(self, match: re.Match[str]) -> str:
        """Return the words for the host's line in place of the file's; a quotation unchanged."""
        if match[1] is None:
            return match[0]
        offset = self.file.content.offsets[self.index(int(match[1]), 1)]
        return f"line {self._host.place(offset)[0]}"

    def _move_span(self, span: Span) -> Span:
        first, last = self.index(span.line, span.column), self.index(span.end_line, span.end_column)
        start = self._host.place(self.file.content.offsets[first])
        end = self._host.place(self.end(first, last))
        if not self.file.content.is_placed:
            return Span(*start, start[0], start[1] + 1)
        if end[0] != start[0] and span.end_line == span.line:
            end = (start[0], start[1] + 1)
        return Span(*start, *end)

    def end(self, first: int, last: int) -> int:
        """Return the offset in the host after the characters between two indices."""
        text, offsets = self.file.content.text, self.file.content.offsets
        if last <= first:
            return offsets[first]
        start = offsets[last - 1]
        if self._host.text[start : start + 1] == text[last - 1] and (
            last == len(text) or not start < offsets[last] <= start + 2 or text[last - 1] != "\n"
        ):
            return start + 1
        return max(offsets[last], start)

    # --- fixes

    @cached_property
    def is_block(self) -> bool:
        """Whether the lines are consecutive lines of the host, unchanged or indented."""
        text, offsets = self.file.content.text, self.file.content.offsets
        if not self.file.content.is_known:
            return False
        previous = offsets[0]
        for start, following in pairwise((*self._starts, len(text) + 1)):
            end = following - 1
            first = offsets[start]
            before = self._host.text[self._host.line_start(first) : first]
            if before.strip() or first < previous or (start and first - len(before) > previous + 2):
                return False
            if self._host.text[first : first + end - start] != text[start:end]:
                return False
            previous = offsets[end]
        return True

    def move_edit(self, edit: Edit) -> Edit | None:
        """Return an edit of the file as one of the host; the lines that it inserts are indented.

        None if the text that it replaces is not in one piece there.
        """
        span = edit.span
        first, last = self.index(span.line, span.column), self.index(span.end_line, span.end_column)
        offsets = self.file.content.offsets
        if not self.file.content.is_placed or not self._is_one_piece(first, last):
            return None
        start, end = offsets[first], self.end(first, last)
        indent = self._before_line(first)
        newline = self._newline(start)
        if indent.strip():  # a command, such as `echo "`
            return self._make_edit(start, end, edit.text)
        replaces_lines = span.column == span.end_column == 1 and edit.text[-1:] in ("", "\n")
        if not replaces_lines:
            return self._make_edit(start, end, edit.text.replace("\n", newline + indent))
        # Whole lines are removed with their indent.
        line_start = self._host.line_start(start)
        end = self._host.line_start(offsets[last])
        lines = "".join(f"{indent}{line}{newline}" for line in edit.text.split("\n")[:-1])
        return self._make_edit(line_start, max(end, line_start), lines)

    def _before_line(self, index: int) -> str:
        """Return what is before the file's line with an index, on the same line of the host."""
        line = bisect_right(self._starts, index) - 1
        start = self.file.content.offsets[self._starts[line]]
        return self._host.text[self._host.line_start(start) : start]

    def _make_edit(self, start: int, end: int, text: str) -> Edit:
        return Edit(Span(*self._host.place(start), *self._host.place(end)), text)

    def _newline(self, offset: int) -> str:
        end = self._host.text.find("\n", offset)
        return "\r\n" if end > 0 and self._host.text[end - 1] == "\r" else "\n"

    def _is_one_piece(self, first: int, last: int) -> bool:
        """Return whether only quotes, escapes and indents are between characters in the host."""
        text, offsets = self.file.content.text, self.file.content.offsets
        for index in range(first, last):
            end = offsets[index + 1] if index + 1 < last else self.end(first, last)
            if not _is_spelling(self._host.text[offsets[index] : end], text[index]):
                return False
        return True


def _is_spelling(raw: str, character: str) -> bool:
    """Return whether text of a host is a character with an indent after it, or an escape for it.

    A newline may be nothing but blanks there, and a quote is doubled in YAML.
    """
    if raw.startswith(character):
        return not raw[1:].strip()
    is_escape = raw.startswith("\\") and len(raw) <= _MAX_ESCAPE
    return is_escape or raw.strip("\r\n \t") in ("", "''")


class _Prover:
    """Keeps the fixes after which a host writes the fixed file, and everything else as before."""

    def __init__(self, host: HostFile, files: Sequence[WrittenFile], follow: Follow | None) -> None:
        self._host = host
        self._files = files
        self._follow = follow
        self._left = _MAX_PROOFS
        self._work = Work.of_host()  # all proofs together share the budget of a host
        self._is_odd = _ODD_BREAK.search(host.text) is not None

    def prove(self, mover: Mover, fix: Fix) -> Fix | None:
        """Return a fix of a file as one of the host, None if it is not proved."""
        if self._follow is None or self._left <= 0 or self._is_odd:
            return None
        edits = [mover.move_edit(edit) for edit in fix.edits]
        if None in edits:
            return None
        moved = tuple(edit for edit in edits if edit is not None)
        self._left -= 1
        try:
            data = apply_edits(self._host.source.data, moved)
            with limited_work(self._work):
                after = self._follow(Source(data, self._host.source.path))
        except ValueError:
            return None
        expected = [self._expect(file, mover, fix) for file in self._files]
        # The number of empty lines at the end is declared elsewhere in YAML.
        written = [(file.path, _comparable(file.content)) for file in after]
        return fix._replace(edits=moved) if sorted(written) == sorted(expected) else None

    def _expect(self, file: WrittenFile, mover: Mover, fix: Fix) -> tuple[str, str]:
        """Return what `file` should be after a fix of the file of `mover`."""
        content = mover.file.content
        text = file.content.text
        for edit in sorted(fix.edits, reverse=True):
            span = edit.span
            first = mover.index(span.line, span.column)
            last = mover.index(span.end_line, span.end_column)
            at = first if file is mover.file else _find(file.content, content, first, last)
            if at is not None:
                text = text[:at] + edit.text + text[at + last - first :]
        return file.path, text.rstrip("\n")


def _comparable(content: HostedText) -> str:
    return hide_templates(content, has_tags=True).text.rstrip("\n")


def _find(text: HostedText, other: HostedText, first: int, last: int) -> int | None:
    """Return where a slice of another text is in this one, if the characters are the same."""
    start = other.offsets[first]
    wanted = list(other.offsets[first:last])
    for at, offset in enumerate(text.offsets):
        if offset == start and list(text.offsets[at : at + last - first]) == wanted:
            return at
    return None
