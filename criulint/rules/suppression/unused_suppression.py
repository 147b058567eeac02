# SPDX-License-Identifier: MIT
"""CRIU901: a suppression that hides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.named_tuple import NamedTuple
from criulint.rules.base import FileProblem, Problem, Rewrite, Tag, rule
from criulint.rules.suppression.rewriting import is_fixable, rewrite_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.suppressions.comments import Suppression
    from criulint.suppressions.matching import Suppressions, Target


@rule(
    "CRIU901",
    "unused-suppression",
    Severity.WARNING,
    bad="# criulint: ignore[CRIU201] the value is for us\ntcp-close\n",
    good="# criulint: ignore[CRIU201] the value is for us\ntcp-close true\n",
    fixable=True,
    tag=Tag.UNNECESSARY,
)
def unused_suppression(suppressions: Suppressions) -> Iterator[FileProblem]:
    """A suppression hides nothing: what it was written for is fixed, or is on another line.

    Left in the file it would hide the next mistake there. A rule that did not run, because of
    `--select` or `--ignore`, does not make a suppression unused; nor do the families 4xx and
    5xx, which look at what is around the file.

    `criulint image` does the same for comments in the Dockerfile, and for rules that `images` in
    the configuration ignores for a single image; there 4xx and 5xx count, too.
    """
    for target in suppressions.find_unused():
        suppression, name = target
        start, end = (name.start, name.end) if name else (suppression.start, suppression.end)
        what = f"`{name.text}`" if name else "this suppression"
        yield FileProblem(
            suppression.line,
            Problem(
                start,
                end,
                f"{what} hides nothing {_where(suppression)}",
                "remove it",
                _removal(suppressions, target),
            ),
        )


class IgnoredRules(NamedTuple):
    """A word of `ignore` for images in a configuration that hid nothing.

    It is from `start` to `end` (0-based code points) of a 1-based line.
    """

    word: str
    line: int
    start: int
    end: int


@unused_suppression.also
def unused_in_configuration(ignored: IgnoredRules) -> Iterator[FileProblem]:
    """Report an entry for findings that no image has."""
    message = f"`{ignored.word}` hides nothing in this image"
    yield FileProblem(ignored.line, Problem(ignored.start, ignored.end, message, "remove it"))


def _where(suppression: Suppression) -> str:
    if suppression.for_file:
        return "in this file"
    return f"on line {suppression.last_line}" if suppression.is_alone else "on this line"


def _removal(suppressions: Suppressions, target: Target) -> Rewrite | None:
    """Return the fix that removes a name or a whole suppression."""
    suppression, name = target
    if not is_fixable(suppressions, suppression.line):
        return None
    title = f"Remove `{name.text}`" if name else "Remove the suppression"
    text = suppression.without(suppressions.source.text(suppression.line), name)
    return rewrite_line(suppressions, suppression.line, Rewrite(title, text, safe=True))
