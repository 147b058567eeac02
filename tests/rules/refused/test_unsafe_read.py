# SPDX-License-Identifier: MIT
"""CRIU115: lines with a tab and no space that are one too many; what else it finds is in cases."""

from __future__ import annotations

import pytest

from criulint.criu.reading import Reading
from criulint.rules.refused.unsafe_read import buffer_overflow
from criulint.source import Source


def _fixed(source: Source) -> tuple[int, str, list[str]] | None:
    """Return the reported line, the part that is marked, and the lines after the fix."""
    found = next(buffer_overflow.check(Reading(source, "4.2")), None)
    if not found:
        return None
    assert found.fix
    assert found.fix.safe
    lines = source.data.decode().splitlines()
    for edit in found.fix.edits:
        line = lines[edit.span.line - 1]
        assert edit.span.end_line == edit.span.line
        start, end = edit.span.column - 1, edit.span.end_column - 1
        lines[edit.span.line - 1] = line[:start] + edit.text + line[end:]
    text = source.data.decode().splitlines()[found.line - 1]
    return found.line, text[found.problem.start : found.problem.end], lines


def test_all_tabs_are_replaced() -> None:
    names = ("log-file", "work-dir", "images-dir", "libdir", "root", "pidfile")
    tabs = ("\t", "\t\t", "\t", "\t", "\t", "\t")
    text = "tcp-close\n" + "".join(f"{n}{t}ü{t}x\n" for n, t in zip(names, tabs, strict=True))
    found = _fixed(Source(text.encode()))
    assert found
    line, marked, fixed = found
    assert line in range(6, 8)
    assert marked == "\t"
    assert fixed[0] == "tcp-close"
    assert fixed[2] == "work-dir ü\t\tx"
    assert not [each for each in fixed[1:] if " ü\t" not in each]


@pytest.mark.parametrize("count", range(5))
def test_a_few_lines_are_harmless(count: int) -> None:
    assert _fixed(Source(b"log-file\tx\n" * count)) is None
