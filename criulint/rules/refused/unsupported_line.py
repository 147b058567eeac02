# SPDX-License-Identifier: MIT
"""CRIU107 unsupported-line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint import guesses
from criulint.criu.options import Arity
from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule
from criulint.rules.line import write_text
from criulint.rules.refused.meant_line import meant_line
from criulint.source import WHITESPACE
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import Option
    from criulint.rules.line import Line

_ONE_VALUE_HELP = "an option takes one value, without spaces"
_COMMENT_HELP = "comments begin with `#`"


# The form of each of several values.
_REPEATED = {"path": r"/.*", "external": r"[a-z]+\[.*"}


@rule(
    "CRIU107",
    "unsupported-line",
    Severity.ERROR,
    bad="enable-fs hugetlbfs, ceph\n",
    good="enable-fs hugetlbfs,ceph\n",
    fixable=True,
)
def unsupported_line(line: Line) -> Iterator[Problem]:
    """CRIU cannot read a name and one value from the line.

    From 3.16 on CRIU refuses a second word of two or more characters after the value, an opening
    quote without a closing one, and text after a closing quote. It says "Unsupported configuration
    file format", and names neither the file nor the line.
    """
    if not line.scan.refused:
        return
    for check in _CHECKS:
        problem = check(line)
        if problem:
            yield problem
            return
    yield _problem(line, _refused_span(line), _ONE_VALUE_HELP)


@unsupported_line.also
def unexplained_line(line: Line) -> Iterator[Problem]:
    """Report a refused line with CRIU's own message."""
    yield Problem(*line.visible_span, f"CRIU refuses the line: {line.refusal}")


def _problem(
    line: Line,
    span: tuple[int, int],
    help_text: str,
    rewrite: Rewrite | None = None,
    *,
    reason: str = "",
) -> Problem:
    """Return a problem that marks `span`, and at least one character."""
    start, end = span
    if not reason and line.tree.extra:
        reason = "more than one word follows the name"
    elif not reason:
        reason = "it cannot tell name and value apart"
    message = f"CRIU refuses the line (“Unsupported configuration file format”): {reason}"
    return Problem(start, max(end, start + 1), message, help_text, rewrite)


def _refused_span(line: Line) -> tuple[int, int]:
    """Return the 0-based code points of what CRIU cannot read: the extra words, if any."""
    extra, value = line.tree.extra, line.tree.value
    if extra:
        return extra.start, extra.start + len(extra.text.rstrip(WHITESPACE))
    if value:
        return value.start, value.end
    at = line.column(line.scan.refused_at)
    return at, at


def _unclosed_quote(line: Line) -> Problem | None:
    """Check for ``name "value``."""
    value = line.tree.value
    if not value or value.kind != "UNCLOSED":
        return None
    inner = value.text[1:].rstrip(WHITESPACE)
    text = line.rewrite_value(inner) if inner else None
    return _problem(
        line,
        (value.start, value.start),
        "remove the quote, or close it",
        write_text(text, safe=False) if text else None,
        reason="the quote is not closed",
    )


def _several_options(line: Line) -> Problem | None:
    """Check for ``name value name``."""
    split = line.split_rewrite()
    if not split or not line.tree.value:
        return None
    start, end = _refused_span(line)
    option = line.written_option
    if option and option.arity is Arity.NONE:
        start = line.tree.value.start
    return _problem(
        line,
        (start, end),
        "write each option on a line of its own",
        split,
        reason="it reads one option per line",
    )


def _unknown_option(line: Line) -> Problem | None:
    """Check for prose, and for misspelled options with several words after them."""
    name = line.tree.name
    if not name or line.written_option:
        return None
    meant_text = meant_line(line)
    if meant_text:
        rewrite = write_text(meant_text.text, safe=False) if meant_text.text else None
        return _problem(line, _refused_span(line), meant_text.help, rewrite)
    meant, _ = guesses.intended_option(name.text, line.table)
    hint = f"did you mean `{meant.name}`? " if meant else ""
    help_text = f"{hint}`{shorten(name.text)}` is not an option; {_COMMENT_HELP}"
    return _problem(line, _refused_span(line), help_text)


def _flag_with_words(line: Line) -> Problem | None:
    """Check for ``flag several words``."""
    option = line.written_option
    if not option or option.arity is not Arity.NONE:
        return None
    start, end = _refused_span(line)
    if line.tree.value:
        start = line.tree.value.start
    return _problem(line, (start, end), f"{guesses.flag_help(option)}; {_COMMENT_HELP}")


def _text_after_quote(line: Line) -> Problem | None:
    """Check for ``name "value" words``."""
    value = line.tree.value
    if not line.written_option or not value or value.kind != "QUOTED":
        return None
    return _problem(line, _refused_span(line), "remove the text after the closing quote")


def _single_quotes(line: Line) -> Problem | None:
    """Check for ``name 'two words'``."""
    value = line.tree.value
    if not line.written_option or not value or value.kind != "SINGLE_QUOTED":
        return None
    text = line.rewrite_value(value.text[1:-1])
    return _problem(
        line,
        _refused_span(line),
        "use double quotes",
        write_text(text, safe=True) if text else None,
        reason="single quotes do not quote",
    )


def _several_words(line: Line) -> Problem | None:
    """Check for ``name several words``."""
    option, value, extra = line.written_option, line.tree.value, line.tree.extra
    if not option or not value or not extra:
        return None
    start, end = _refused_span(line)
    joined, certain = guesses.joined_value(option, value.text, line.text[value.end : end])
    text = line.rewrite(option, joined, whole=True) if joined is not None else None
    if text:
        rewrite: Rewrite | None = write_text(text, safe=certain)
    else:
        rewrite = _repetition(line, option, line.text[value.start : end].split())
    help_text = guesses.several_words_help(option, quotes_work=line.quotes_work)
    return _problem(line, (start, end), help_text, rewrite)


def _repetition(line: Line, option: Option, words: list[str]) -> Rewrite | None:
    """Return the fix for several paths or resources after an option that can be repeated."""
    form = _REPEATED.get("external" if option.name == "external" else option.kind or "")
    values = [word.strip(",") for word in words]
    if form is None or not option.accumulates:
        return None
    if not all(re.fullmatch(form, value) for value in values):
        return None
    comment = line.tree.comment
    lines = [f"{option.name} {value}" for value in values]
    if not all(map(line.accepts, lines)):
        return None
    if comment:
        lines.insert(0, comment.text)
    return line.write_lines(lines, safe=values == words)


# In the order in which they are tried: the first problem is the one that is reported.
_CHECKS = (
    _unclosed_quote,
    _several_options,
    _unknown_option,
    _flag_with_words,
    _text_after_quote,
    _single_quotes,
    _several_words,
)
