# SPDX-License-Identifier: MIT
"""CRIU116: NUL bytes, and files in UTF-16."""

from __future__ import annotations

import pytest

from criulint.criu.reading import Reading
from criulint.finding import Edit, Fix, Span
from criulint.rules.refused.nul_byte import utf16_file
from criulint.source import Source


@pytest.mark.parametrize(
    ("data", "span", "text"),
    [
        ("\ufefftcp-close\r\n".encode("utf-16-le"), Span(1, 1, 2, 2), "tcp-close\n"),
        ("\ufeffa".encode("utf-16-be"), Span(1, 1, 1, 5), "a"),
        ("\ufeff# \u00e9\n".encode("utf-16-be"), Span(1, 1, 2, 1), "# \u00e9\n"),
        ("\ufeffa\u672c".encode("utf-16-le"), Span(1, 1, 1, 7), "a\u672c"),
        ("\ufeff\u65e5\u672c".encode("utf-16-le"), None, ""),
        (b"\xff\xfea", None, ""),
        # Without a mark.
        ("tcp-close\n".encode("utf-16-be"), Span(1, 1, 2, 1), "tcp-close\n"),
        ("tcp-close\n".encode("utf-16-le"), Span(1, 1, 2, 2), "tcp-close\n"),
    ],
)
def test_fix_of_utf16(data: bytes, span: Span | None, text: str) -> None:
    (found,) = utf16_file.check(Reading(Source(data), "4.2.1"))
    fix = Fix("Write the file as UTF-8", (Edit(span, text),), safe=False) if span else None
    assert (found.line, found.problem.start, found.problem.end, found.fix) == (1, 0, 2, fix)


def test_utf8_is_not_utf16() -> None:
    assert list(utf16_file.check(Reading(Source(b"\xef\xbb\xbfa\n"), "4.2.1"))) == []
