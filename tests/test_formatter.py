# SPDX-License-Identifier: MIT
"""The canonical layout of files."""

from __future__ import annotations

import pytest

from criulint import formatter
from criulint.criu.reading import Reading
from criulint.formatter import collapse_blank_lines, lay_out, strip_outer_blank_lines
from criulint.source import Source


def _lay_out(text: str, release: str = "4.2.1") -> str:
    return lay_out(Reading(Source(text.encode()), release)).data.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("\n\n", "\n"),
        ("  tcp-close  \n", "tcp-close\n"),
        ("tcp-close", "tcp-close\n"),
        ("\n\ntcp-close\n\n\nshell-job\n\n", "tcp-close\n\nshell-job\n"),
        ("tcp-close # x\r\n", "tcp-close # x\n"),
        # Names and values.
        ("log-file   a\n", "log-file a\n"),
        ("log-file=a\n", "log-file a\n"),
        ("log-file=a#b\n", "log-file=a#b\n"),
        ('log-file   "a"\n', 'log-file "a"\n'),
        ('log-file   "a b"\n', 'log-file "a b"\n'),
        ("manage-cgroups=full\n", "manage-cgroups=full\n"),
        ("manage-cgroups   full\n", "manage-cgroups full\n"),
        ("tcp-est\n", "tcp-established\n"),
        ("log-f   a\n", "log-file a\n"),
        ("log-file=\n", "log-file=\n"),
        ("log-file =a\n", "log-file =a\n"),
        ("log-f =a \n", "log-file =a\n"),
        ("ghost-limit  1   M\n", "ghost-limit 1 M\n"),
        # Comments.
        ("#why\n", "# why\n"),
        ("  #  why  \n", "#  why\n"),
        ("####\n#!/x\n#\n", "####\n#!/x\n#\n"),
        ("tcp-close   #why\n", "tcp-close # why\n"),
        # A carriage return that is part of a value stays, and the others do too.
        ("log-file a\r\n  tcp-close\r\n", "log-file a\r\ntcp-close\r\n"),
        ("shell-job # c\r\nlog-f   a\r\n", "shell-job # c\r\nlog-file a\r\n"),
        # What CRIU refuses, or does not read as an option.
        ("  --tcp-close\n", "--tcp-close\n"),
        ("  \ufefftcp-close\n", "  \ufefftcp-close\n"),
        ("  bogus   x\n", "bogus x\n"),
        ("tcp-close --\n  log-file   a\n", "tcp-close --\nlog-file a\n"),
    ],
)
def test_lay_out(before: str, after: str) -> None:
    assert _lay_out(before) == after
    assert _lay_out(after) == after


@pytest.mark.parametrize("line", ["tcp-cl --shell-job", "log-f x --log-fi y", "tcp-cl -v4"])
def test_a_line_with_two_options_keeps_their_names(line: str) -> None:
    """Up to 3.15 a word with dashes is another option."""
    assert _lay_out(f"{line}\n", "3.15") == f"{line}\n"


@pytest.mark.parametrize(
    ("text", "release", "refusal"),
    [
        ("  a\0\n", "4.2.1", "it holds NUL bytes or is UTF-16"),
        (
            '  log-file "/x"\n',
            "3.15",
            "CRIU 3.15 reads memory out of bounds while it reads the file",
        ),
    ],
)
def test_a_file_that_stays(text: str, release: str, refusal: str) -> None:
    source = Source(text.encode())
    layout = lay_out(Reading(source, release))
    assert layout == (source.data, source.lines, [], refusal)


def test_what_would_be_read_differently_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last safeguard: no known file needs it, so the comparison is replaced."""
    monkeypatch.setattr(formatter, "reads_the_same", lambda *_: False)
    layout = lay_out(Reading(Source(b"  tcp-close\n"), "4.2.1"))
    assert layout == (b"  tcp-close\n", [b"  tcp-close"], [], "CRIU would read it differently")
    assert lay_out(Reading(Source(b"tcp-close\n"), "4.2.1")).refusal == ""


def test_a_line_that_stays_is_named() -> None:
    # CRIU reads the tab as part of the value.
    layout = lay_out(Reading(Source(b"  tcp-close\nlog-file a\t\n"), "4.2.1"))
    assert layout == (b"tcp-close\nlog-file a\t\n", [b"tcp-close", b"log-file a\t"], [2], "")


@pytest.mark.parametrize(
    ("lines", "collapsed"),
    [
        ([], []),
        ([b"a", b"", b"b"], [b"a", b"", b"b"]),
        ([b"a", b"", b"", b"\r", b"b"], [b"a", b"", None, None, b"b"]),
        ([b"", b"", b"a"], [b"", None, b"a"]),
        ([b"", b"a", b"", b"", b"b", b""], [b"", b"a", b"", None, b"b", b""]),
    ],
)
def test_collapse_blank_lines(lines: list[bytes], collapsed: list[bytes | None]) -> None:
    assert collapse_blank_lines(lines) == collapsed


@pytest.mark.parametrize(
    ("lines", "stripped"),
    [
        ([], []),
        ([b"", None], [None, None]),
        ([b"a"], [b"a"]),
        ([b"", b"a", b"", None, b"b", b"\r"], [None, b"a", b"", None, b"b", None]),
    ],
)
def test_strip_outer_blank_lines(lines: list[bytes | None], stripped: list[bytes | None]) -> None:
    assert strip_outer_blank_lines(lines) == stripped
