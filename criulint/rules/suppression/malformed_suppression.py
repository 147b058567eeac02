# SPDX-License-Identifier: MIT
"""CRIU903: a suppression that criulint does not understand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, Problem, Rewrite, rule
from criulint.rules.suppression.rewriting import is_fixable, rewrite_line
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.suppressions.comments import Suppression
    from criulint.suppressions.matching import Suppressions


@rule(
    "CRIU903",
    "malformed-suppression",
    Severity.WARNING,
    bad="# criulint: ignore CRIU201, the value is for us\ntcp-close\n",
    good="# criulint: ignore[CRIU201] the value is for us\ntcp-close true\n",
    fixable=True,
)
def malformed_suppression(suppressions: Suppressions) -> Iterator[FileProblem]:
    """A comment for criulint is not written as a suppression, and so hides nothing.

    Write `# criulint: ignore[CRIU201] reason` after an option or alone above it, or `# criulint:
    ignore-file[CRIU201] reason` anywhere. Without brackets it applies to all rules. In text that
    only mentions criulint, leave out the colon after the name.
    """
    for suppression in suppressions.all:
        if suppression.mistake:
            yield FileProblem(
                suppression.line,
                Problem(
                    suppression.start,
                    suppression.end,
                    f"this suppression hides nothing: {suppression.mistake}",
                    "write `# criulint: ignore[CRIU201] reason`, or `ignore-file` for all lines",
                    _correct(suppressions, suppression),
                ),
            )


def _correct(suppressions: Suppressions, suppression: Suppression) -> Rewrite | None:
    """Return the fix that writes what was meant, if that is known."""
    intended = suppression.intended
    if not intended or not is_fixable(suppressions, suppression.line):
        return None
    text = suppressions.source.text(suppression.line)
    new = text[: suppression.start] + intended + text[suppression.end :]
    rewrite = Rewrite(f"Write `{shorten(intended)}`", new, suppression.certain)
    return rewrite_line(suppressions, suppression.line, rewrite)
