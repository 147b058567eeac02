# SPDX-License-Identifier: GPL-2.0-only
"""Suppressions: comments in a file that tell criulint to keep silent.

- ``# criulint: ignore[CRIU201] reason`` behind an option is for its line. Alone on a line it is for the next one; comments
  may stand between the two, a blank line may not.
- ``# criulint: ignore-file[CRIU201, value-ignored] reason`` is for the whole file, wherever it stands.

In the brackets stand codes, names, or beginnings of codes (``CRIU2``); without brackets all rules are meant. Upper and
lower case are the same, other text may stand before the ``#`` in the same comment, and the reason is free text.

A comment is what the author wrote as one (`criulint.syntax`). Where CRIU takes it for something else, a suppression that
names rules counts all the same, so that just these can be hidden; one without brackets does not, for it would hide the
very finding that tells of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from criulint.criu.equivalence import line_reads_the_same, reads_the_same
from criulint.criu.scanner import line_scanner
from criulint.finding import Finding
from criulint.source import Source, decode, encode, is_utf16
from criulint.suppressions.index import RuleIndex
from criulint.syntax import LineKind, parse_line

_BLANKS = " \t\v\f\r"
_MARK = re.compile(r"#+[ \t]*criulint(?![\w-])[ \t]*", re.IGNORECASE)
_VERB = re.compile(r"(?P<colon>:?)[ \t]*(?P<verb>[A-Za-z][\w-]*)?(?P<rest>.*)", re.DOTALL)
_VERBS = {"ignore": False, "ignore-file": True}
# What other linters say for it.
_OTHER_VERBS = {
    **dict.fromkeys(
        ("disable", "noqa", "nolint", "skip", "off", "ignore-line", "disable-line"), "ignore"
    ),
    **dict.fromkeys(
        ("ignore-next-line", "disable-next-line", "ignore-next", "suppress", "allow"), "ignore"
    ),
    **dict.fromkeys(
        ("disable-file", "skip-file", "noqa-file", "ignore-all", "ignorefile", "ignore_file"),
        "ignore-file",
    ),
}
_WORD = re.compile(r"[\w-]+")


class Name(NamedTuple):
    """What stands in the brackets for one rule or a family: 0-based code points of its line, the end exclusive."""

    text: str
    start: int
    end: int


class Suppression(NamedTuple):
    """One ``# criulint:`` of a file, from `start` to `end` (0-based code points) of the 1-based `line`.

    `names` is None if it has no brackets. It is for the lines from `line` to `last`, or for the whole `file`. `alone`: its
    comment is all there is on the line. `mistake` says why it is none, and `meant` is the text that was meant, if that can
    be told; `certain` if it is beyond doubt.
    """

    line: int
    start: int
    end: int
    file: bool
    names: tuple[Name, ...] | None
    last: int
    alone: bool
    mistake: str = ""
    meant: str | None = None
    certain: bool = False


def may_have_some(data: bytes) -> bool:
    """Whether a file can hold a suppression at all; saves the others the work."""
    return b"criulint" in data.lower()


def suppressions(lines: Sequence[bytes], release: str, rules: RuleIndex) -> list[Suppression]:
    """All suppressions of a file's lines, and all that were meant as one, in order; `release` reads the file."""
    found: list[Suppression] = []
    last = 0
    for number, raw in enumerate(lines, 1):
        if may_have_some(raw):
            if number >= last and _is_comment(raw):
                last = _last_line(lines, number)
            found += _of_line(lines, number, release, last, rules)
    return found


def _of_line(
    lines: Sequence[bytes], number: int, release: str, last: int, rules: RuleIndex
) -> Iterator[Suppression]:
    """The suppressions on a 1-based line; if it is a comment, they are for the lines up to `last`."""
    raw = lines[number - 1]
    text = decode(raw)
    tree = parse_line(text)
    comment = tree.comment
    if comment is None or comment.kind != "COMMENT":
        return
    alone = tree.kind is LineKind.COMMENT
    end = comment.start + len(comment.text.rstrip(_BLANKS))
    starts = [match.start() for match in _MARK.finditer(text, comment.start, end)]
    for index, start in enumerate(starts):
        next_start = starts[index + 1] if index + 1 < len(starts) else end
        stop = start + len(text[start:next_start].rstrip(_BLANKS))
        suppression = _parsed(
            text,
            Suppression(number, start, stop, False, None, last if alone else number, alone),
            rules,
        )
        if suppression is None:
            continue
        if suppression.names is None and not suppression.mistake and not alone:
            bare = encode(text[: comment.start].rstrip(" \t"))
            if _words(bare, release) != _words(raw, release):
                suppression = suppression._replace(last=0, file=False)
        yield suppression


