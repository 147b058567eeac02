# SPDX-License-Identifier: MIT
"""CRIU116 nul-byte."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from criulint.finding import Fix, Severity
from criulint.rules.base import FileProblem, Problem, Rewrite, rule, whole_file_edit
from criulint.source import is_bare_utf16, is_utf16
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.reading import Reading
    from criulint.rules.line import Line
    from criulint.source import Source


@rule(
    "CRIU116",
    "nul-byte",
    Severity.ERROR,
    bad="tcp\0-close\n",
    good="tcp-close\n",
    fixable=True,
)
def nul_byte(line: Line) -> Iterator[Problem]:
    """A NUL byte ends the line for CRIU, which then refuses what is left of it.

    CRIU handles lines as C strings, which end at the first NUL. Files in UTF-16, as some Windows
    editors write them, have a NUL in every ASCII character: CRIU refuses the first letter as an
    unknown or ambiguous option.

    Save the file as UTF-8 or plain ASCII.
    """
    nul = line.tree.nul_rest
    if nul:
        yield Problem(
            nul.start,
            nul.start + 1,
            f"CRIU reads only `{shorten(line.text[: nul.start])}`: the NUL byte ends the line",
            "remove the NUL bytes; a file in UTF-16 must be saved as UTF-8",
            Rewrite("Remove the NUL bytes", line.text.replace("\0", ""), safe=False),
        )


@nul_byte.also
def utf16_file(reading: Reading) -> Iterator[FileProblem]:
    """Report a file in UTF-16 once, instead of each of its lines."""
    source = reading.source
    if is_utf16(source.data):
        encoding = "utf-32" if source.data.startswith(codecs.BOM_UTF32_LE) else "utf-16"
        problem = Problem(
            0,
            2,
            f"CRIU cannot read {encoding.upper()}: the byte order mark becomes part of an option"
            " name, and each NUL byte ends a line",
            "save the file as UTF-8 without a byte order mark",
        )
        yield FileProblem(1, problem, _utf8_fix(source, encoding))
    elif is_bare_utf16(source.data):
        problem = Problem(
            0,
            2,
            "CRIU cannot read UTF-16: each NUL byte ends a line",
            "save the file as UTF-8",
        )
        encoding = "utf-16-be" if source.data.startswith(b"\0") else "utf-16-le"
        yield FileProblem(1, problem, _utf8_fix(source, encoding))


def _utf8_fix(source: Source, encoding: str) -> Fix | None:
    """Return the fix that writes the text of a UTF-16 file as UTF-8; None if it is not text.

    It is not safe: all of the file changes, and another program may need it as it is.
    """
    try:
        text = source.data.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
    if 2 * sum(character.isascii() for character in text) < len(text):
        return None  # other bytes after the mark, which happen to be valid UTF-16
    edit = whole_file_edit(source, text)
    return Fix("Write the file as UTF-8", (edit,), safe=False)
