# SPDX-License-Identifier: MIT
"""What a fix promises, and where a real CRIU sees that it is not kept.

Each fix alone, then all safe ones, then all:

- a file that CRIU took is still taken, and criulint still reads the file as CRIU does;
- CRIU takes the same options from the lines that are not touched, and criulint says the same of them;
- the finding is gone, and the touched lines have no finding that they had not before;
- CRIU takes what the fix said: `Write X` makes it take X, an abbreviation is written out and the rest stays;
- of the touched lines only the characters are gone that the fix is about, and no comment is.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from criulint.criu.options import option_table
from criulint.criu.reading import Reading
from criulint.guesses import parse_boolean
from criulint.linter import fixing
from criulint.linter.linter import Linter
from criulint.rules.registry import RULES
from criulint.rules.relations import EXPLAINED_BY
from criulint.source import Source, decode, encode, is_utf16
from criulint.syntax import parse_file, parse_line
from criulint.text import shorten
from tests.checking import finder, fix
from tests.oracle.compare import differences, host_dependent
from tests.oracle.oracle import Kind, OracleReading, Taken

if TYPE_CHECKING:
    from criulint.finding import Edit, Finding, Fix

Read = Callable[[bytes], OracleReading]

_QUOTES = "\"'\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
# The fix for Windows line endings throughout a file: one finding, on its first line.
_ALL_LINE_ENDS = "End all lines with LF"
#: By title, what a fix may take from a line or add to it, blanks apart; None for any text, as
#: the outcome is looked at.
_MAY_CHANGE = {
    _ALL_LINE_ENDS: "",
    "Remove the byte order mark": "\ufeff",
    "Remove the carriage return": '"\\=',
    "Remove the line": None,
    "Remove the NUL bytes": None,
    "Replace the tabs with spaces": "",
    "Write the file as UTF-8": None,
}
#: The same by what the message says, for fixes whose title is what they write.
_MAY_CHANGE_BY_MESSAGE = {
    "does not begin a comment": ";/*#",
    "CRIU ends lines at LF": "",
    "reads the `#` as part": "",
    "CRIU has no lists": "-",
    "CRIU has no sections": "#",
    "refuses a space this far": '"\\=',
    "reads the `,` as part of the option name": ',;"\\\\=',
    "reads the `;` as part of the option name": ',;"\\\\=',
}
#: The same by code, for fixes whose title is the line that they write.
_MAY_CHANGE_BY_CODE = {
    "CRIU203": '"\\=',
    "CRIU207": _QUOTES + "\\=",
    "CRIU210": _QUOTES + "\\=",
    "CRIU211": _QUOTES + "\\=",
    "CRIU214": _QUOTES + "\\=",
    "CRIU217": ',;"\\=',
}
_BLANKS = set(" \t\v\f\r\n\0")
_UNSAFE = "CRIU115"
# The families about reading; the others are about what comes later, and their fixes take lines out.
_CODES = frozenset(rule.code for rule in RULES if rule.code < "CRIU3")
# What depends on more than one line.
_WAITING = frozenset(("CRIU104", "CRIU213"))
# What is said of a value only if CRIU takes it.
_OF_TAKEN_VALUES = frozenset(("CRIU218",))
_OF_FILES = _WAITING | {"CRIU205"}
_OF_WHOLE_FILES = ("not a CRIU configuration file", "all lines end with CR LF")
_NAMED = re.compile(r"Write `(.*)`", re.DOTALL)


def broken_promises(data: bytes, release: str, read: Read) -> list[str]:
    """How the fixes of a file break their promises; `read` asks the real CRIU of the `release`."""
    linter = Linter(release, _CODES)
    findings = linter.check(Source(data)).findings
    found: list[str] = []
    fixable = [finding for finding in findings if finding.fix]
    if not fixable or b"criulint" in data.lower():  # comments may hide what fixes leave
        return found
    before = read(data)
    for finding in fixable:
        assert finding.fix
        change = _Change(data, finding.fix.edits, linter)
        found += (
            f"{finding.code} alone: {what}"
            for what in _broken_by_one(finding, change, before, read)
        )
    for unsafe in {False, any(finding.fix and not finding.fix.safe for finding in fixable)}:
        what = "all fixes" if unsafe else "safe fixes"
        found += (
            f"{what}: {broken}"
            for broken in _broken_by_all(data, linter, findings, unsafe, before, read)
        )
    return found


def _taken(real: OracleReading) -> bool:
    return real.kind is Kind.READ or host_dependent(real)


class _Change:
    """A file before and after one fix: from line `first` on, up to `last` before and `end`
    after it, lines are touched.
    """

    def __init__(self, data: bytes, edits: tuple[Edit, ...], linter: Linter) -> None:
        self.data, self.mended = data, fixing.apply_edits(data, edits)
        self.linter = linter
        spans = [edit.span for edit in edits]
        self.first = min(span.line for span in spans)
        self.last = max(
            span.end_line - (span.end_column == 1 and span.end_line > span.line) for span in spans
        )
        old, new = Source(self.data).lines, Source(self.mended).lines
        self.end = self.last + len(new) - len(old)
        self.old, self.new = old[self.first - 1 : self.last], new[self.first - 1 : self.end]
        self.elsewhere = (
            old[: self.first - 1] + old[self.last :],
            new[: self.first - 1] + new[self.end :],
        )
        self.findings = linter.check(Source(self.data)).findings
        self.left = linter.check(Source(self.mended)).findings


def _broken_by_one(
    finding: Finding, change: _Change, before: OracleReading, read: Read
) -> Iterable[str]:
    after = read(change.mended)
    yield from differences(change.mended, change.linter.release, after)
    if change.elsewhere[0] != change.elsewhere[1]:
        yield "another line is changed"
    yield from _broken_findings(finding, change)
    if before.kind is Kind.READ and _UNSAFE not in _codes(change.findings):
        apart = _outside(change.data, before, change.linter.release, change.first, change.last)
        now = _outside(change.mended, after, change.linter.release, change.first, change.end)
        if not _taken(after):
            yield f"CRIU refuses the file now: {after.message!r}"
        elif after.kind is Kind.READ and apart != now:
            yield f"from the other lines CRIU took {apart}, takes {now}"
    alone = read(_file(change.new))
    if _taken(alone):
        yield from _outcome(finding, alone, change.old, change.new, change.linter.release, read)
    yield from _lost(finding, change)


def _broken_findings(finding: Finding, change: _Change) -> Iterable[str]:
    assert finding.fix
    first, last, end = change.first, change.last, change.end
    old_own = Counter(
        (other.code, other.message) for other in change.findings if first <= other.span.line <= last
    )
    new_own = Counter(
        (other.code, other.message) for other in change.left if first <= other.span.line <= end
    )
    if new_own[finding.code, finding.message] >= old_own[finding.code, finding.message]:
        yield "the finding stays"
    more = {code for code, _ in new_own} - {code for code, _ in old_own} - _OF_TAKEN_VALUES
    more -= {code for code, reasons in EXPLAINED_BY.items() if finding.code in reasons}
    if is_utf16(change.data) or _codes(change.findings) & {*_OF_FILES, _UNSAFE}:
        return
    if _is_foreign(change.findings) or _is_foreign(change.left):
        return  # what a file is as a whole depends on each of its lines
    if finding.fix.title == _ALL_LINE_ENDS and not finding.fix.safe:
        return  # then a line reads the next one as its value (CRIU213), which the fix says
    if not finding.fix.safe and finding.code.startswith("CRIU1"):
        # After a mistake the rules only go on if they are sure how to fix it.
        more = more if {code for code, _ in new_own} <= _WAITING else set()
    if more:
        yield f"new findings: {sorted(more)}"
    # The backslash at the end of a line and the next line are one finding; other codes show
    # when CRIU reads on.
    if any("not as a continuation" in other.message for other in (*change.findings, *change.left)):
        return
    if _codes(change.left) & {"CRIU205", _UNSAFE}:
        return
    before = [_told(other, 0) for other in change.findings if not first <= other.span.line <= last]
    after = [
        _told(other, end - last if other.span.line > end else 0)
        for other in change.left
        if not first <= other.span.line <= end
    ]
    if before != after:
        yield f"other lines' findings were {before}, are {after}"


def _codes(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings}


def _is_foreign(findings: list[Finding]) -> bool:
    """Whether a file is reported as a whole: one finding instead of all others.

    It is of another kind, or all its lines end as on Windows.
    """
    return any(words in finding.message for finding in findings for words in _OF_WHOLE_FILES)


def _file(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _told(finding: Finding, shift: int) -> tuple[int, int, str, str]:
    return finding.span.line - shift, finding.span.column, finding.code, finding.message


def _outside(data: bytes, real: OracleReading, release: str, first: int, last: int) -> list[Taken]:
    """What CRIU took from the lines outside of a range."""
    lines = [option.line for option in Reading(Source(data), release).options]
    return [
        taken for taken, line in zip(real.options, lines, strict=False) if not first <= line <= last
    ]


def _outcome(
    finding: Finding,
    alone: OracleReading,
    old: list[bytes],
    new: list[bytes],
    release: str,
    read: Read,
) -> Iterable[str]:
    """How CRIU reads the fixed lines alone."""
    assert finding.fix
    taken = [*alone.options, *([alone.refused_option] if alone.refused_option else [])]
    named = _named(finding.fix, new)
    if named and any(named[1] in decode(line) for line in new):
        written = read(encode(named[1]) + b"\n")
        if written.kind is Kind.READ and written.options != alone.options:
            yield f"{finding.fix.title}, and CRIU takes {taken}"
    elif named and not any(
        shorten(decode(line).lstrip()).startswith(named[1][:40]) for line in new
    ):
        yield f"{finding.fix.title}, and the lines are {new}"
    tree = parse_line(decode(old[0]))
    is_value = "does not begin a comment" not in finding.message
    is_statement = finding.code == "CRIU111" and named and finding.fix.safe and is_value
    if is_statement and tree.name and tree.value:
        meant = _unquoted(tree.value.text)
        for name, _, value in taken:
            same = ("no-" in tree.name.text.lower().replace("_", "-")) == (name or "").startswith(
                "no-"
            )
            if (value is None and parse_boolean(meant) is not same) or (
                value is not None and _unquoted(decode(value)) != meant
            ):
                yield f"the line says {meant!r}, and CRIU takes {taken}"
    if (
        finding.code == "CRIU204"
        and named
        and tree.value
        and shorten(_unquoted(tree.value.text).strip(",").rstrip("\\"))[:40] not in named[1]
    ):
        yield f"{finding.fix.title} leaves out some of {tree.value.text}"
    word = re.sub(rb"[ \t]+#.*", b"", old[0], flags=re.DOTALL).strip(b" \t")
    if (
        finding.code == "CRIU108"
        and finding.fix.safe
        and not re.search(rb"[ \t#]|\\\"", word)  # after a space a backslash is an escape
        and not word.startswith((b"-v", b"--v"))
    ):
        # Behind an option CRIU takes the word as it does on the command line, where -v counts.
        real = read(b"all %s\n" % word)
        if real.kind is Kind.READ and _names(real.options[1:], release) != _names(taken, release):
            yield f"from {word!r} CRIU takes {real.options[1:]}, from the mended line {taken}"
    if finding.code == "CRIU212":
        real = read(_file(old))
        if real.options != alone.options:
            yield f"CRIU took {real.options}, takes {alone.options}"


def _named(fix: Fix, new: list[bytes]) -> re.Match[str] | None:
    """What the title says that the fix writes, if that is one line."""
    several = sum(parse_line(decode(line)).name is not None for line in new) > 1
    return None if several else _NAMED.fullmatch(fix.title)


def _may_change(finding: Finding, change: _Change) -> str | None:
    assert finding.fix
    if not _named(finding.fix, change.new):
        return _MAY_CHANGE[finding.fix.title]
    by_message = (
        allowed for words, allowed in _MAY_CHANGE_BY_MESSAGE.items() if words in finding.message
    )
    return next(by_message, _MAY_CHANGE_BY_CODE.get(finding.code))


def _unquoted(value: str) -> str:
    return value.replace('\\"', '"').strip(_QUOTES)


def _names(taken: list[Taken], release: str) -> list[tuple[str | None, bytes | None]]:
    short = option_table(release).short
    return [
        (name or short[letter.encode()].option.name if letter else name, value)
        for name, letter, value in taken
    ]


def _lost(finding: Finding, change: _Change) -> Iterable[str]:
    assert finding.fix
    title = finding.fix.title
    before, after = (decode(b"\n".join(lines)) for lines in (change.old, change.new))
    if not title.startswith("Write `") or len(change.old) == len(change.new):
        allowed = _may_change(finding, change)
        changed = (
            set((Counter(before) - Counter(after)) + (Counter(after) - Counter(before))) - _BLANKS
        )
        # A fix that writes a line anew writes the whole name of the option.
        abbreviated = "CRIU212" in _codes(change.findings)
        if allowed is not None and not abbreviated and not changed <= set(allowed):
            yield f"{title} changes {sorted(changed - set(allowed))}"
    if finding.code == "CRIU108" and (
        gone := [
            word
            for word in before.split()[1:]
            if word.strip(_QUOTES).lstrip("-") not in after and parse_boolean(word) is None
        ]
    ):
        yield f"{title} drops {gone}"
    if title == "Write the file as UTF-8":
        text = decode(change.mended)
        encoding = "utf-32" if change.data.startswith(codecs.BOM_UTF32_LE) else "utf-16"
        if change.data.decode(encoding).replace("\r\n", "\n") != text or 2 * sum(
            map(str.isascii, text)
        ) < len(text):
            yield f"{title} makes {change.mended!r} of it"
    else:
        for line in parse_file(encode(before)).lines:
            comment = line.comment.text if line.comment and line.comment.kind == "COMMENT" else ""
            if comment.partition("\r")[0].strip() not in after:  # CR can be a line's end
                yield f"the comment {comment!r} is gone"


def _broken_by_all(
    data: bytes,
    linter: Linter,
    findings: list[Finding],
    unsafe: bool,
    before: OracleReading,
    read: Read,
) -> Iterable[str]:
    mended, left, _ = fix(data, finder(linter), unsafe=unsafe)
    if mended == data:
        return
    after = read(mended)
    yield from differences(mended, linter.release, after)
    codes = _codes(findings)
    if before.kind is Kind.READ and _UNSAFE not in codes and not _taken(after):
        yield f"CRIU refuses the file now: {after.message!r}"
    if any(finding.fix and (finding.fix.safe or unsafe) for finding in left):
        yield "there is more to fix"
    if (
        not unsafe
        and not codes & _OF_FILES
        and not is_utf16(data)
        and not _is_foreign(left)
        and (more := _codes(left) - codes - _OF_FILES - _OF_TAKEN_VALUES)
    ):
        yield f"new findings: {sorted(more)}"
    if after.kind is not Kind.READ:
        return
    if any(
        each.fix and each.fix.title == _ALL_LINE_ENDS and not each.fix.safe for each in findings
    ):
        return  # then a line reads the next one as its value, which the fix says
    if not left and any(after.dropped):
        yield f"without a finding, and CRIU drops {after.dropped}"
    if not codes & {*_OF_FILES, _UNSAFE}:
        talked_of = {finding.span.line for finding in findings}
        lines = Source(data).lines
        if any(f.fix and f.fix.title == _ALL_LINE_ENDS for f in findings):
            # One finding, on the first line, is about all of them.
            lines = [line.removesuffix(b"\r") for line in lines]
        clean = read(
            _file([line for number, line in enumerate(lines, 1) if number not in talked_of])
        )
        if not _is_part(clean.options, after.options):
            yield (
                f"from lines without findings CRIU takes {clean.options},"
                f" from the fixed file {after.options}"
            )


def _is_part(part: list[Taken], whole: list[Taken]) -> bool:
    """Whether `part` is in `whole`, in the same order."""
    rest = iter(whole)
    return all(taken in rest for taken in part)
