# SPDX-License-Identifier: MIT
"""Turning what a rule reports into a finding: places in the file, and fixes as edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Edit, Finding, Fix, Related, Severity, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from criulint.rules.base import AnyRule, FileProblem, RelatedPlace, Rewrite
    from criulint.source import Source


def make_finding(
    source: Source, rule: AnyRule, found: FileProblem, severity: Severity | None = None
) -> Finding:
    """Return the finding for what a rule reports; `severity` overrides that of the rule."""
    number, problem, fix, places = found
    text = source.text(number)
    span = Span(number, problem.start + 1, number, max(problem.end, problem.start) + 1)
    if problem.rewrite:
        fix = _make_fix(source, number, text, problem.rewrite)
    return Finding(
        rule.code,
        rule.name,
        severity or problem.severity or rule.severity,
        problem.message,
        problem.help,
        source.path,
        span,
        fix,
        rule.url,
        line_text=text,
        related=tuple(_relate(source, place) for place in places),
        subject=problem.subject,
    )


def _relate(source: Source, place: RelatedPlace) -> Related:
    span = Span(place.line, place.start + 1, place.line, max(place.end, place.start) + 1)
    return Related(place.path or source.path or "-", span, place.message)


def _make_fix(source: Source, number: int, text: str, rewrite: Rewrite) -> Fix | None:
    """Return the smallest edit that turns the line into what the rule wants."""
    if rewrite.text is None:
        if number < len(source.lines) or source.ends_with_newline:
            span = Span(number, 1, number + 1, 1)
        else:
            span = Span(number, 1, number, len(text) + 1)
        return Fix(rewrite.title, (Edit(span, ""),), rewrite.safe)
    if rewrite.text == text:
        return None
    prefix, suffix = common_ends(text, rewrite.text)
    # Whole words read better than the letters that differ.
    while prefix and _is_in_word(text[prefix - 1]):
        prefix -= 1
    while suffix and _is_in_word(text[-suffix]):
        suffix -= 1
    edit = Edit(
        Span(number, prefix + 1, number, len(text) - suffix + 1),
        rewrite.text[prefix : len(rewrite.text) - suffix],
    )
    return Fix(rewrite.title, (edit,), rewrite.safe)


def _is_in_word(character: str) -> bool:
    return character.isalnum() or character in "-_"


def common_ends(first: Sequence[str], second: Sequence[str]) -> tuple[int, int]:
    """Return how much of the beginning and of the end two texts, or lists of lines, share."""
    limit = min(len(first), len(second))
    prefix = _count_same(limit, lambda start, end: first[start:end] == second[start:end])
    ends = len(first), len(second)
    suffix = _count_same(
        limit - prefix,
        lambda start, end: (
            first[ends[0] - end : ends[0] - start] == second[ends[1] - end : ends[1] - start]
        ),
    )
    return prefix, suffix


def _count_same(limit: int, are_same: Callable[[int, int], bool]) -> int:
    """Return how many of the first `limit` places are the same, by bisection for long lines."""
    count = 0
    while count < limit:
        middle = (count + limit + 1) // 2
        if are_same(count, middle):
            count = middle
        else:
            limit = middle - 1
    return count
