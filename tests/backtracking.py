# SPDX-License-Identifier: MIT
"""How many steps a regular expression takes: a backtracking matcher that counts them.

It tries the same as CPython's, in the same order, one character a step. It also counts what CPython
optimizes away (a literal in front of a search), so a linear count here is linear time there.
"""

from __future__ import annotations

import re
import sys
import warnings
from typing import TYPE_CHECKING, Any

if sys.version_info >= (3, 11):
    from re import _parser as parser
else:
    import sre_parse as parser

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    Continue = Callable[[int], bool]

_MAX_STEPS = 300_000
_SINGLE = ("LITERAL", "NOT_LITERAL", "ANY", "IN")
_ALPHABET = [*map(chr, range(128)), "é"]


class Counter:
    """Matches one expression, and counts the steps."""

    def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
        text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
        flags &= ~(re.UNICODE | re.ASCII)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._tree: Any = parser.parse(text, flags)
        self._flags = self._tree.state.flags
        self._classes: dict[int, re.Pattern[str]] = {}
        self.steps = 0

    def count(self, method: str, text: str) -> int:
        """Return the steps of a method of `re.Pattern` on a text, or OverflowError."""
        self.steps = 0
        self._text = text
        if method in ("match", "fullmatch"):
            self._end_of(0, whole=method == "fullmatch")
            return self.steps
        start = 0
        while start <= len(text):
            end = self._end_of(start, whole=False)
            if end is not None and method == "search":
                break
            start = max(start + 1, end or 0)
        return self.steps

    def _end_of(self, start: int, *, whole: bool) -> int | None:
        found: list[int] = []
        self._groups: dict[int, tuple[int, int]] = {}

        def end(place: int) -> bool:
            if whole and place < len(self._text):
                return False
            found.append(place)
            return True

        self._sequence(self._tree, 0, start, end)
        return found[0] if found else None

    def _sequence(self, items: Any, index: int, place: int, then: Continue) -> bool:
        if index == len(items):
            return then(place)
        kind, value = items[index]
        return self._item(
            str(kind), value, place, lambda end: self._sequence(items, index + 1, end, then)
        )

    def _step(self) -> None:
        self.steps += 1
        if self.steps > _MAX_STEPS:
            raise OverflowError("too many steps")

    def _item(self, kind: str, value: Any, place: int, then: Continue) -> bool:
        self._step()
        if kind in _SINGLE:
            return self._fits(kind, value, place) and then(place + 1)
        if kind == "SUBPATTERN":
            group, _, _, inner = value

            def leave(end: int) -> bool:
                self._groups[group] = (place, end)
                return then(end)

            return self._sequence(inner, 0, place, leave)
        if kind == "BRANCH":
            return any(self._sequence(branch, 0, place, then) for branch in value[1])
        if kind in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, inner = value
            return self._repeat(kind == "MAX_REPEAT", least, most, inner, place, then)
        if kind == "GROUPREF":
            start, end = self._groups.get(value, (0, 0))
            word = self._text[start:end]
            return self._text.startswith(word, place) and then(place + len(word))
        if kind == "AT":
            return self._stands(str(value), place) and then(place)
        if kind in ("ASSERT", "ASSERT_NOT"):
            direction, inner = value
            start = place if direction > 0 else place - inner.getwidth()[0]
            holds = start >= 0 and self._sequence(inner, 0, start, lambda _: True)
            return holds is (kind == "ASSERT") and then(place)
        raise NotImplementedError(kind)

    def _repeat(
        self, greedy: bool, least: int, most: Any, inner: Any, place: int, then: Continue
    ) -> bool:
        if len(inner) == 1 and str(inner[0][0]) in _SINGLE:
            return self._repeat_single(greedy, least, most, inner[0], place, then)

        def again(count: int, start: int) -> bool:
            def more() -> bool:
                return count < most and self._sequence(
                    inner, 0, start, lambda end: end > start and again(count + 1, end)
                )

            if count < least:
                return more()
            return (more() or then(start)) if greedy else (then(start) or more())

        return again(0, place)

    def _repeat_single(
        self, greedy: bool, least: int, most: Any, item: Any, place: int, then: Continue
    ) -> bool:
        kind, value = item
        ends = []
        count = 0
        while True:
            if count >= least:
                if not greedy and then(place):
                    return True
                ends.append(place)
            self._step()
            if count == most or not self._fits(str(kind), value, place):
                break
            place += 1
            count += 1
        return greedy and any(then(end) for end in reversed(ends))

    def _fits(self, kind: str, value: Any, place: int) -> bool:
        if place >= len(self._text):
            return False
        return bool(self.characters(kind, value)(self._text[place]))

    def characters(self, kind: str, value: Any) -> Callable[[str], object]:
        """Return a function that says whether a character matches an item of one character."""
        if kind == "ANY":
            return lambda one: self._flags & re.DOTALL or one != "\n"
        if kind == "LITERAL":
            return lambda one: ord(one) == value
        if kind == "NOT_LITERAL":
            return lambda one: ord(one) != value
        return lambda one: _is_in(value, one)

    def _stands(self, where: str, place: int) -> bool:
        if "END" in where:
            return place == len(self._text)
        if "BEGINNING" in where:
            return place == 0
        around = [
            re.match(r"\w", one)
            for one in (self._text[place - 1 : place], self._text[place : place + 1])
        ]
        return (bool(around[0]) != bool(around[1])) is (where == "AT_BOUNDARY")

    # --- hostile texts

    def hostile_texts(self, random_: random.Random, size: int, tries: int) -> Iterator[str]:
        """Yield texts in which one loop, or a few, go round `size` times, and which then fail."""
        loops = _count_loops(self._tree)
        for _ in range(tries):
            chosen = (
                {random_.randrange(loops) for _ in range(random_.choice((1, 1, 2)))}
                if loops
                else set()
            )
            number = iter(range(loops + 1))
            text = "".join(self._sample(self._tree, random_, size, chosen, number))
            unit = text[: random_.randint(1, 12)] or "a"
            yield from (text + "\0", text[:-1], text * 2, unit * max(size // len(unit), 1) + "\0")

    def _sample(
        self, items: Any, random_: random.Random, size: int, chosen: set[int], number: Iterator[int]
    ) -> Iterator[str]:
        for kind, value in items:
            name = str(kind)
            if name in _SINGLE:
                fits = self.characters(name, value)
                known = [one for one in _ALPHABET if fits(one)]
                # The same one each time, so that loops run into each other.
                yield "a" if "a" in known and random_.random() < 0.5 else random_.choice(known)
            elif name == "SUBPATTERN":
                yield from self._sample(value[3], random_, size, chosen, number)
            elif name == "BRANCH":
                made = [
                    "".join(self._sample(one, random_, size, chosen, number)) for one in value[1]
                ]
                yield random_.choice(made)
            elif name in ("MAX_REPEAT", "MIN_REPEAT"):
                least, most, inner = value
                own = next(number)
                once = "".join(self._sample(inner, random_, size, chosen, number))
                wanted = (
                    size // max(len(once), 1)
                    if own in chosen
                    else random_.randint(least, least + 1)
                )
                yield once * min(max(wanted, least), most if most is not parser.MAXREPEAT else size)


def _count_loops(items: Any) -> int:
    count = 0
    for kind, value in items:
        name = str(kind)
        if name == "SUBPATTERN":
            count += _count_loops(value[3])
        elif name == "BRANCH":
            count += sum(map(_count_loops, value[1]))
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            count += 1 + _count_loops(value[2])
    return count


_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}


def _is_in(items: Any, one: str) -> bool:
    negated = found = False
    for kind, value in items:
        name = str(kind)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            found |= ord(one) == value
        elif name == "RANGE":
            found |= value[0] <= ord(one) <= value[1]
        else:
            _, *no, category = str(value).split("_")
            found |= (re.match(_CATEGORIES[category], one) is None) is bool(no)
    return found is not negated
