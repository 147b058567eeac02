# SPDX-License-Identifier: MIT
"""CRIU204: a word after the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint import guesses
from criulint.finding import Severity
from criulint.named_tuple import NamedTuple
from criulint.rules.base import FileProblem, Problem, Rewrite, Tag, rule
from criulint.rules.misread.ignored_text import IgnoredText, ignored_text
from criulint.rules.misread.quotes import keeps_quotes
from criulint.rules.misread.values import describe_value, rewrite_value
from criulint.source import WHITESPACE, decode, is_bare_utf16
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from criulint.criu.getopt import ParsedOption
    from criulint.criu.options import Option
    from criulint.criu.reading import Reading
    from criulint.rules.line import Line


@rule(
    "CRIU204",
    "word-ignored",
    Severity.WARNING,
    bad="ghost-limit 1 M\n",
    good="ghost-limit 1M\n",
    fixable=True,
    tag=Tag.UNNECESSARY,
)
def word_ignored(line: Line) -> Iterator[Problem]:
    """CRIU ignores a word after the option's value.

    CRIU drops, without a message, a second word of one character, text glued to a closing
    quote, anything after `""`, and a word after `name=value`. Up to 3.15 it drops every
    further word.
    """
    if _hides_words_after_nul(line):
        yield _rest_after_nul(line)
        return
    found = line.first_option
    if not found or found.value is None:
        return  # CRIU201, CRIU202
    ignored = ignored_text(line)
    if ignored and rule_that_explains(line) is None:
        yield _word_after_value(line, found, found.value, ignored)


@word_ignored.also
def unread_file(reading: Reading) -> Iterator[FileProblem]:
    """Report a file in UTF-16 once, instead of each of its lines: CRIU reads nothing of it.

    In big-endian text each line begins with a NUL byte.
    """
    data = reading.source.data
    if not reading.words and is_bare_utf16(data) and data.strip(b"\0"):
        message = "CRIU ignores the whole file: it is UTF-16, and each line begins with a NUL byte"
        yield FileProblem(1, Problem(0, 1, message, "save the file as UTF-8"))


def _hides_words_after_nul(line: Line) -> bool:
    nul = line.tree.nul_rest
    if not nul or line.parsed.terminator is not None:
        return False
    if not line.tree.name:
        return True
    return not line.tree.value and bool(nul.text.strip("\0" + WHITESPACE))


def _rest_after_nul(line: Line) -> Problem:
    nul = line.tree.nul_rest
    assert nul
    return Problem(
        nul.start,
        nul.start + 1,
        f"CRIU stops reading the line at the NUL byte and ignores `{shorten(nul.text)}`",
        "remove the NUL bytes",
    )


def _word_after_value(
    line: Line, found: ParsedOption, value: bytes, ignored: IgnoredText
) -> Problem:
    several = line.split_rewrite()
    if several:
        return Problem(
            ignored.start,
            ignored.end,
            f"CRIU ignores `{shorten(ignored.text)}`: it reads only one option per line",
            "write each option on its own line",
            several,
        )
    option = found.option
    return Problem(
        ignored.start,
        ignored.end,
        f"CRIU sets `{option.name}` to {describe_value(option, value)}"
        f" and ignores `{shorten(ignored.text)}`",
        guesses.several_words_help(option, quotes_work=line.quotes_work),
        _join_words(line, found, decode(value), ignored),
    )


def _join_words(
    line: Line, found: ParsedOption, value: str, ignored: IgnoredText
) -> Rewrite | None:
    """Return the fix that joins the value and the ignored words, if they were meant as one."""
    if value != line.written_value:
        return None
    is_glued = line.tree.value is not None and line.tree.value.end == ignored.start
    rest = ignored.text if is_glued else " " + ignored.text
    joined, certain = guesses.joined_value(found.option, value, rest)
    return rewrite_value(line, found.option, joined, safe=certain, whole=True) if joined else None


def rule_that_explains(line: Line) -> str | None:
    """Return the code of the rule that reports the words after a value in place of this one."""
    found = line.first_option
    if not found or found.value is None:
        return None
    assignment = _Assignment(line, found.option, decode(found.value))
    for code, explains in _EXPLANATIONS:
        if explains(assignment):
            return code
    return None


class _Assignment(NamedTuple):
    """A line that sets an option to a value, with words after it."""

    line: Line
    option: Option
    value: str


def _begins_with_equals(assignment: _Assignment) -> bool:
    return assignment.value.startswith("=")


def _is_list(assignment: _Assignment) -> bool:
    return assignment.option.kind in ("list", "flag-list")


def _is_empty_after_equals(assignment: _Assignment) -> bool:
    separator = assignment.line.tree.separator
    return not assignment.value and separator is not None and separator.kind == "EQUALS"


def _ends_with_comment_mark(assignment: _Assignment) -> bool:
    return assignment.value.endswith("#")


def _has_literal_quotes(assignment: _Assignment) -> bool:
    token = assignment.line.tree.value
    return token is not None and keeps_quotes(assignment.value, token)


def _does_nothing(assignment: _Assignment) -> bool:
    return assignment.option.is_ignored


#: What better explains an ignored word after a value, by the code of the rule that reports it.
_EXPLANATIONS: tuple[tuple[str, Callable[[_Assignment], bool]], ...] = (
    ("CRIU211", _begins_with_equals),
    ("CRIU216", _is_list),
    ("CRIU214", _is_empty_after_equals),
    ("CRIU217", _ends_with_comment_mark),
    ("CRIU207", _has_literal_quotes),
    ("CRIU209", _does_nothing),
)
