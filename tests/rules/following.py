# SPDX-License-Identifier: MIT
"""Do what a finding's help says, to the letter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.source import Source, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.finding import Finding

# What is quoted in place of a value that only the reader knows.
_PLACEHOLDER = re.compile(r"[A-Z]{2}|\bname\b|^\\|^[=#\[\]\"]$|\.\.\.")
_SWITCHES = re.compile(r"write `([^`]+)` to switch it on, `([^`]+)` to switch it off")
_WRITING = re.compile(r"(?:write(?: a relative path:)?|attach the value:) `([^`]+)`(.*)")
_NAMING = re.compile(r"write the full name: ((?:`[^`]+`(?:, )?)+)")
_MEANT = re.compile(r"did you mean `([^`]+)`\?")
_REMOVING = re.compile(r"remove the line(?:[:,;]|$)")
_ADDING = re.compile(r"add `([^`]+)`$")


def followed(finding: Finding, source: Source) -> Iterator[bytes]:
    """Yield the file after each thing that the help says to do, where that is unambiguous."""
    text = finding.help
    lines, index = list(source.lines), finding.span.line - 1
    for line in _rewritten(finding, source.text(finding.span.line)):
        yield _join([*lines[:index], encode(line), *lines[index + 1 :]])
    if _REMOVING.match(text):
        yield _join([*lines[:index], *lines[index + 1 :]])
    if (added := _ADDING.match(text)) and not _is_open(added[1]):
        yield _join([*lines, encode(added[1])])


def _rewritten(finding: Finding, line: str) -> Iterator[str]:
    """Yield the lines that the help gives for the one of the finding."""
    text = finding.help
    span = finding.span
    before, after = line[: span.column - 1], line[span.end_column - 1 :]
    if switches := _SWITCHES.match(text):
        yield from switches.groups()
    elif named := _NAMING.match(text):
        yield from (before + name + after for name in re.findall("`([^`]+)`", named[1]))
    elif (written := _WRITING.match(text)) and not _is_open(written[1]):
        # Two lines, or one of several ways, are more than a word.
        if not written[2].startswith((" and", " on ", " or ")):
            yield written[1]
    elif (meant := _MEANT.match(text)) and not _is_open(meant[1]):
        is_line = finding.fix and finding.fix.title == f"Write `{meant[1]}`"
        yield meant[1] if is_line else before + meant[1] + after


def _is_open(text: str) -> bool:
    return _PLACEHOLDER.search(text) is not None


def _join(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
