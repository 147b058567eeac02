# SPDX-License-Identifier: MIT
"""The title of a fix names the lines that it writes, or what it removes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from criulint.linter.fixing import apply_edits
from criulint.source import Source, decode
from criulint.text import shorten
from tests.golden import CASES, Case

if TYPE_CHECKING:
    from criulint.finding import Finding

# They change what cannot be seen, or the whole file; no line has to be named.
_UNSEEN = frozenset(
    (
        "Remove the byte order mark",
        "Remove the carriage return",
        "Remove the NUL bytes",
        "Replace the tabs with spaces",
    )
)
_OF_FILES = frozenset(
    ("End all lines with LF", "Format as `criulint format` does", "Write the file as UTF-8")
)
# They take out the line, but for its comment, or (a part of) a suppression.
_REMOVING = re.compile(r"Remove (the line|the suppression|`.*`)")
_MORE = re.compile(r"and (\d+) more lines$")


def _written(finding: Finding, data: bytes) -> tuple[list[str], list[str]]:
    """Return the lines that a fix removes, and those that it inserts."""
    assert finding.fix
    before = Source(data).lines
    after = Source(apply_edits(data, finding.fix.edits)).lines
    spans = [edit.span for edit in finding.fix.edits]
    start = min(span.line for span in spans) - 1
    end = max(
        span.end_line - (span.end_column == 1 and span.end_line > span.line) for span in spans
    )
    left = len(before) - end
    return (
        [decode(line) for line in before[start:end]],
        [decode(line) for line in after[start : len(after) - left]],
    )


def _seen(lines: list[str]) -> str:
    return re.sub(r"[\s\0\ufeff]", "", "".join(lines))


def _problem_of_title(finding: Finding, data: bytes) -> str:
    """Return what a title leaves out or says wrongly."""
    assert finding.fix
    title = finding.fix.title
    if title in _OF_FILES:
        return ""
    before, after = _written(finding, data)
    if title in _UNSEEN:
        return "" if _seen(before) == _seen(after) else "the fix changes what can be seen"
    if _REMOVING.fullmatch(title):
        return "" if _seen(after) in _seen(before) or "suppression" in finding.name else "new text"
    if not title.startswith("Write "):
        return "the title names no line"
    if finding.code.startswith("CRIU9"):  # it is about a part of a comment
        return "" if any(title[7:-1] in line for line in after) else "other text"
    # A comment may stand on a line of its own before what is written.
    options = [line for line in after if not line.lstrip().startswith("#")]
    named = [line for line in options or after if _names(title, line)]
    more = _MORE.search(title)
    if len(named) + (int(more[1]) if more else 0) < len(options or after):
        return f"the title leaves out some of {after}"
    return ""


def _names(title: str, line: str) -> bool:
    """Return whether a title names a line, with its comment or without."""
    statement = shorten(line.strip(" \t\r\v\f")).removesuffix("...")
    return any(
        name and statement.startswith(name.removesuffix("..."))
        for name in re.findall(r"`(.*?)`(?=, | and |$)", title, re.DOTALL)
    )


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_titles_of_cases(case: Case) -> None:
    for run in case.runs:
        for finding in case.findings(run):
            if finding.fix:
                assert not _problem_of_title(finding, case.data), finding
