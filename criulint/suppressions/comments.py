# SPDX-License-Identifier: MIT
"""Parse the suppressions in the comments of a file.

A comment is what the author wrote as one (`criulint.syntax`). If CRIU reads it as something else, a
suppression that names rules still counts, so that exactly these can be hidden. One without brackets
does not count: it would hide the very finding that reports the comment.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from criulint.criu.scanner import line_scanner
from criulint.named_tuple import NamedTuple
from criulint.source import WHITESPACE, decode, encode
from criulint.syntax import LineKind, parse_line
from criulint.text import find_closest, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.suppressions.index import RuleIndex

_WHITESPACE_BYTES = WHITESPACE.encode()
# `# criulint`
_MARK = re.compile(r"(?<!#)#+[ \t]*criulint(?![\w-])[ \t]*", re.IGNORECASE)
# What follows it: `: ignore[CRIU201] reason`.
_VERB = re.compile(r"(?P<colon>:?)[ \t]*(?P<verb>[A-Za-z][\w-]*)?(?P<rest>.*)", re.DOTALL)
_WORD = re.compile(r"[\w-]+")
_COMMA = re.compile(r"[ \t]*,[ \t,]*")
_LINE_VERB = "ignore"
_FILE_VERB = "ignore-file"
_VERBS = (_LINE_VERB, _FILE_VERB)
# The words of other linters.
_FOREIGN_VERBS = {
    "allow": _LINE_VERB,
    "disable": _LINE_VERB,
    "disable-line": _LINE_VERB,
    "disable-next-line": _LINE_VERB,
    "ignore-line": _LINE_VERB,
    "ignore-next": _LINE_VERB,
    "ignore-next-line": _LINE_VERB,
    "nolint": _LINE_VERB,
    "noqa": _LINE_VERB,
    "off": _LINE_VERB,
    "skip": _LINE_VERB,
    "suppress": _LINE_VERB,
    "disable-file": _FILE_VERB,
    "ignore-all": _FILE_VERB,
    "ignore_file": _FILE_VERB,
    "ignorefile": _FILE_VERB,
    "noqa-file": _FILE_VERB,
    "skip-file": _FILE_VERB,
}


class RuleSelector(NamedTuple):
    """A rule or a family in brackets: 0-based code points of its line, the end exclusive."""

    text: str
    start: int
    end: int


class Suppression(NamedTuple):
    """One ``# criulint:`` comment, from `start` to `end` (0-based code points) of a line.

    `line` is 1-based. `names` is None without brackets. The suppression is for the lines from
    `line` to `last_line` (0: for none), or `for_file`. `is_alone`: there is nothing else on the
    line. `mistake` says why it is malformed, `intended` is what to write instead (None if
    unknown), and `certain` whether that is certainly what was meant.
    """

    line: int
    start: int
    end: int
    last_line: int
    is_alone: bool
    for_file: bool = False
    names: tuple[RuleSelector, ...] | None = None
    mistake: str = ""
    intended: str | None = None
    certain: bool = False

    @property
    def is_active(self) -> bool:
        """Whether it can hide a finding."""
        return not self.mistake and (self.for_file or self.last_line > 0)

    def targets(self) -> tuple[RuleSelector | None, ...]:
        """Return the names in the brackets, or a single None (all rules) without brackets."""
        return (None,) if self.names is None else self.names

    def without(self, text: str, name: RuleSelector | None) -> str | None:
        """Return its line's `text` without one `name`, or without itself if no name is left.

        None if the line holds nothing else.
        """
        names = self.names or ()
        if name and len(names) > 1:
            index = names.index(name)
            if index:
                return text[: names[index - 1].end] + text[name.end :]
            return text[: name.start] + text[names[1].start :]
        left = text[: self.start].rstrip(WHITESPACE) + text[self.end :]
        return left.rstrip(" \t") if left.strip(WHITESPACE) else None


def mentions_criulint(data: bytes) -> bool:
    """Return whether a file or a line can contain a suppression at all."""
    return b"criulint" in data.lower()


def is_comment(raw: bytes) -> bool:
    """Return whether a line is a comment and nothing else."""
    return raw.lstrip(_WHITESPACE_BYTES).startswith(b"#")


class SuppressionParser:
    """Parses the suppressions of files that `release` reads."""

    def __init__(self, release: str, rules: RuleIndex) -> None:
        self.release = release
        self.rules = rules
        self._scan = line_scanner(release)

    def parse(self, lines: Sequence[bytes]) -> list[Suppression]:
        """Return all suppressions of a file, including malformed ones, in order."""
        found: list[Suppression] = []
        last_line = 0
        for number, raw in enumerate(lines, 1):
            if number >= last_line and is_comment(raw):
                last_line = _end_of_comments(lines, number)
            found += self.parse_line(raw, number, last_line)
        return found

    def parse_line(self, raw: bytes, number: int, last_line: int) -> Iterator[Suppression]:
        """Yield the suppressions on a 1-based line.

        If the line is a comment and nothing else, they are for the lines up to `last_line`.
        """
        if not mentions_criulint(raw):
            return
        text = decode(raw)
        tree = parse_line(text)
        comment = tree.comment
        if comment is None or comment.kind != "COMMENT":
            return
        is_alone = tree.kind is LineKind.COMMENT
        for start, end in _marked_parts(text, comment.start, comment.end):
            place = Suppression(number, start, end, last_line if is_alone else number, is_alone)
            suppression = self._parse_comment(text, place)
            if suppression is None:
                continue
            if not is_alone and suppression.names is None:
                bare = encode(text[: comment.start].rstrip(" \t"))
                if self._words(bare) != self._words(raw):
                    suppression = suppression._replace(last_line=0, for_file=False)
            yield suppression

    def _words(self, raw: bytes) -> list[bytes]:
        return [word.text for word in self._scan(raw, True).words]

    def _parse_comment(self, text: str, place: Suppression) -> Suppression | None:
        """Return the suppression at `place`, or None if the comment is only prose."""
        mark = _MARK.match(text, place.start, place.end)
        match = _VERB.match(text, mark.end() if mark else place.start, place.end)
        assert match  # each part of the pattern may be empty
        word, rest = (match["verb"] or "").lower(), match["rest"]
        verb = word if word in _VERBS else _FOREIGN_VERBS.get(word)
        if not match["colon"] and verb is None:
            return None
        if verb is None:
            return self._with_unknown_verb(place, word, rest)
        place = place._replace(for_file=verb == _FILE_VERB)
        if not match["colon"]:
            mistake = "the colon after `criulint` is missing"
        elif word != verb:
            mistake = _unknown_word(word)
        else:
            return self._parse_names(text, place, match)
        return self._make_malformed(place, mistake, verb, rest, certain=word == verb)

    def _parse_names(self, text: str, place: Suppression, match: re.Match[str]) -> Suppression:
        """Return a suppression with a valid verb, with the names in its brackets."""
        rest = match["rest"]
        inner = rest.lstrip(" \t")
        if inner.startswith("[") and "]" in inner:
            start = match.start("rest") + len(rest) - len(inner) + 1
            names = tuple(_split_names(text, start, text.index("]", start)))
            return place._replace(names=names, mistake="" if names else "the brackets are empty")
        if not inner.startswith("[") and not self._leading_names(rest)[0]:
            return place
        mistake = "the rules must be in `[` and `]`"
        return self._make_malformed(place, mistake, match["verb"].lower(), rest, certain=True)

    def _with_unknown_verb(self, place: Suppression, word: str, rest: str) -> Suppression:
        mistake = _unknown_word(word) if word else "`ignore` or `ignore-file` is missing"
        close = find_closest(word, _VERBS)
        if not close:
            return place._replace(mistake=mistake)
        return self._make_malformed(place, mistake, close, rest, certain=False)

    def _make_malformed(
        self, place: Suppression, mistake: str, verb: str, rest: str, *, certain: bool
    ) -> Suppression:
        """Return a malformed suppression, with what to write if `rest` shows what was meant."""
        names, reason = self._leading_names(rest)
        intended = None
        if names or rest[:1] in ("", " ", "\t"):
            brackets = f"[{', '.join(names)}]" if names else ""
            intended = f"# criulint: {verb}{brackets} {reason}".rstrip()
        return place._replace(mistake=mistake, intended=intended, certain=certain)

    def _leading_names(self, rest: str) -> tuple[list[str], str]:
        """Return the rules that a text begins with, in any brackets or none, and what follows."""
        names: list[str] = []
        position = len(rest) - len(rest.lstrip("[({=: \t"))
        while (word := _WORD.match(rest, position)) and self.rules.matching(word[0]):
            names.append(word[0])
            comma = _COMMA.match(rest, word.end())
            position = comma.end() if comma else word.end()
        return names, rest[position:].lstrip("])},:; \t").rstrip(WHITESPACE)


def _unknown_word(word: str) -> str:
    return f"unknown word `{shorten(word)}`"


def _end_of_comments(lines: Sequence[bytes], number: int) -> int:
    """Return the line that a comment on a 1-based line is for: the next one that is not a comment.

    If comments end the file, that is its last line.
    """
    while number < len(lines):
        number += 1
        if not is_comment(lines[number - 1]):
            break
    return number


def _marked_parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield each part of a comment that begins with ``# criulint``, without blanks at its end."""
    end = start + len(text[start:end].rstrip(WHITESPACE))
    starts = [match.start() for match in _MARK.finditer(text, start, end)]
    for begin, stop in pairwise([*starts, end]):
        yield begin, begin + len(text[begin:stop].rstrip(WHITESPACE))


def _split_names(text: str, start: int, end: int) -> Iterator[RuleSelector]:
    """Yield the names between commas, with their places in `text`."""
    for part in text[start:end].split(","):
        name = part.strip(WHITESPACE)
        if name:
            at = start + part.index(name)
            yield RuleSelector(name, at, at + len(name))
        start += len(part) + 1
