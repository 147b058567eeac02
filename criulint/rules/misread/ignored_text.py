# SPDX-License-Identifier: MIT
"""Text that CRIU drops from a line without an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.named_tuple import NamedTuple
from criulint.source import WHITESPACE

if TYPE_CHECKING:
    from criulint.rules.line import Line


class IgnoredText(NamedTuple):
    """Text that CRIU ignores, from `start` to `end` (0-based code points, end exclusive)."""

    start: int
    end: int
    text: str


def ignored_text(line: Line) -> IgnoredText | None:
    """Return what follows the option, is not a comment, and yet is not part of the option.

    That is a word that ``getopt_long`` gets and skips, or text that the scanner throws away.
    """
    return _skipped_words(line) or _unscanned_text(line)


def _skipped_words(line: Line) -> IgnoredText | None:
    """Return the words that ``getopt_long`` skips, with all that follows them."""
    skipped = [index for index in line.parsed.dropped if line.scan.words[index].text]
    if not skipped:
        return None
    start = line.word_span(skipped[0])[0]
    end = line.word_span(skipped[-1])[1]
    value, extra = line.tree.value, line.tree.extra
    if value and line.text[start] == "=":
        end = max(end, value.end)
    if extra:
        end = max(end, extra.start + len(extra.text.rstrip(WHITESPACE)))
    return IgnoredText(start, end, line.text[start:end])


def _unscanned_text(line: Line) -> IgnoredText | None:
    """Return the text after the value that does not become a word."""
    found, value, extra = line.first_option, line.tree.value, line.tree.extra
    if not extra or not found or found.value is None:
        return None
    _, end = line.word_span(-1)
    if value and value.kind == "WORD" and "#" in value.text and end <= value.end:
        return None  # CRIU reads the rest as a comment
    text = extra.text.rstrip(WHITESPACE)
    if not text or end > extra.start:
        return None  # it is part of the value, or a word that `_skipped_words` returns
    return IgnoredText(extra.start, extra.start + len(text), text)
