# SPDX-License-Identifier: GPL-2.0-only
"""Words that stand alone: where they are in the file, and the rules that look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from criulint.source import code_points

if TYPE_CHECKING:
    from criulint.criu.getopt import ParsedOption, ParseError
    from criulint.criu.reading import Reading
    from criulint.rules.base import Problem, Rule

#: A rule that sees a reading and what ``getopt_long`` made of one of its words.
WordRule: TypeAlias = "Rule[[Reading, ParsedOption | ParseError], Problem]"


class WordPlace(NamedTuple):
    """The 1-based line of a word, and its 0-based code points there, the end exclusive."""

    line: int
    start: int
    end: int


def locate_word(reading: Reading, index: int) -> WordPlace:
    """Return where the word at `index` of the reading's words stands."""
    line = reading.word_lines[index]
    raw = reading.source.lines[line - 1]
    start, end = reading.word_span(index)
    return WordPlace(line, code_points(raw, start), code_points(raw, end))
