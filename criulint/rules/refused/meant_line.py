# SPDX-License-Identifier: MIT
"""Guesses at a whole line whose first word CRIU refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint import guesses
from criulint.criu.options import Arity
from criulint.named_tuple import NamedTuple
from criulint.rules.refused.one_run import removal_help
from criulint.rules.refused.short_options import spell_out
from criulint.source import WHITESPACE, encode
from criulint.text import shorten

if TYPE_CHECKING:
    from criulint.rules.line import Line

# Programs that people start CRIU with, and words of the shell.
_COMMANDS = frozenset(
    ("criu", "sudo", "runc", "crun", "youki", "podman", "docker", "ctr", "crictl", "lxc-checkpoint")
)
_SHELL_WORDS = frozenset(("export", "unset", "alias", "echo", "eval", "exec", "declare"))
_INCLUDES = frozenset(("include", "%include", "@include", "!include", ".include", ".", "source"))
_VARIABLE = r"[A-Z][A-Z0-9]*_[A-Z0-9_]*"
_ON_WORDS = frozenset(("enable", "set", "use", "with", "allow", "option", "opt"))
_OFF_WORDS = frozenset(("no", "not", "disable", "without", "unset"))


# The most words in an option's name.
_MAX_WORDS = 4


class MeantLine(NamedTuple):
    """What to do about a line, and the text that it was meant to be, if that is known."""

    help: str
    text: str | None = None


def meant_line(line: Line) -> MeantLine | None:
    """Guess what a line was meant to be from more than its first word."""
    for guess in (_command_line, _switch_in_words, _spaces_for_dashes, _shell, _short_option):
        meant = guess(line)
        if meant:
            return meant
    return None


def _words(line: Line) -> list[str]:
    """Return the words before the comment: one at least, as CRIU reads a name."""
    comment = line.tree.comment
    text = line.text[: comment.start] if comment else line.text
    return re.findall(rf"[^{WHITESPACE}]+", text)


def _command_line(line: Line) -> MeantLine | None:
    """Check for ``criu dump -t 1 --tcp-established``."""
    words = _words(line)
    name = words[0].rpartition("/")[2]
    if name not in _COMMANDS or len(words) == 1:
        return None
    return MeantLine(
        "this is a command line: a file holds only options, one per line and without dashes"
    )


def _shell(line: Line) -> MeantLine | None:
    """Check for ``export NAME=value``, ``NAME=value`` and ``include FILE``."""
    words = _words(line)
    if words[0] in _INCLUDES:
        return MeantLine("CRIU includes no other files: copy the lines of that file")
    name, equals, _ = words[0].partition("=")
    is_option = guesses.intended_option(name, line.table).option is not None
    if equals and re.fullmatch(_VARIABLE, name) and not is_option:
        return MeantLine("this is a shell variable: a file holds only options, without dashes")
    if words[0] not in _SHELL_WORDS:
        return None
    return MeantLine(f"this is shell syntax: CRIU has no option `{words[0]}`")


def _switch_in_words(line: Line) -> MeantLine | None:
    """Check for ``no tcp-close`` and ``enable shell-job``."""
    first, *rest = _words(line)
    word = first.lower()
    if word not in _ON_WORDS | _OFF_WORDS or not rest:
        return None
    option, _ = guesses.intended_option(rest[0].partition("=")[0], line.table)
    if not option or option.exits:
        return None
    switch_on = guesses.parse_boolean(rest[1]) if len(rest) == 2 else None
    if word in _ON_WORDS and option.arity is Arity.NONE and switch_on is not None:
        text = guesses.switch_name(option, on=switch_on)
    elif word in _ON_WORDS:
        text = " ".join((option.name + rest[0][len(rest[0].partition("=")[0]) :], *rest[1:]))
    else:
        switch = line.table.options.get(guesses.switch_name(option, on=False))
        if switch is None or len(rest) > 1:
            return None
        text = switch.name
    return _guess_line(line, text)


def _spaces_for_dashes(line: Line) -> MeantLine | None:
    """Check for ``tcp established`` and ``log file /x``."""
    words = _words(line)
    for count in range(2, min(len(words), _MAX_WORDS) + 1):
        option = line.table.options.get("-".join(words[:count]).lower())
        rest = words[count:]
        if option and (option.arity is not Arity.NONE or not rest):
            return _guess_line(line, " ".join((option.name, *rest)))
        switch_on = guesses.parse_boolean(rest[0]) if option and len(rest) == 1 else None
        if option and switch_on is not None:
            return _guess_line(line, guesses.switch_name(option, on=switch_on))
    return None


def _short_option(line: Line) -> MeantLine | None:
    """Check for ``v4`` and ``D /x``: one-letter options without their dash."""
    name = line.tree.name
    if not name or line.tree.dashes or not re.fullmatch(r"[A-Za-z]|v[0-9]|v+", name.text):
        return None
    short = line.table.short.get(encode(name.text[0]))
    if not short:
        return None
    if short.option.is_for_one_run:
        return MeantLine(removal_help(short.option))
    spelling = spell_out(line, name.start)
    if spelling is None:
        needs_value = short.option.arity is Arity.REQUIRED
        return MeantLine(f"did you mean `{short.option.name}{' VALUE' if needs_value else ''}`?")
    return _guess_line(line, spelling.text.strip())


def _guess_line(line: Line, text: str) -> MeantLine:
    """Return the guess at a text, with it as a fix if CRIU accepts it."""
    comment = f" {line.tree.comment.text}" if line.tree.comment else ""
    fixed = f"{line.indent}{text}{comment}"
    help_text = f"did you mean `{shorten(text)}`?"
    return MeantLine(help_text, fixed if line.accepts(fixed) else None)
