# SPDX-License-Identifier: MIT
"""CRIU101 unknown-option."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint import guesses
from criulint.criu.builds import DEVELOPMENT_OPTIONS
from criulint.criu.getopt import ErrorKind, ParseError
from criulint.criu.options import Arity
from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.line import write_text
from criulint.rules.refused.meant_line import meant_line
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.getopt import ParsedOption
    from criulint.criu.options import Option
    from criulint.criu.reading import Reading
    from criulint.rules.base import Rewrite
    from criulint.rules.line import Line

_NAME = r"[A-Za-z_-]+"


@rule(
    "CRIU101",
    "unknown-option",
    Severity.ERROR,
    bad="tcp_established\n",
    good="tcp-established\n",
    fixable=True,
)
def unknown_option(line: Line) -> Iterator[Problem]:
    """No option has this name.

    One unknown name makes CRIU refuse the whole file, and every command that reads the file fails.
    Development builds may have options of their own; `--criu installed` asks the CRIU on this host.
    """
    error = line.error
    if not error or error.kind is not ErrorKind.UNRECOGNIZED_OPTION:
        return
    if line.words[error.word].startswith(b"--"):
        yield _unknown_name(line, error)
    else:
        yield _unknown_letter(line, error)


@unknown_option.also
def refused_word(reading: Reading, found: ParsedOption | ParseError) -> Iterator[Problem]:
    """Report a refused word that is not the first one of its line."""
    if isinstance(found, ParseError) and found.kind is not ErrorKind.MISSING_VALUE:
        place = reading.place(found.word)
        message = f"CRIU refuses this word: {shorten(decode(found.message))}"
        yield Problem(place.start, place.end, message)


def _unknown_letter(line: Line, error: ParseError) -> Problem:
    word = shorten(decode(line.words[error.word]))
    return Problem(
        *line.word_span(error.word),
        f"CRIU reads `{word}` as one-letter options: {line.refusal}",
        "write `name=value` if this is the option's value",
    )


def _unknown_name(line: Line, error: ParseError) -> Problem:
    name = decode(error.name)
    start, end = line.word_span(error.word)
    rewrite, help_text = None, build_help(name)
    option, certain = guesses.intended_option(name, line.table)
    if option and not certain and _switches(line, option):
        option = None
    if error.word == 0 and not help_text:
        end = min(start + len(name), end)
        help_text, rewrite = _whole_line(line)
        if option and not help_text and (certain or re.fullmatch(_NAME, name)):
            text = line.rewrite_name(option, start, end)
            rewrite = write_text(text, safe=certain) if text else None
    if not help_text:
        help_text = (
            _ask(line, option, start, end, rewrite) if option else guesses.unknown_option_help(name)
        )
    return Problem(
        start,
        end,
        f"CRIU {line.table.release} has no option `{shorten(name)}`: {line.refusal}",
        help_text,
        rewrite,
    )


def _switches(line: Line, option: Option) -> bool:
    """Return whether the line gives yes or no to an option that takes another value."""
    value = line.written_value
    takes_text = option.arity is Arity.REQUIRED and option.kind not in ("int", "size")
    return takes_text and value is not None and guesses.parse_boolean(value) is not None


def _ask(line: Line, option: Option, start: int, end: int, rewrite: Rewrite | None) -> str:
    """Return the question: for the name alone if the rest of the line is right."""
    if rewrite and rewrite.text != line.replace(start, end, option.name):
        return rewrite.question
    return f"did you mean `{option.name}`?"


def build_help(name: str) -> str:
    """Return what to do if a development build has the option; empty if none does."""
    if name not in DEVELOPMENT_OPTIONS:
        return ""
    return "some development builds have it: `--criu installed` or `--criu PATH` asks yours"


def _whole_line(line: Line) -> tuple[str, Rewrite | None]:
    """Return the help and the fix from a guess at the whole line; empty and None without one."""
    meant = meant_line(line)
    if not meant:
        return "", None
    return meant.help, write_text(meant.text, safe=False) if meant.text else None
