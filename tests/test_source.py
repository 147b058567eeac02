# SPDX-License-Identifier: MIT
"""Bytes, lines and columns."""

from __future__ import annotations

import pytest

from criulint.source import (
    Source,
    code_points,
    decode,
    encode,
    has_windows_line_ends,
    is_bare_utf16,
    is_utf16,
)


@pytest.mark.parametrize(
    ("data", "lines", "ends"),
    [
        (b"", [], True),
        (b"\n", [b""], True),
        (b"a", [b"a"], False),
        (b"a\r\nb\x0bc\n", [b"a\r", b"b\x0bc"], True),
        (b"\n\na", [b"", b"", b"a"], False),
    ],
)
def test_lines_end_at_lf_alone(data: bytes, lines: list[bytes], ends: bool) -> None:
    source = Source(data)
    assert source.lines == lines
    assert source.ends_with_newline is ends
    assert source.text(1) == (decode(lines[0]) if lines else "")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\r\nb\r\n", True),
        (b"a\r\nb", True),
        (b"a\r\n", False),  # one line
        (b"a", False),
        (b"", False),
        (b"a\r\nb\n", False),
        (b"a\rb\r", False),
    ],
)
def test_windows_line_ends(data: bytes, expected: bool) -> None:
    assert has_windows_line_ends(data) is expected


def test_a_line_is_decoded_once() -> None:
    source = Source("né\n\n".encode() + b"\xff")
    assert [source.text(line) for line in (1, 2, 3)] == ["né", "", "\udcff"]
    assert source.text(1) is source.text(1)
    with pytest.raises(IndexError):
        source.text(4)


def test_each_byte_survives_and_counts() -> None:
    data = "aé\U0001d11e".encode() + b"\xff\xc3"
    assert encode(decode(data)) == data
    assert [code_points(data, offset) for offset in (0, 1, 3, 7, 8, 9)] == [0, 1, 2, 3, 4, 5]


def test_utf16_begins_with_its_mark() -> None:
    assert is_utf16("a".encode("utf-16"))
    assert not is_utf16(b"\xfea")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("tcp-close\n".encode("utf-16-le"), True),
        ("tcp-close\n".encode("utf-16-be"), True),
        ("ünü\n".encode("utf-16-le"), True),
        (b"tcp-close\n\0\0\0\0", False),
        (b"\0\0a\0\0b" * 9, False),
        (b"\0a" * 3, False),
    ],
)
def test_utf16_without_its_mark(data: bytes, expected: bool) -> None:
    assert is_bare_utf16(data) is expected
