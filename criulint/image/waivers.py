# SPDX-License-Identifier: MIT
"""Comments in a Dockerfile that hide findings: ``# criulint: ignore[CRIU404] reason``.

A comment is for the instruction below it, or around it, and hides what that instruction made. The
words are those of `criulint.suppressions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.releases import latest_release
from criulint.finding import Finding, Origin, Span
from criulint.linter.findings import make_finding
from criulint.source import Source, encode
from criulint.suppressions.comments import SuppressionParser
from criulint.suppressions.matching import Suppressions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.image.history import Dockerfile


class Waivers:
    """The suppressions of a Dockerfile, which has the name `path`."""

    def __init__(self, path: str, dockerfile: Dockerfile) -> None:
        from criulint.rules.registry import RULE_INDEX

        self._path = path
        # Only comments count: other lines are not those of a configuration file.
        # After all instructions, only what is for the whole file hides something.
        text = "\n".join((*map(_mask, dockerfile.lines), "", "x"))
        self._source = Source(encode(text), path)
        parser = SuppressionParser(latest_release(), RULE_INDEX)
        self._suppressions = Suppressions(self._source, parser, frozenset())
        self._last_lines = {
            each.line: each.last_line for each in (*dockerfile.instructions, *dockerfile.settings)
        }

    def hide(self, finding: Finding) -> bool:
        """Return whether a comment hides a finding: at its own place, or a related one."""
        origins = [finding.origin, *(place.origin for place in finding.related)]
        lines = {line for origin in origins if origin for line in self._lines(origin)}
        lines.add(len(self._source.lines))
        placed = [finding._replace(span=Span(line, 1, line, 1)) for line in sorted(lines)]
        return bool(self._suppressions.filter(placed).hidden)

    def _lines(self, origin: Origin) -> range:
        """Return the lines of the instruction that an origin names."""
        if origin.dockerfile != self._path or not origin.line:
            return range(0)
        return range(origin.line, self._last_lines.get(origin.line, origin.line) + 1)

    def check(self) -> Iterator[Finding]:
        """Yield what is wrong with the comments.

        One that hides nothing may be for another image that is built from the Dockerfile.
        """
        from criulint.rules.suppression.malformed_suppression import malformed_suppression
        from criulint.rules.suppression.unknown_rule_in_suppression import (
            unknown_rule_in_suppression,
        )

        for rule in (malformed_suppression, unknown_rule_in_suppression):
            for problem in rule.check(self._suppressions):
                yield make_finding(self._source, rule, problem)._replace(fix=None)


def _mask(line: str) -> str:
    """Return a line if it is a comment or blank, else a word in its place."""
    stripped = line.strip()
    return line if not stripped or stripped.startswith("#") else "x"
