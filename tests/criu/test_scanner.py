# SPDX-License-Identifier: MIT
"""Lines by name; ``test_reading`` has what CRIU's own scanners made of random ones."""

from __future__ import annotations

import pytest

from criulint.criu.scanner import LineScan, LineScanner, scan_file, scan_line_3_11, scan_line_3_16

_Places = list[tuple[str, int, int]]


def _places(scan: LineScan) -> _Places:
    return [(word.text.decode(), word.start, word.end) for word in scan.words]


@pytest.mark.parametrize(
    ("line", "words", "undefined"),
    [
        ("", [], False),
        (" ", [], False),
        ("#a", [], False),
        (" \t# a", [], False),
        ("tcp-close", [("--tcp-close", 0, 9)], False),
        (" tcp-close ", [("--tcp-close", 1, 10), ("", 11, 11)], False),
        ("tcp-close\t", [("--tcp-close", 0, 9), ("", 10, 10)], False),
        ("a b", [("--a", 0, 1), ("b", 2, 3)], False),
        ("a\tb", [("--a", 0, 1), ("b", 2, 3)], False),
        ("a\tb c", [("--a\tb", 0, 3), ("c", 4, 5)], False),
        ("a  b", [("--a", 0, 1), ("b", 3, 4)], False),
        ("a #b", [("--a", 0, 1)], False),
        ("a b#c", [("--a", 0, 1), ("b", 2, 3)], False),
        ("a b #c", [("--a", 0, 1), ("b", 2, 3)], False),
        ("a b c", [("--a", 0, 1), ("b", 2, 3)], False),
        ("a b  c", [("--a", 0, 1), ("b", 2, 3)], False),
        ("a b  ", [("--a", 0, 1), ("b", 2, 3)], False),
        ('a ""', [("--a", 0, 1), ("", 2, 4)], False),
        ('a "" b', [("--a", 0, 1), ("", 2, 4)], False),
        ('a "b"', [("--a", 0, 1), ("b", 2, 5)], True),
        ('a "b c"', [("--a", 0, 1), ("b c", 2, 7)], True),
        ('a "bcde"', [("--a", 0, 1), ("bcde", 2, 8)], False),
        ('a "b" c', [("--a", 0, 1), ("b", 2, 5)], True),
        ('a "b"c', [("--a", 0, 1), ("b", 2, 5)], True),
        ('a "b"#c', [("--a", 0, 1), ("b", 2, 5)], True),
        ('a "b\\"c"', [("--a", 0, 1), ('b"c', 2, 8)], True),
        ('a "b\\"c d"', [("--a", 0, 1), ('b"c d', 2, 10)], True),
        ('a b\\"c', [("--a", 0, 1), ('b"c', 2, 6)], False),
        ('  a "b"', [("--a", 2, 3), ("b", 4, 7)], True),
        ('a "b c" d', [("--a", 0, 1), ("b c", 2, 7)], True),
        ("a\x00b c", [("--a", 0, 1)], False),
        ("\x00", [], False),
        (" \x00", [("--", 1, 1)], False),
        ('a "b#c"', [("--a", 0, 1), ("b", 2, 4)], True),
        ('a "b\\"#c"', [("--a", 0, 1), ('b"', 2, 6)], True),
        ("a=b c", [("--a=b", 0, 3), ("c", 4, 5)], False),
        ("a b\t", [("--a", 0, 1), ("b\t", 2, 4)], False),
        ('a "b\tc"', [("--a", 0, 1), ("b\tc", 2, 7)], True),
        ('a \\"b c', [("--a", 0, 1), ('"b c', 2, 7)], True),
        ('"a" b', [('--"a"', 0, 3), ("b", 4, 5)], False),
        ('a "b" ', [("--a", 0, 1), ("b", 2, 5)], True),
        ('a x\\"y\\"z w', [("--a", 0, 1), ('x"y"z w', 2, 11)], True),
        ('a x\\"\\"y', [("--a", 0, 1), ('x""y', 2, 8)], False),
        ('a \\"', [("--a", 0, 1), ('"', 2, 4)], True),
        ('aaa "xxxxxx\t "', [("--aaa", 0, 3), ("xxxxxx\t", 4, 12)], False),
        ('a b\\"c d', [("--a", 0, 1), ('b"c d', 2, 8)], True),
        ('a "\\""', [("--a", 0, 1), ('"', 2, 6)], True),
    ],
)
def test_line_since_3_16(line: str, words: _Places, undefined: bool) -> None:
    scan = scan_line_3_16(line.encode(), True)
    assert (_places(scan), scan.undefined) == (words, undefined)
    assert (scan.refused, scan.refused_at, scan.unsafe, scan.slots) == (False, -1, False, 0)


