# SPDX-License-Identifier: MIT
"""Hiding findings in images: comments in a Dockerfile, and `ignore` in a configuration.

A comment, ``# criulint: ignore[CRIU404] reason``, is for the instruction below or around it, and
hides findings in what that instruction made. Its syntax is that of `criulint.suppressions`. A
comment that hides nothing is reported, as in a file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.configuration import ConfigurationError
from criulint.criu.releases import latest_release
from criulint.finding import Finding, Origin, Span
from criulint.linter.findings import make_finding
from criulint.patterns import is_literal
from criulint.rules.relations import NEEDS_ALL_FILES
from criulint.source import Source, encode
from criulint.suppressions.comments import SuppressionParser, is_comment
from criulint.suppressions.matching import Suppressions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from criulint.configuration.load import Configuration
    from criulint.configuration.resolve import FileSettings, ImageIgnore
    from criulint.image.history import Dockerfile


class Waivers:
    """The suppressions in the Dockerfile `path`."""

    def __init__(self, path: str, dockerfile: Dockerfile) -> None:
        from criulint.rules.registry import RULE_INDEX

        self._path = path
        # Only comments count, as the other lines are not a configuration file's. After all
        # instructions, only suppressions for the whole file hide something.
        text = "\n".join((*map(_mask, dockerfile.lines), "", "x"))
        self._source = Source(encode(text), path)
        # In an image all rules can run.
        rules = RULE_INDEX._replace(host_dependent=frozenset())
        parser = SuppressionParser(latest_release(), rules)
        # The rules that ran for all images so far.
        self._suppressions = Suppressions(self._source, parser, frozenset(rules.names))
        self._elsewhere = dockerfile.elsewhere
        # Whether the instruction is known for all findings so far.
        self._is_certain = True
        self._has_images = False
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

    def note_image(self, settings: list[FileSettings], *, is_certain: bool) -> None:
        """Note that an image of the Dockerfile was checked, whose files have these settings.

        `is_certain`: whether the lines are known for everything that was found in it.
        """
        for each in settings:
            self._suppressions.enabled &= each.reported_codes
        self._is_certain &= is_certain
        self._has_images = True

    def _lines(self, origin: Origin) -> range:
        """Return the lines of the instruction that an origin names."""
        if origin.dockerfile != self._path or not origin.line:
            return range(0)
        return range(origin.line, self._last_lines.get(origin.line, origin.line) + 1)

    def check(self, *, is_complete: bool) -> Iterator[Finding]:
        """Yield what is wrong with the comments.

        `is_complete`: whether all images of the run were checked. If one was not, or it is not
        known which line made a finding, a comment that hides nothing is not reported.
        """
        from criulint.rules.suppression import SUPPRESSIONS_RULES

        knows_unused = is_complete and self._is_certain and self._has_images
        for rule in SUPPRESSIONS_RULES:
            if rule.code in NEEDS_ALL_FILES and not knows_unused:
                continue
            found = (
                make_finding(self._source, rule, problem)._replace(fix=None)
                for problem in rule.check(self._suppressions)
                if not self._is_elsewhere(problem.line)
            )
            yield from self._suppressions.filter(found).kept

    def _is_elsewhere(self, line: int) -> bool:
        """Return whether a comment on a line is for an instruction that makes another image."""
        below = range(line, len(self._source.lines))
        target = next((each for each in below if not self._is_comment(each)), 0)
        return target in self._elsewhere

    def _is_comment(self, line: int) -> bool:
        return is_comment(self._source.lines[line - 1])


class IgnoreUsage:
    """The words of `ignore` in tables for images, and which of them hid something."""

    def __init__(self) -> None:
        self._unused: dict[ImageIgnore, FileSettings] = {}
        self._used: set[ImageIgnore] = set()

    def note_image(
        self, ignore: ImageIgnore, settings: list[FileSettings], hidden: Collection[str]
    ) -> None:
        """Note that an image was checked with these words of `ignore`.

        `settings` are those of its files, and `hidden` the codes of the findings that the tables
        hid.
        """
        # A table for many images is for those that need it, which may not be in this run.
        ran = is_literal(ignore.pattern) and any(ignore.codes & each.waived for each in settings)
        if ran and ignore.codes.isdisjoint(hidden):
            self._unused[ignore] = settings[0]
        else:
            self._used.add(ignore)

    def check(self, configuration: Configuration) -> Iterator[tuple[Finding, FileSettings]]:
        """Yield findings for words that hid nothing, with the settings of the image."""
        from criulint.rules.suppression.unused_suppression import (
            IgnoredRules,
            unused_in_configuration,
        )

        try:
            source = Source(configuration.read(), configuration.path)
        except ConfigurationError:  # it is gone
            return
        for ignore in self._unused.keys() - self._used:
            line, start = _find_word(source, ignore)
            ignored = IgnoredRules(ignore.word, line, start, start + len(ignore.word))
            for problem in unused_in_configuration.check(ignored):
                finding = make_finding(source, unused_in_configuration, problem)
                yield finding, self._unused[ignore]


def _find_word(source: Source, ignore: ImageIgnore) -> tuple[int, int]:
    """Return the 1-based line and the 0-based column of a word, where they can be found."""
    for line in range(ignore.line, len(source.lines) + 1):
        found = re.search(rf"(?<=[\"']){re.escape(ignore.word)}(?=[\"'])", source.text(line))
        if found:
            return line, found.start()
    return ignore.line, 0


def _mask(line: str) -> str:
    """Return a line if it is a comment or blank; otherwise a placeholder."""
    stripped = line.strip()
    return line if not stripped or stripped.startswith("#") else "x"
