# SPDX-License-Identifier: MIT
"""Which findings the suppressions of a file hide, and which suppressions hide nothing."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache, cached_property
from typing import TYPE_CHECKING

from criulint.named_tuple import NamedTuple
from criulint.suppressions.comments import RuleSelector, Suppression, SuppressionParser, is_comment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from criulint.finding import Finding
    from criulint.source import Source
    from criulint.suppressions.index import RuleIndex

# The place of suppressions for the whole file; others are at the last line that they are for.
_FILE = 0


class Target(NamedTuple):
    """One name of a suppression, or None for all rules if it has no brackets."""

    suppression: Suppression
    name: RuleSelector | None

    @property
    def place(self) -> tuple[int, int]:
        """The 1-based line and the 0-based column, which no two targets share."""
        start = self.name.start if self.name else self.suppression.start
        return self.suppression.line, start


class FilteredFindings(NamedTuple):
    """Findings, split by whether a suppression hides them."""

    kept: list[Finding]
    hidden: list[Finding]


class Suppressions:
    """The suppressions of one file; they remember whether they hid something.

    `enabled` are the codes of the rules that ran, which must be set before `unused` is called. The
    work is linear in the suppressions and the findings, even where a block of comments has many of
    both.
    """

    def __init__(self, source: Source, parser: SuppressionParser, enabled: frozenset[str]) -> None:
        self.source = source
        self.release = parser.release
        self.rules: RuleIndex = parser.rules
        self.all = parser.parse(source.lines)
        self.enabled = enabled
        self._by_place: dict[int, list[Suppression]] = {}
        for suppression in self.all:
            if suppression.is_active:
                place = _FILE if suppression.for_file else suppression.last_line
                self._by_place.setdefault(place, []).append(suppression)
        self._targets = cache(self._find_targets)
        # How many of these targets, from the first on, hid something.
        self._used_counts: dict[tuple[int, str], int] = {}
        self._used_for_file: set[tuple[int, int]] = set()

    def filter(self, findings: Iterable[Finding]) -> FilteredFindings:
        """Split the findings into those to report and those that a suppression hides.

        Findings about suppressions are hidden only by those that name their rule.
        """
        filtered = FilteredFindings([], [])
        for finding in findings:
            (filtered.hidden if self._hides(finding) else filtered.kept).append(finding)
        return filtered

    def _hides(self, finding: Finding) -> bool:
        hidden_on_line = self._use_for_line(finding.span.line, finding.code)
        hidden_in_file = self._use_for_file(finding.code)
        return hidden_on_line or hidden_in_file

    def _use_for_line(self, line: int, code: str) -> bool:
        """Mark the suppressions for a line as used: those of its comment block down to it."""
        key = self._block_ends[line - 1], code
        count = bisect_right(self._targets(*key), line, key=_line_of)
        if count > self._used_counts.get(key, 0):
            self._used_counts[key] = count
        return count > 0

    def _use_for_file(self, code: str) -> bool:
        """Mark the suppressions for the file as used, unless the first one already is."""
        targets = self._targets(_FILE, code)
        if targets and targets[0].place not in self._used_for_file:
            self._used_for_file.update(target.place for target in targets)
        return bool(targets)

    def _find_targets(self, place: int, code: str) -> list[Target]:
        """Return the suppressions of a rule at a place, in the order of their lines."""
        return [
            Target(suppression, name)
            for suppression in self._by_place.get(place, ())
            for name in suppression.targets()
            if self._names_rule(name, code)
        ]

    def _names_rule(self, name: RuleSelector | None, code: str) -> bool:
        if name is None:
            return code not in self.rules.about_suppressions
        return code in self.rules.matching(name.text)

    @cached_property
    def _block_ends(self) -> list[int]:
        """For each line the 1-based one that ends its comment block.

        That is the option below the comments, or the line itself.
        """
        ends: list[int] = []
        for number, line in reversed(list(enumerate(self.source.lines, 1))):
            ends.append(ends[-1] if ends and is_comment(line) else number)
        return ends[::-1]

    def find_unused(self) -> Iterator[Target]:
        """Yield the targets that hid nothing although their rules ran.

        A rule whose findings depend on the runtime or the host proves nothing: they may be unknown
        to this run.
        """
        used = self._used_for_file | {
            target.place
            for key, count in self._used_counts.items()
            for target in self._targets(*key)[:count]
        }
        for suppression in self.all:
            if not suppression.is_active:
                continue
            for name in suppression.targets():
                target = Target(suppression, name)
                if self._proves_something(name) and target.place not in used:
                    yield target

    def _proves_something(self, name: RuleSelector | None) -> bool:
        """Return whether the rules of a name would have found anything there was to hide."""
        if name is None:
            return bool(self.rules.default) and self.rules.default <= self.enabled
        codes = self.rules.matching(name.text)
        if not codes.isdisjoint(self.rules.host_dependent):
            return False
        expected = codes if len(codes) == 1 else codes & self.rules.default
        return bool(expected) and expected <= self.enabled


def _line_of(target: Target) -> int:
    return target.suppression.line