@pytest.mark.parametrize(
    ("line", "place", "undefined"),
    [
        ("a b c d", 4, False),
        ('a "b', 2, False),
        ('a "', 2, False),
        ('a "b"  c ', 7, False),
        ('a "b"c d', 5, False),
        ('a  "b\\"', 3, False),
        ('a "b" c  d', 6, False),
        ('a "b c d" e f', 10, False),
        ('  a "b" c  d', 8, False),
        ("a b cd ", 4, False),
        ('a "    a "', 8, False),
    ],
)
def test_refused_line_since_3_16(line: str, place: int, undefined: bool) -> None:
    assert scan_line_3_16(line.encode(), True) == LineScan((), True, place, undefined)


@pytest.mark.parametrize("scanner", [scan_line_3_11, scan_line_3_16])
def test_end_of_a_file_without_newline(scanner: LineScanner) -> None:
    assert _places(scanner(b"a b", False)) == [("--a", 0, 1), ("b", 2, 3)]
    assert _places(scanner(b"", False)) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('a """', [("--a", 0, 1), ("", 2, 5)]),
        ('a """b\\"', [("--a", 0, 1), ('b"', 2, 7)]),
        ('a "b\\"', [("--a", 0, 1), ('b"', 2, 6)]),
    ],
)
def test_quotes_that_the_end_of_the_file_leaves_open(line: str, words: _Places) -> None:
    scan = scan_line_3_11(line.encode(), False)
    assert (_places(scan), scan.undefined) == (words, True)


def test_spaces_at_the_end_of_a_file_are_a_word_since_3_16() -> None:
    assert _places(scan_line_3_16(b" ", False)) == [("--", 1, 1)]
    assert _places(scan_line_3_11(b" ", False)) == []


@pytest.mark.parametrize(
    ("line", "words", "undefined", "unsafe"),
    [
        ("", [], False, False),
        (" ", [], False, False),
        ("#a", [], False, False),
        (" \t# a", [], False, False),
        ("tcp-close", [("--tcp-close", 0, 9)], False, False),
        (" tcp-close ", [("--tcp-close", 1, 10)], False, False),
        ("tcp-close\t", [("--tcp-close", 0, 9)], False, False),
        ("a b", [("--a", 0, 1), ("b", 2, 3)], False, False),
        ("a\tb", [("--a", 0, 1), ("b", 2, 3)], False, False),
        ("a\tb c", [("--a", 0, 1), ("b", 2, 3), ("c", 4, 5)], False, False),
        ("a  b", [("--a", 0, 1), ("b", 3, 4)], False, False),
        ("a #b", [("--a", 0, 1)], False, False),
        ("a b#c", [("--a", 0, 1), ("b#c", 2, 5)], False, False),
        ("a b #c", [("--a", 0, 1), ("b", 2, 3)], False, False),
        ("a b c", [("--a", 0, 1), ("b", 2, 3), ("c", 4, 5)], False, False),
        ("a b  c", [("--a", 0, 1), ("b", 2, 3), ("c", 5, 6)], False, False),
        ("a b c d", [("--a", 0, 1), ("b", 2, 3), ("c", 4, 5), ("d", 6, 7)], False, False),
        ("a b  ", [("--a", 0, 1), ("b", 2, 3)], False, False),
        ('a ""', [("--a", 0, 1), ("", 2, 4)], False, True),
        ('a "" b', [("--a", 0, 1), ("", 2, 4), ("b", 5, 6)], False, True),
        ('a "b"', [("--a", 0, 1), ("b", 2, 5)], True, True),
        ('a "b c"', [("--a", 0, 1), ("b c", 2, 7)], True, True),
        ('a "b" c', [("--a", 0, 1), ("b", 2, 5)], True, True),
        ('a "b"c', [("--a", 0, 1), ("b", 2, 5)], True, True),
        ('a "b"#c', [("--a", 0, 1), ("b", 2, 5)], True, True),
        ('a "b', [("--a", 0, 1), ('"b', 2, 4)], False, False),
        ('a "', [("--a", 0, 1), ('"', 2, 3)], False, False),
        ('a "b\\"c"', [("--a", 0, 1), ('b"c', 2, 8)], False, False),
        ('a "b\\"c d"', [("--a", 0, 1), ('b"c d', 2, 10)], False, False),
        ('a b\\"c', [("--a", 0, 1), ('b\\"c', 2, 6)], False, False),
        ('  a "b"', [("--a", 2, 3), ("b", 4, 7)], True, True),
        ('a "b c" d', [("--a", 0, 1), ("b c", 2, 7)], True, True),
        ("a\x00b c", [("--a", 0, 1)], False, False),
        ("\x00", [], False, False),
        (" \x00", [], False, False),
        ('a "b#c"', [("--a", 0, 1), ("b#c", 2, 7)], True, True),
        ('a "b\\"#c"', [("--a", 0, 1), ('b"#c', 2, 9)], False, False),
        ("a=b c", [("--a=b", 0, 3), ("c", 4, 5)], False, False),
        ("a b\t", [("--a", 0, 1), ("b", 2, 3)], False, False),
        ('a "b\tc"', [("--a", 0, 1), ("b\tc", 2, 7)], True, True),
        ('a \\"b c', [("--a", 0, 1), ('\\"b', 2, 5), ("c", 6, 7)], False, False),
        ('"a" b', [("--a", 0, 3)], True, True),
        ('a "b" ', [("--a", 0, 1), ("b", 2, 5)], True, True),
        ('a "b"  c ', [("--a", 0, 1), ("b", 2, 5)], True, True),
        ('a x\\"y\\"z w', [("--a", 0, 1), ('x\\"y\\"z', 2, 9), ("w", 10, 11)], False, False),
        ('a  "b\\"', [("--a", 0, 1), ('b"\n', 3, 7)], True, True),
        ('a b\\"c d', [("--a", 0, 1), ('b\\"c', 2, 6), ("d", 7, 8)], False, False),
        ('a "\\""', [("--a", 0, 1), ('"', 2, 6)], True, True),
        ('a "b\\"c\\"d" e', [("--a", 0, 1), ('b"c"d', 2, 11), ("e", 12, 13)], False, False),
        ('a "b\\""c" d', [("--a", 0, 1), ('b"', 2, 7)], True, True),
        ('a "b\\" c', [("--a", 0, 1), ('b" c\n', 2, 8)], True, True),
        ('"" a', [("--", 0, 2)], True, True),
        ('"b\\"c" a', [('--b"c', 0, 6), ("a", 7, 8)], False, False),
        ('a "b""c"', [("--a", 0, 1), ("b", 2, 5)], True, True),
        ('a """b"', [("--a", 0, 1), ("b", 2, 5)], True, True),
        ('a ""b"', [("--a", 0, 1), ("b", 2, 5)], True, True),
        ('a ""b\\"c" d', [("--a", 0, 1), ('b"c', 2, 8)], False, False),
    ],
)
def test_line_up_to_3_15(line: str, words: _Places, undefined: bool, unsafe: bool) -> None:
    scan = scan_line_3_11(line.encode(), True)
    assert (_places(scan), scan.undefined, scan.unsafe) == (words, undefined, unsafe)
    assert (scan.refused, scan.refused_at, scan.slots) == (False, -1, len(words) + 1)


