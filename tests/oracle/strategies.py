# SPDX-License-Identifier: MIT
"""Configuration files as no one would write them, and nearly as people do.

`files` knows the language and its abuses: names, separators, values, quotes, escapes, comments,
line ends, and bytes that nobody expects. CRIU stops at the first mistake; so most lines are
ones that it takes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from criulint.criu.options import Arity, Option, OptionTable, option_table
from tests.oracle.values import is_checked, values

#: Files as people write them: good ones, ones that CRIU reads otherwise than they look, and
#: ones that it refuses.
REAL_FILES = sorted(Path(__file__).with_name("files").glob("*.conf"))

_Bytes = SearchStrategy[bytes]


def _split(text: bytes) -> list[bytes]:
    return text.split(b"|")


_BLANKS = _split(b" |\t|\v|\f|\r|  |\t | \t|                              ")
_SEPARATORS = _split(b" |=|\t| = |= | =|: |:||==|\xc2\xa0|\0") + _BLANKS
_STARTS = _split(b'|--|-|-- |- |#|# |"|[|; |// |\xef\xbb\xbf|\0| \0|=|\\|\xff') + _BLANKS
_MILD_STARTS = _split(b"| |\t|\r|\v\f|    ")
_ENDS = _BLANKS + _split(
    b'|#| #|# c| # c|#c d|\t# c|\t# c d| x| xy| xy z|\tx|\0|\0x y| \0|\\| \\|"| "|\\"| \\"| \\" x|" #|\'|'
    b"| =| --| -- x| -v|"
    b" -z| --tcp-close| -| -vv| -v4| -jl| -o| -of| -t0| -h| -Dx| -R| -x1| -xa| -J|\xc2\xa0|\xff|;"
)
_MILD_ENDS = _split(b"| |  | # c| #c d|\t | \r| \0|\0xy| x| --| -v| -j| --tcp-close| #| -of")
_PIECES = _split(
    b'a|b|ab|a b| | |  |\t|\r|\v|\f|"|"|\\"|\\"|\\|#| #|\0|\'|=|-|--|\xc3\xa9|\xff|/path/to|0123456789|xxxxxxxxxxxxxxxxxxxx|'
    b"xxxxxxxxxxxxxxxxxxxxxxxxxxx|tcp-close|log-file|verbosity|1|,"
)
_PLAIN_VALUES = _split(
    b'/var/log/criu.log|a|a#b|a\\"b|x\\\\"y|"/tmp/x"|"a b"|"a#b"|"a\\"b"|""|"x" # c|-v4|--|a\r|"0123456789abcdef g"|'
    b'"/a long path/with blanks/in it"|--shell-job|a x|\xc3\xa9|\xff|\\|\'a\'|=|a\\" b'
)
_ODD_NAMES = _split(b"|-|--|---|=|v|v4|D|no-|no|h|NO-TCP-CLOSE|criu|log_level|\xc3\xa9|tcp")

# Options whose values CRIU never looks at, and options at which it always ends.
_FREE = [
    b"log-file",
    b"work-dir",
    b"cgroup-root",
    b"action-script",
    b"libdir",
    b"skip-mnt",
    b"veth-pair=a",
    b"external",
]
_ENDING = ("help", "version", "ms")


def files(release: str) -> _Bytes:
    """Files for a CRIU of `release`."""
    made = st.builds(
        _joined,
        st.lists(_lines(option_table(release)), max_size=6),
        st.sampled_from([b"\n"] * 20 + [b"\r\n", b"\n\n", b"\n\0\n"]),
        st.sampled_from([b"\n"] * 4 + [b"", b" ", b"\0", b"\n\n"]),
    )
    # CRIU makes room for words by the blanks of a line: tabs can overrun it.
    tabs = st.lists(
        st.sampled_from(
            [b"log-file\ta", b"root\t" + b"x" * 60, b"libdir\t", b"tcp-close", b"root a", b"# a b"]
        ),
        max_size=14,
    )
    tabbed = st.builds(_joined, tabs, st.just(b"\n"), st.sampled_from([b"\n", b""]))
    return _weighted((12, made), (4, _mutated()), (2, st.binary(max_size=40)), (1, tabbed))


def _weighted(*choices: tuple[int, _Bytes]) -> _Bytes:
    """One of some strategies, each as often as its number says; `one_of` takes equal ones for one."""
    table = [choice for weight, choice in choices for _ in range(weight)]
    return st.integers(0, len(table) - 1).flatmap(lambda index: table[index])


def _joined(lines: list[bytes], between: bytes, end: bytes) -> bytes:
    return between.join(lines) + end if lines else end


def _concatenated(*parts: bytes) -> bytes:
    return b"".join(parts)


def _without_newline(data: bytes) -> bytes:
    return data.replace(b"\n", b"")


def _lines(table: OptionTable) -> _Bytes:
    plain, statements, quoted = _plain(table), _statements(table), _quoted(table)
    starts, ends = st.sampled_from(_STARTS), st.sampled_from(_ENDS)
    return _weighted(
        (10, plain),
        (
            6,
            st.builds(
                _concatenated, st.sampled_from(_MILD_STARTS), plain, st.sampled_from(_MILD_ENDS)
            ),
        ),
        (2, statements),
        (1, quoted),
        (1, st.builds(_concatenated, starts, statements, ends)),
        (1, st.builds(_concatenated, starts, quoted, ends)),
        (1, st.lists(st.sampled_from(_PIECES), max_size=8).map(b"".join)),
        (1, st.binary(max_size=12).map(_without_newline)),
    )


def _plain(table: OptionTable) -> _Bytes:
    """Lines that CRIU takes, nearly all of them."""
    flags = [
        name.encode()
        for name, option in table.options.items()
        if option.arity is not Arity.REQUIRED
    ]
    chosen = [
        f"{name}={choice}".encode()
        for name, option in table.options.items()
        for choice in option.choices
    ]
    free = st.sampled_from(_FREE)
    return _weighted(
        (3, st.sampled_from([flag for flag in flags if flag.decode() not in _ENDING])),
        (1, st.sampled_from(chosen)),
        (
            3,
            st.builds(
                _concatenated,
                free,
                st.sampled_from([b" ", b"=", b"\t", b"  "]),
                st.sampled_from(_PLAIN_VALUES),
            ),
        ),
        (1, free),
    )


def _names(table: OptionTable) -> _Bytes:
    """Option names, beginnings of them, and misspelled ones."""
    exact = st.sampled_from([name.encode() for name in table.options])
    glued = st.sampled_from(
        [b"s", b"-", b"=", b":", b"#", b"#c", b"\r", b"\t", b'"', b"\\", b"\xff"]
    )
    return _weighted(
        (8, exact),
        (2, st.builds(lambda name, missing: name[: -missing or None], exact, st.integers(0, 20))),
        (1, st.builds(_concatenated, exact, glued)),
        (1, st.builds(_concatenated, st.just(b"no-"), exact)),
        (1, exact.map(lambda name: name.replace(b"-", b"_"))),
        (1, st.sampled_from(_ODD_NAMES)),
    )


def _statements(table: OptionTable) -> _Bytes:
    """A name with what that option could take, or what it could not."""
    options = list(table.options.values())
    checked = [option for option in options if is_checked(option)]
    valued = [option for option in options if option.arity is not Arity.NONE]
    named = st.builds(
        _concatenated, _names(table), st.sampled_from(_SEPARATORS), st.sampled_from(_PIECES)
    )
    return _weighted(
        (1, named),
        (1, _names(table)),
        (2, st.sampled_from(valued).flatmap(_given)),
        (4, st.sampled_from(checked).flatmap(_given)),
    )


@cache
def _given(option: Option) -> _Bytes:
    """An option with a value that is good, bad or broken."""
    usual = st.sampled_from(
        [_without_newline(value) for value in values(option) if len(value) < 600]
    )
    choices = (
        st.sampled_from([choice.encode() for choice in option.choices]) if option.choices else usual
    )
    value = _weighted(
        (3, choices),
        (3, usual),
        (1, usual.map(lambda value: b'"%s"' % value)),
        (
            2,
            st.builds(
                _spliced,
                _weighted((1, choices), (1, usual)),
                st.integers(0, 100),
                st.sampled_from(_PIECES),
            ),
        ),
    )
    separators = _weighted((3, st.sampled_from(_SEPARATORS[:3])), (1, st.sampled_from(_SEPARATORS)))
    return st.builds(_concatenated, st.just(option.name.encode()), separators, value)


def _spliced(value: bytes, where: int, piece: bytes) -> bytes:
    where %= len(value) + 1
    return value[:where] + piece + value[where:]


def _quoted(table: OptionTable) -> _Bytes:
    """A value in quotes, at any column: CRIU looks for a second word at a place that the
    opening quote's column gives.
    """
    text = st.lists(st.sampled_from(_PIECES), max_size=5).map(b"".join)
    padded = st.builds(lambda padding, rest: b"x" * padding + rest, st.integers(0, 40), text)
    return st.builds(
        _concatenated,
        _weighted((3, st.sampled_from(_FREE)), (1, _names(table))),
        st.sampled_from([b" ", b" ", b"\t", *_BLANKS]),
        st.sampled_from([b'"'] * 4 + [b""]),
        _weighted((1, text), (1, padded)),
        st.sampled_from([b'"'] * 4 + [b"", b'""', b'\\"']),
        st.sampled_from(
            [b""] * 4 + [b"x", b" ", b" x", b" #", b" # c", b"#", b"\t", b"xy z", b" \tx"]
        ),
    )


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    """One of `REAL_FILES` in which up to three places are changed."""
    data = draw(st.sampled_from([file.read_bytes() for file in REAL_FILES]))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 0, 1, 1, 2, 5])))
        inserted = draw(st.sampled_from([b"", b"", b"\n", b"\r\n", *_PIECES, *_BLANKS, *_ENDS]))
        data = data[:start] + inserted + data[end:]
    return data