def _words(raw: bytes, release: str) -> list[bytes]:
    return [word.text for word in line_scanner(release)(raw, True).words]


def _last_line(lines: Sequence[bytes], number: int) -> int:
    """The 1-based line that a comment alone on a line is for: the next one that is no comment, else the last one."""
    while number < len(lines):
        number += 1
        if not _is_comment(lines[number - 1]):
            break
    return number


def _is_comment(raw: bytes) -> bool:
    return raw.lstrip(b" \t\v\f\r").startswith(b"#")


def _parsed(text: str, whole: Suppression, rules: RuleIndex) -> Suppression | None:
    """The suppression that stands at the place of `whole`, or None if nobody meant one."""
    mark = _MARK.match(text, whole.start, whole.end)
    said = _VERB.match(text, mark.end() if mark else whole.start, whole.end)
    if said is None:
        return None
    word = (said["verb"] or "").lower()
    verb = word if word in _VERBS else _OTHER_VERBS.get(word)
    if not said["colon"] and verb is None:
        return None  # prose
    rest = said["rest"]
    if verb is None:
        return _with_unknown_verb(whole, word, rest, rules)
    whole = whole._replace(file=_VERBS[verb])
    if word == verb and said["colon"]:
        inner = rest.lstrip(" \t")
        if inner.startswith("[") and "]" in inner:
            start = said.start("rest") + len(rest) - len(inner) + 1
            names = tuple(_names(text, start, text.index("]", start)))
            mistake = "" if names else "there is no rule in the brackets"
            return whole._replace(names=names, mistake=mistake)
        if not _listed(rest, rules)[0] and not inner.startswith("["):
            return whole  # for all rules
        mistake = "the rules have to stand in `[` and `]`"
    elif not said["colon"]:
        mistake = "there is no colon behind `criulint`"
    else:
        mistake = f"criulint knows no `{word}`"
    return whole._replace(mistake=mistake, meant=_meant(verb, rest, rules), certain=word == verb)


def _names(text: str, start: int, end: int) -> Iterator[Name]:
    for part in text[start:end].split(","):
        name = part.strip(_BLANKS)
        if name:
            at = start + part.index(name)
            yield Name(name, at, at + len(name))
        start += len(part) + 1


def _with_unknown_verb(whole: Suppression, word: str, rest: str, rules: RuleIndex) -> Suppression:
    from difflib import get_close_matches

    close = get_close_matches(word, _VERBS, n=1)
    mistake = (
        f"criulint knows no `{word}`" if word else "it says neither `ignore` nor `ignore-file`"
    )
    return whole._replace(mistake=mistake, meant=_meant(close[0], rest, rules) if close else None)


def _listed(rest: str, rules: RuleIndex) -> tuple[list[str], str]:
    """The rules that a text begins with, without the brackets for them or with others, and what is behind them."""
    names: list[str] = []
    position = len(rest) - len(rest.lstrip("[({=: \t"))
    while (word := _WORD.match(rest, position)) and rules.matching(word[0]):
        names.append(word[0])
        end = word.end()
        position = end + len(rest[end:]) - len(rest[end:].lstrip(", \t"))
        if "," not in rest[end:position]:
            position = end
            break
    return names, rest[position:].lstrip("])},:; \t").rstrip(_BLANKS)


def _meant(verb: str, rest: str, rules: RuleIndex) -> str | None:
    """A suppression as it has to be written, out of one that is not; None if that can't be told."""
    names, reason = _listed(rest, rules)
    if not names and rest[:1] not in ("", " ", "\t"):
        return None
    brackets = f"[{', '.join(names)}]" if names else ""
    return f"# criulint: {verb}{brackets} {reason}".rstrip()