@pytest.mark.parametrize(
    ("lines", "release", "refused_line", "undefined", "overflow_line"),
    [
        ([], "3.11", 0, True, 0),
        ([], "3.12", 0, False, 0),
        ([], "4.2.1", 0, False, 0),
        (["a"], "3.11", 0, False, 0),
        (["a b", "a b c d", "a"], "4.2.1", 2, False, 0),
        (["a b", "a b c d"], "3.15", 0, False, 0),
        (["a", 'a "b"', "a"], "4.2.1", 0, True, 0),
        (["a", 'a "b"'], "3.15", 0, True, 0),
        (["a b c d", 'a "b"'], "4.2.1", 1, False, 0),
        (["a b c d e f g h"], "3.15", 0, False, 0),
        (["a b c d e f g h i"], "3.15", 0, True, 1),
        (["a b c d e f g h i j"], "3.15", 0, True, 1),
        (["a b c d e f", "a b", "a b"], "3.15", 0, False, 0),
        (["a b c d e f g h", "a b" + " c" * 8], "3.15", 0, False, 0),
        (["a b c d e f g h", "a b" + " c" * 9], "3.15", 0, True, 2),
        (["a"] * 8, "4.2.1", 0, False, 0),
        (["a\tb"] * 4, "4.2.1", 0, False, 0),
        (["a\tb"] * 5, "4.2.1", 0, True, 5),
        (["a\tb"] * 5, "3.16", 0, True, 5),
        (["a\tb"] * 6, "4.2.1", 0, True, 6),
        (["a\tb"] * 6 + ["#" + " x" * 20], "4.2.1", 0, True, 6),
        (["a\tb"] * 4 + ['a\t"b'], "4.2.1", 5, False, 0),
        (["a\tb"] * 5 + ['a\t"b'], "4.2.1", 6, True, 6),
        (["a\tb"] * 9, "4.2.1", 0, True, 6),
        (["a\tb"] * 10, "4.2.1", 0, True, 6),
        (["a\tb"] * 11, "4.2.1", 0, True, 6),
        (["a\tb"] * 12, "4.2.1", 0, True, 6),
        (["a\tb"] * 20, "4.2.1", 0, True, 6),
        (["a b"] * 40, "4.2.1", 0, False, 0),
        (["a\tb"] * 40, "3.15", 0, False, 0),
    ],
)
def test_file(
    lines: list[str], release: str, refused_line: int, undefined: bool, overflow_line: int
) -> None:
    scan = scan_file([line.encode() for line in lines], True, release)
    assert scan.refused_line == refused_line
    assert (scan.undefined, scan.overflow_line) == (undefined, overflow_line)
    assert len(scan.lines) == len(lines)
