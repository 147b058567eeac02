# SPDX-License-Identifier: MIT
"""Whether a regular expression of Python can take more than linear time.

Python matches by trying: where a text can be split between two loops in as many ways as it is long,
a mismatch at its end makes it try all of them. The positions of an expression and which can follow
which (Glushkov's automaton) show that: there are two loops p and q, and a word that leads from p to
p, from p to q, and from q to q (infinite degree of ambiguity). The search for a match is such a
loop, too, in front of the expression. Source: Weber and Seidl, On the degree of ambiguity of finite
automata, 1991.

Look-around counts as if it always held, so that what it makes linear may be reported as not.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections import Counter
from functools import cache
from itertools import product
from typing import Any, NamedTuple

if sys.version_info >= (3, 11):
    from re import _parser as parser
else:
    import sre_parse as parser

# ASCII, and one each of what `\w`, `\s` and case know beyond.
_ALPHABET = frozenset(map(chr, range(128))) | frozenset("é日\xa0\u2028\ufffcſ")
# More copies of a part that is repeated a limited number of times show nothing new.
_MAX_COPIES = 3


class _Part(NamedTuple):
    """A part of an expression: whether it can be empty, and positions at its ends."""

    empty: bool
    first: Counter[int]
    last: frozenset[int]


class Automaton:
    """The positions of an expression; `searches` if the match may begin anywhere."""

    def __init__(self, pattern: str | bytes, flags: int = 0, *, searches: bool) -> None:
        text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree: Any = parser.parse(
                text, flags & ~re.UNICODE if isinstance(pattern, bytes) else flags
            )
        self._sets: list[frozenset[str]] = []
        self._follow: list[Counter[int]] = []
        self._flags = int(tree.state.flags)
        self._looks = False
        whole = self._sequence(tree, self._flags)
        if searches and not self._is_anchored(tree):
            start = frozenset((self._position(_ALPHABET),))
            before = frozenset((self._position(_ALPHABET - self._not_before(tree)),))
            self._link(start, Counter(start))
            self._link(start, Counter(before))
            self._link(before, whole.first)
        self._accepting = frozenset() if self._looks else whole.last
        self._can_be_empty = whole.empty and not self._looks

    @staticmethod
    def _beginning(tree: Any) -> tuple[Any, Any]:
        return tree[0] if len(tree) else (None, None)

    def _is_anchored(self, tree: Any) -> bool:
        kind, value = self._beginning(tree)
        at_beginning = str(kind) == "AT" and "BEGINNING" in str(value)
        return at_beginning and not self._flags & re.MULTILINE

    def _not_before(self, tree: Any) -> frozenset[str]:
        """Return the characters that a look-behind at the beginning forbids there."""
        kind, value = self._beginning(tree)
        if str(kind) != "ASSERT_NOT" or value[0] != -1 or len(value[1]) != 1:
            return frozenset()
        inner, argument = value[1][0]
        return frozenset(c for c in _ALPHABET if _is_in(str(inner), argument, c, self._flags))

    def _position(self, characters: frozenset[str]) -> int:
        self._sets.append(characters)
        self._follow.append(Counter())
        return len(self._sets) - 1

    def _link(self, last: frozenset[int], first: Counter[int]) -> None:
        for position in last:
            self._follow[position] += first

    def _single(self, characters: frozenset[str]) -> _Part:
        position = self._position(characters)
        return _Part(False, Counter((position,)), frozenset((position,)))

    def _sequence(self, items: Any, flags: int) -> _Part:
        whole = _Part(True, Counter(), frozenset())
        for kind, value in items:
            whole = self._join(whole, self._part(str(kind), value, flags))
        return whole

    def _join(self, left: _Part, right: _Part) -> _Part:
        self._link(left.last, right.first)
        return _Part(
            left.empty and right.empty,
            left.first + right.first if left.empty else left.first,
            left.last | right.last if right.empty else right.last,
        )

    def _part(self, kind: str, value: Any, flags: int) -> _Part:
        if kind in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return self._single(frozenset(c for c in _ALPHABET if _is_in(kind, value, c, flags)))
        if kind == "SUBPATTERN":
            _, add, remove, inner = value
            return self._sequence(inner, (flags | add) & ~remove)
        if kind == "BRANCH":
            parts = [self._sequence(branch, flags) for branch in value[1]]
            first: Counter[int] = Counter()
            for part in parts:
                first += part.first
            last = frozenset().union(*(part.last for part in parts))
            return _Part(any(part.empty for part in parts), first, last)
        if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inner = value
            return self._repeat(least, most, inner, flags)
        if kind in ("AT", "ASSERT", "ASSERT_NOT", "GROUPREF"):
            # What comes before it can fail although it matched.
            self._looks |= kind != "AT" or "END" in str(value)
            return _Part(True, Counter(), frozenset())
        raise NotImplementedError(kind)

    def _repeat(self, least: int, most: Any, inner: Any, flags: int) -> _Part:
        whole = _Part(True, Counter(), frozenset())
        endless = most is parser.MAXREPEAT
        copies = min(max(least, 1) if endless else most, _MAX_COPIES)
        for number in range(copies):
            part = self._sequence(inner, flags)
            if endless and number == copies - 1:
                self._link(part.last, part.first)
            whole = self._join(whole, part._replace(empty=part.empty or number >= least))
        return whole

    def superlinear(self) -> str:
        """Return a word that can be split in many ways, empty if there is none."""
        if self._can_be_empty:
            return ""  # it matches at once
        for p, follow in enumerate(self._follow):
            if any(count > 1 and self._reaches(q, p) for q, count in follow.items()):
                return min(self._sets[p], default="")
        loops = [p for p in range(len(self._sets)) if self._reaches(p, p)]
        for p in loops:
            for q in loops:
                if p != q and self._reaches(p, q):
                    word = self._common_word(p, q)
                    if word:
                        return word
        return ""

    def _reaches(self, start: int, end: int) -> bool:
        return end in self._reachable(start)

    @cache  # noqa: B019
    def _reachable(self, start: int) -> frozenset[int]:
        seen: set[int] = set()
        waiting = [start]
        while waiting:
            for position in self._follow[waiting.pop()]:
                if position not in seen:
                    seen.add(position)
                    waiting.append(position)
        return frozenset(seen)

    def _common_word(self, p: int, q: int) -> str:
        """Return a word that leads from p to p, from p to q, and from q to q.

        The last not through the end of a match: there, nothing can go wrong any more.
        """
        seen: dict[tuple[int, ...], str] = {(p, p, q): ""}
        waiting: list[tuple[int, ...]] = [(p, p, q)]
        while waiting:
            state = waiting.pop(0)
            for after in product(*(self._follow[position] for position in state)):
                if after in seen or not self._leads_on(after, (p, q, q)):
                    continue
                common = frozenset.intersection(*(self._sets[position] for position in after))
                if common:
                    seen[after] = seen[state] + min(common)
                    if after == (p, q, q):
                        return seen[after]
                    waiting.append(after)
        return ""

    def _leads_on(self, state: tuple[int, ...], end: tuple[int, ...]) -> bool:
        if state[2] in self._accepting:
            return False
        return all(a == b or self._reaches(a, b) for a, b in zip(state, end, strict=True))


def _is_in(kind: str, value: Any, character: str, flags: int) -> bool:
    if flags & re.IGNORECASE and character.swapcase() != character:
        quiet = flags & ~re.IGNORECASE
        return _is_in(kind, value, character, quiet) or _is_in(
            kind, value, character.swapcase(), quiet
        )
    if kind == "ANY":
        return bool(flags & re.DOTALL) or character != "\n"
    if kind == "LITERAL":
        return bool(ord(character) == value)
    if kind == "NOT_LITERAL":
        return bool(ord(character) != value)
    negated = False
    found = False
    for item, argument in value:
        name = str(item)
        if name == "NEGATE":
            negated = True
        elif name == "RANGE":
            found |= argument[0] <= ord(character) <= argument[1]
        elif name == "CATEGORY":
            found |= _is_in_category(str(argument), character)
        else:
            found |= ord(character) == argument
    return found is not negated


_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


def _is_in_category(name: str, character: str) -> bool:
    return re.match(_CATEGORIES[name], character) is not None
