# SPDX-License-Identifier: MIT
"""Text that a terminal or the log of a CI system would obey, and runs that must not print it."""

from __future__ import annotations

import io
import re
import sys
from typing import NamedTuple

import pytest

from criulint.cli import main

#: What a stranger would like a terminal or a log to obey; each is a part of a line.
PIECES = (
    "\x1b[31mred",
    "\x1b]8;;http://x\x07link\x1b]8;;\x07",
    "\x9b31m",
    "\x85",
    "\u202egnp.exe",
    "\u2066a\u2069",
    "\u2028",
    "\u200b",
    "\x00",
    "\x07",
    "\x08\x08",
    "\x7f",
    "\x0b",
    "\r",
    "::add-mask::x",
    "::set-env name=PATH::/tmp",
    "##[add-path]/tmp",
    "##vso[task.prependpath]/tmp",
    "##VSO[task.prependpath]/tmp",
    "#\u034f#vso[task.prependpath]/tmp",
    "##v\u034fso[task.prependpath]/tmp",
    "\udc9b1m",  # a byte that is not UTF-8
    "%0A::add-mask::x",
    "]]>",
)
#: The same for names of files, which cannot hold all of that.
NAMES = tuple(piece.replace("/", "|") for piece in PIECES if "\0" not in piece)

_OURS = re.compile(r"::(error|warning|notice) |##vso\[task\.logissue ")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# .NET looks for these by the rules of a language: a character that is not ASCII may not count.
_COMMAND = re.compile(r"#[^ -~]*#[^ -~]*(\[|v[^ -~]*s[^ -~]*o[^ -~]*\[)", re.IGNORECASE)


class Result(NamedTuple):
    """The result of a run: its exit status and its output."""

    status: int
    out: bytes
    err: bytes


def run(*words: object, stdin: bytes = b"") -> Result:
    """Run criulint in this process, over streams of bytes."""
    streams = [io.TextIOWrapper(io.BytesIO(data), "utf-8") for data in (stdin, b"", b"")]
    with pytest.MonkeyPatch.context() as patch:
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, stream)
        try:
            status = main([*map(str, words)])
        except SystemExit as error:
            status = int(error.code or 0)
    for stream in streams[1:]:
        stream.flush()
    out, err = (stream.buffer.getvalue() for stream in streams[1:])
    return Result(status, out, err)


def assert_harmless(data: bytes, *, colours: bool = False, commands: bool = False) -> None:
    """Fail if text contains what a terminal or a log obeys, except for criulint's own commands."""
    text = data.decode("utf-8")
    for line in (_COLOUR.sub("", text) if colours else text).split("\n"):
        odd = [
            character for character in line if not (character.isprintable() or character == "\t")
        ]
        assert not odd, (odd, line)
        ours = _OURS.match(line) if commands else None
        rest = line[ours.end() :] if ours else line
        assert ours or not line.lstrip().startswith("::"), line
        assert not _COMMAND.search(rest), line