class Suppressions:
    """The suppressions of one file at work. `ran` are the codes of the rules that were asked."""

    def __init__(self, source: Source, release: str, rules: RuleIndex, ran: frozenset[str]) -> None:
        self.source = source
        self.rules = rules
        self.release = release
        self.ran = ran
        self.all = suppressions(source.lines, release, rules)
        # Those in each comment block, by the line that ends it; 0 is for those of the whole file.
        self._places: dict[int, list[Suppression]] = {}
        for suppression in self.all:
            if not suppression.mistake:
                self._places.setdefault(
                    0 if suppression.file else suppression.last or -1, []
                ).append(suppression)
        self._matches: dict[tuple[int, str], list[tuple[Suppression, Name | None]]] = {}
        #: The findings that were hidden.
        self.hidden: list[Finding] = []
        self._used: set[tuple[Suppression, Name | None]] = set()

    def left(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that no suppression hides. What tells of suppressions has to be named to be hidden."""
        left: list[Finding] = []
        for finding in findings:
            (self.hidden if self._hides(finding) else left).append(finding)
        return left

    def _hides(self, finding: Finding) -> bool:
        line, code = finding.span.line, finding.code
        hiding = [
            each
            for each in self._matching(self._last_lines[line - 1], code)
            if each[0].line <= line
        ]
        for_file = self._matching(0, code)
        self._used.update(hiding)
        if for_file and for_file[0] not in self._used:
            self._used.update(for_file)
        return bool(hiding or for_file)

    def _matching(self, place: int, code: str) -> list[tuple[Suppression, Name | None]]:
        """The suppressions of a place that are for a rule."""
        known = self._matches.get((place, code))
        if known is None:
            known = self._matches[place, code] = []
            for suppression in self._places.get(place, ()):
                if suppression.names is None:
                    known += [] if code in self.rules.about_suppressions else [(suppression, None)]
                else:
                    known += [
                        (suppression, name)
                        for name in suppression.names
                        if code in self.rules.matching(name.text)
                    ]
        return known

    @cached_property
    def _last_lines(self) -> list[int]:
        """For each line the 1-based one that ends its comment block: the option below, or the line itself."""
        lines = self.source.lines
        last_lines = [len(lines)] * len(lines)
        for index in reversed(range(len(lines) - 1)):
            if not _is_comment(lines[index]):
                last_lines[index] = index + 1
            else:
                last_lines[index] = (
                    last_lines[index + 1] if _is_comment(lines[index + 1]) else index + 2
                )
        return last_lines

    def unused(self) -> Iterator[tuple[Suppression, Name | None]]:
        """What hid nothing though its rules were asked: a name in brackets, or None for a suppression without.

        What the families 4xx and 5xx find is up to the runtime and to the host, which this run may not know.
        """
        default = self.rules.default
        for suppression in self.all:
            if suppression.mistake or (
                suppression.names is None and not (suppression.file or suppression.last)
            ):
                continue
            for name in suppression.names if suppression.names is not None else (None,):
                codes = self.rules.matching(name.text) if name else default
                asked = codes if len(codes) == 1 else codes & default
                elsewhere = name and not codes.isdisjoint(self.rules.host_dependent)
                if (
                    asked
                    and asked <= self.ran
                    and not elsewhere
                    and (suppression, name) not in self._used
                ):
                    yield suppression, name


class Added(NamedTuple):
    """What `add` did: the new bytes of the file, how many findings are suppressed now, and those that the file still has."""

    data: bytes
    suppressed: int
    left: list[Finding]


def add(
    data: bytes,
    check: Callable[[bytes], list[Finding]],
    release: str,
    rules: RuleIndex,
    reason: str = "",
    wanted: Callable[[Finding], bool] = lambda finding: True,
) -> Added:
    """Write suppressions for the findings of a file into it, where CRIU of `release` then reads it as before.

    `check` gives the findings of a file's bytes. A suppression that is there already is extended. A new one goes behind the
    option if CRIU takes it for a comment there, else on a line of its own above. What is found on a comment or a blank line
    is true of the file, and suppressed in all of it. Findings about suppressions are left, and those that are not `wanted`.
    """
    findings = check(data)
    source = Source(data)
    codes: dict[int, set[str]] = {}
    known: set[tuple[str, int]] = set()
    for finding in findings:
        if finding.code in rules.about_suppressions or not wanted(finding):
            known.add((finding.code, finding.span.line))
        else:
            codes.setdefault(finding.span.line, set()).add(finding.code)
    nothing = Added(data, 0, findings)
    above: set[int] = set()
    while codes and not is_utf16(data):
        editor = _Editor(source.lines, release, rules, reason, above)
        done = {line for line in sorted(codes, reverse=True) if editor.add(line, codes[line])}
        editor.finish()
        added = b"\n".join(editor.lines) + (b"\n" if source.ends_with_newline else b"")
        if added == data or not reads_the_same(source, Source(added), release):
            return nothing
        left = check(added)
        # A comment can make another mistake of a line, or of the next one: a backslash then is not the last thing any more.
        expected = known.union(
            *({(code, line) for code in codes[line]} for line in codes.keys() - done)
        )
        found = {(finding.code, editor.origin(finding)) for finding in left} - expected
        failed = {
            max((before for before in done if before <= line), default=min(done))
            for _, line in found
            if done
        }
        if not failed:
            return Added(added, len(findings) - len(left), left)
        for line in failed & above:
            known |= {(code, line) for code in codes.pop(line)}
        above |= failed
    return nothing


class _Editor:
    """The lines of a file while suppressions are written into them, from the last line to the first.

    Lines in `above` (1-based) get theirs on a line of its own.
    """

    def __init__(
        self, lines: Sequence[bytes], release: str, rules: RuleIndex, reason: str, above: set[int]
    ) -> None:
        self.lines = list(lines)
        self._origins = list(range(1, len(lines) + 1))
        self._above = above
        self._release = release
        self._rules = rules
        self._reason = f" {reason}" if reason else ""
        self._bom = lines[0].startswith(b"\xef\xbb\xbf")
        self._file_codes: set[str] = set()

    def add(self, number: int, codes: set[str]) -> bool:
        """Suppress the rules with these codes on a 1-based line; whether that can be done."""
        raw = self.lines[number - 1]
        if not decode(raw).strip(_BLANKS) or _is_comment(raw):
            if not self._bom:
                self._file_codes |= codes
            return not self._bom
        return (
            self._extend(number, codes)
            or (number not in self._above and self._append(number, codes))
            or self._insert(number, codes)
        )

    def finish(self) -> None:
        """Write what is for the whole file."""
        if not self._file_codes:
            return
        for suppression in suppressions(self.lines, self._release, self._rules):
            usable = suppression.file and suppression.names and not suppression.mistake
            if usable and self._replace(suppression, self._file_codes):
                return
        comment = f"# criulint: ignore-file[{', '.join(sorted(self._file_codes))}]{self._reason}"
        self._insert_line(0, encode(comment) + _return(self.lines[0]))

    def _extend(self, number: int, codes: set[str]) -> bool:
        """Put the codes into the nearest suppression that is for the line already."""
        above = number
        while True:
            raw = self.lines[above - 1]
            for suppression in (
                _of_line(self.lines, above, self._release, number, self._rules)
                if may_have_some(raw)
                else ()
            ):
                if suppression.names and not suppression.file and not suppression.mistake:
                    return self._replace(suppression, codes)
            above -= 1
            if above == 0 or not _is_comment(self.lines[above - 1]):
                return False

    def _replace(self, suppression: Suppression, codes: set[str]) -> bool:
        raw = self.lines[suppression.line - 1]
        text, names = decode(raw), suppression.names or ()
        known = frozenset().union(*(self._rules.matching(name.text) for name in names))
        end = names[-1].end
        new = encode(
            text[:end] + "".join(f", {code}" for code in sorted(codes - known)) + text[end:]
        )
        if not line_reads_the_same(raw, new, self._release, alone=False):
            return False
        self.lines[suppression.line - 1] = new
        return True

    def _append(self, number: int, codes: set[str]) -> bool:
        """Write a suppression behind the option, if criulint and CRIU take it for a comment there."""
        raw = self.lines[number - 1]
        text, comment = decode(raw), self._comment(codes)
        new = f"{text.rstrip(_BLANKS)} {comment}"
        tree = parse_line(new)
        if (
            tree.comment is None
            or tree.comment.kind != "COMMENT"
            or not tree.comment.text.endswith(comment)
        ):
            return False
        self.lines[number - 1] = encode(new) + _return(raw)
        if line_reads_the_same(raw, self.lines[number - 1], self._release, alone=False):
            return True
        self.lines[number - 1] = raw
        return False

    def _insert(self, number: int, codes: set[str]) -> bool:
        """Write a suppression on a line of its own."""
        if self._bom and number == 1:
            return False  # the mark has to be the first thing in the file
        raw = self.lines[number - 1]
        indent = raw[: len(raw) - len(raw.lstrip(b" \t"))]
        self._insert_line(number - 1, indent + encode(self._comment(codes)) + _return(raw))
        return True

    def _insert_line(self, index: int, raw: bytes) -> None:
        self.lines.insert(index, raw)
        self._origins.insert(index, self._origins[index])

    def origin(self, finding: Finding) -> int:
        """The 1-based number that a finding's line had; for a new line that of the one that it was written for."""
        return self._origins[finding.span.line - 1]

    def _comment(self, codes: set[str]) -> str:
        return f"# criulint: ignore[{', '.join(sorted(codes))}]{self._reason}"


def _return(raw: bytes) -> bytes:
    return b"\r" if raw.endswith(b"\r") else b""


def without(text: str, suppression: Suppression, name: Name | None) -> str | None:
    """A line's text without one name of its suppression, or without the suppression if nothing is left of it; None if the
    line holds nothing else.
    """
    others = [each for each in suppression.names or () if each != name]
    if name and others:
        index = (suppression.names or ()).index(name)
        if index:
            return text[: others[index - 1].end] + text[name.end :]
        return text[: name.start] + text[others[0].start :]
    left = text[: suppression.start].rstrip(_BLANKS) + text[suppression.end :]
    return left.rstrip(" \t") if left.strip(_BLANKS) else None
