# SPDX-License-Identifier: GPL-2.0-only
"""Family 9xx: criulint itself, which is told of by comments (`criulint.suppressions`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, Rewrite, rule
from criulint.source import encode
from criulint.text import shorten

if TYPE_CHECKING:
    from criulint.suppressions import Name, Suppression, Suppressions
    from criulint.suppressions.index import RuleIndex


def _rewrite(
    suppressions: Suppressions, line: int, title: str, new: str | None, *, safe: bool
) -> Rewrite | None:
    """The fix that makes `new` of a 1-based line, if CRIU reads that as before."""
    from criulint.criu.equivalence import line_reads_the_same

    old = encode(suppressions.source.text(line))
    if new is not None and not line_reads_the_same(
        old, encode(new), suppressions.release, alone=False
    ):
        return None
    return Rewrite(title, new, safe)


def _removal(
    suppressions: Suppressions, suppression: Suppression, name: Name | None
) -> Rewrite | None:
    """The fix that takes a name or a whole suppression out."""
    from criulint.suppressions import without

    new = without(suppressions.source.text(suppression.line), suppression, name)
    title = f"Remove `{name.text}`" if name else "Remove the suppression"
    return _rewrite(suppressions, suppression.line, title, new, safe=True)


@rule(
    "CRIU901",
    "unused-suppression",
    Severity.WARNING,
    bad="# criulint: ignore[CRIU201] the value is for us\ntcp-close\n",
    good="# criulint: ignore[CRIU201] the value is for us\ntcp-close true\n",
    fixable=True,
)
def unused_suppression(suppressions: Suppressions) -> Iterator[FileProblem]:
    """A suppression hides nothing: what it was written for is mended, or is on another line.

    Left in the file it would hide the next mistake there. A rule that did not run, because of `--select` or `--ignore`,
    makes no suppression unused; nor do the families 4xx and 5xx, which look at what is around the file.
    """
    for suppression, name in suppressions.unused():
        start, end = (name.start, name.end) if name else (suppression.start, suppression.end)
        what = f"`{name.text}`" if name else "this suppression"
        where = f"on line {suppression.last}" if suppression.alone else "on this line"
        if suppression.file:
            where = "in the file"
        yield FileProblem(
            suppression.line,
            Problem(
                start,
                end,
                f"{what} has nothing to hide {where}",
                "remove it",
                _removal(suppressions, suppression, name),
            ),
        )


@rule(
    "CRIU902",
    "unknown-rule-in-suppression",
    Severity.WARNING,
    bad="# criulint: ignore[value_ignored] the value is for us\ntcp-close\n",
    good="# criulint: ignore[value-ignored] the value is for us\ntcp-close true\n",
    fixable=True,
)
def unknown_rule(suppressions: Suppressions) -> Iterator[FileProblem]:
    """A suppression names a rule that criulint does not have, and so hides nothing.

    In the brackets stand codes (`CRIU201`), names (`value-ignored`) or beginnings of codes (`CRIU2`), with commas between
    them. `criulint rule` lists all rules.
    """
    for suppression in suppressions.all:
        for name in suppression.names or ():
            if suppressions.rules.matching(name.text):
                continue
            meant, certain = _meant_rule(name.text, suppressions.rules)
            rewrite = None
            if meant:
                text = suppressions.source.text(suppression.line)
                new = text[: name.start] + meant + text[name.end :]
                rewrite = _rewrite(
                    suppressions, suppression.line, f"Write `{meant}`", new, safe=certain
                )
            yield FileProblem(
                suppression.line,
                Problem(
                    name.start,
                    name.end,
                    f"criulint has no rule `{shorten(name.text)}`",
                    f"did you mean `{meant}`?" if meant else "`criulint rule` lists the rules",
                    rewrite,
                ),
            )


def _meant_rule(text: str, rules: RuleIndex) -> tuple[str | None, bool]:
    """The rule that a word which is none was meant to be, and whether that is beyond doubt."""
    from difflib import get_close_matches

    cleaned = text.strip("\"'`.;: ").replace("_", "-").replace(" ", "-").lower()
    cleaned = cleaned.replace("criu-", "criu", 1)
    if rules.matching(cleaned):
        return (cleaned.upper() if cleaned.startswith("criu") else cleaned), True
    if cleaned.isdecimal() and rules.matching(f"CRIU{cleaned}"):
        return f"CRIU{cleaned}", True
    if cleaned.startswith("criu"):
        return None, False  # another number is another rule
    close = get_close_matches(cleaned[:60], rules.names.values(), n=1, cutoff=0.75)
    return (close[0], False) if close else (None, False)


@rule(
    "CRIU903",
    "malformed-suppression",
    Severity.WARNING,
    bad="# criulint: ignore CRIU201, the value is for us\ntcp-close\n",
    good="# criulint: ignore[CRIU201] the value is for us\ntcp-close true\n",
    fixable=True,
)
def malformed_suppression(suppressions: Suppressions) -> Iterator[FileProblem]:
    """A comment speaks to criulint in words that it does not know, and so hides nothing.

    Write `# criulint: ignore[CRIU201] reason` behind an option or alone above it, or `# criulint: ignore-file[CRIU201]
    reason` anywhere. Without brackets all rules are meant. Text that only tells of criulint should have no colon behind the
    name.
    """
    for suppression in suppressions.all:
        if not suppression.mistake:
            continue
        rewrite = None
        if suppression.meant:
            text = suppressions.source.text(suppression.line)
            new = text[: suppression.start] + suppression.meant + text[suppression.end :]
            title = f"Write `{shorten(suppression.meant)}`"
            rewrite = _rewrite(suppressions, suppression.line, title, new, safe=suppression.certain)
        yield FileProblem(
            suppression.line,
            Problem(
                suppression.start,
                suppression.end,
                f"this hides nothing: {shorten(suppression.mistake)}",
                "write `# criulint: ignore[CRIU201] reason`, or `ignore-file` for `ignore`",
                rewrite,
            ),
        )


#: What is wrong with a suppression comes before what it hides.
SUPPRESSIONS_RULES = (malformed_suppression, unknown_rule, unused_suppression)
