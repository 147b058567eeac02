# SPDX-License-Identifier: GPL-2.0-only
"""From what a rule reports to a finding: places in the file, and fixes as edits."""

from __future__ import annotations

from collections.abc import Sequence

from criulint.finding import Edit, Finding, Fix, Span
from criulint.rules.base import AnyRule, FileProblem, Rewrite
from criulint.source import Source


def make_finding(source: Source, rule: AnyRule, found: FileProblem) -> Finding:
    number, problem, fix = found
    text = source.text(number)
    span = Span(number, problem.start + 1, number, max(problem.end, problem.start) + 1)
    if problem.rewrite:
        fix = _fix(source, number, text, problem.rewrite)
    severity = problem.severity or rule.severity
    return Finding(
        rule.code,
        rule.name,
        severity,
        problem.message,
        problem.help,
        source.path,
        span,
        fix,
        rule.url,
    )


def _fix(source: Source, number: int, text: str, rewrite: Rewrite) -> Fix | None:
    """The smallest edit that turns the line into what the rule wants."""
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
    while prefix and (text[prefix - 1].isalnum() or text[prefix - 1] in "-_"):
        prefix -= 1
    while suffix and (text[-suffix].isalnum() or text[-suffix] in "-_"):
        suffix -= 1
    span = Span(number, prefix + 1, number, len(text) - suffix + 1)
    return Fix(
        rewrite.title,
        (Edit(span, rewrite.text[prefix : len(rewrite.text) - suffix]),),
        rewrite.safe,
    )


def common_ends(first: Sequence[str], second: Sequence[str]) -> tuple[int, int]:
    """Return how much of the beginning and of the end two texts, or lists of lines, share."""
    limit = min(len(first), len(second))
    prefix = 0
    while prefix < limit and first[prefix] == second[prefix]:
        prefix += 1
    suffix = 0
    while suffix < limit - prefix and first[-1 - suffix] == second[-1 - suffix]:
        suffix += 1
    return prefix, suffix
