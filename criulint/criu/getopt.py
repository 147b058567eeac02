# SPDX-License-Identifier: MIT
"""GNU ``getopt_long`` over the words of a configuration file.

The behaviour and the wording of the messages are those of glibc (posix/getopt.c, 2.26 and later, C
locale), which CRIU's distributions use; musl's differ. Unlike the C function, `parse_words` goes on
after an error, so one run finds all errors of a file.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from criulint.criu.options import Arity, Option, OptionTable
from criulint.criu.values import external_crashes
from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class ErrorKind(str, Enum):
    """Why CRIU stops reading."""

    SYNTAX = "syntax"
    UNRECOGNIZED_OPTION = "unrecognized-option"
    AMBIGUOUS_OPTION = "ambiguous-option"
    MISSING_VALUE = "missing-value"
    UNEXPECTED_VALUE = "unexpected-value"
    INVALID_VALUE = "invalid-value"
    REFUSED_OPTION = "refused-option"
    EXIT = "exit"
    CRASH = "crash"


class ParsedOption(NamedTuple):
    """An option that ``getopt_long`` returns.

    `word` and `value_word` are indices of words: those of the option and of its value. They are
    equal for ``name=value``; `value_word` is -1 without a value. `short` is the letter if the
    option was written as one.
    """

    option: Option
    value: bytes | None
    word: int
    value_word: int
    short: str | None = None

    @property
    def given_value(self) -> bytes:
        """The value; empty without one, which only a CRIU of its own kind allows most options."""
        return self.value or b""

    @property
    def refusal(self) -> str | None:
        """CRIU's message if it refuses the value on every host, else None.

        It names the option as it was written, by its letter if that is short.
        """
        text = self.option.refusal(self.value)
        if text and self.short:
            # criu/config.c, parse_options, bad_arg (v4.2)
            return text.replace(
                f"invalid argument for --{self.option.name}:",
                f"invalid argument for -{self.short}:",
                1,
            )
        return text

    @property
    def crashes(self) -> bool:
        """Whether CRIU crashes when it reads the option with this value."""
        return self.option.name == "external" and external_crashes(self.given_value)


class ParseError(NamedTuple):
    """A word that ``getopt_long`` refuses.

    `message` has no program name in front; `word` is the word's index, `name` the option's name in
    it, and `candidates` are the options that an ambiguous name may mean.
    """

    kind: ErrorKind
    message: bytes
    word: int
    name: bytes
    candidates: tuple[str, ...] = ()


class ParsedWords(NamedTuple):
    """The result of ``getopt_long`` for some words.

    `results` are in its order, `dropped` are the indices of the words that no option takes, and
    `terminator` is the index of the word ``--`` that ends the options, or None.
    """

    results: list[ParsedOption | ParseError]
    dropped: list[int]
    terminator: int | None


def parse_words(words: Sequence[bytes], table: OptionTable) -> ParsedWords:
    """Run ``getopt_long`` over `words`, which begin after the program's name."""
    results: list[ParsedOption | ParseError] = []
    dropped: list[int] = []
    index = 0
    count = len(words)
    while index < count:
        word = words[index]
        if word == b"--":
            dropped.extend(range(index + 1, count))
            return ParsedWords(results, dropped, index)
        if word.startswith(b"--"):
            result = _long_option(words, index, table)
            results.append(result)
            took_next = isinstance(result, ParsedOption) and result.value_word == index + 1
            index += 2 if took_next else 1
        elif len(word) > 1 and word.startswith(b"-"):
            index = _short_options(words, index, table, results)
        else:
            dropped.append(index)
            index += 1
    return ParsedWords(results, dropped, None)


def _long_option(
    words: Sequence[bytes], index: int, table: OptionTable
) -> ParsedOption | ParseError:
    text = words[index][2:]
    name, equals, value = text.partition(b"=")
    option, candidates = table.resolve(name)
    if option is None:
        return _refuse_name(text, name, index, candidates)
    if equals:
        if option.arity is Arity.NONE:
            message = b"option '--%s' doesn't allow an argument" % option.name.encode()
            return ParseError(ErrorKind.UNEXPECTED_VALUE, message, index, name)
        return ParsedOption(option, value, index, index)
    if option.arity is not Arity.REQUIRED:
        return ParsedOption(option, None, index, -1)
    if index + 1 == len(words):
        message = b"option '--%s' requires an argument" % option.name.encode()
        return ParseError(ErrorKind.MISSING_VALUE, message, index, name)
    return ParsedOption(option, words[index + 1], index, index + 1)


def _refuse_name(text: bytes, name: bytes, index: int, candidates: tuple[str, ...]) -> ParseError:
    if not candidates:
        message = b"unrecognized option '--%s'" % text
        return ParseError(ErrorKind.UNRECOGNIZED_OPTION, message, index, name)
    listed = b"".join(b" '--%s'" % candidate.encode() for candidate in candidates)
    message = b"option '--%s' is ambiguous; possibilities:%s" % (text, listed)
    return ParseError(ErrorKind.AMBIGUOUS_OPTION, message, index, name, candidates)


def _short_options(
    words: Sequence[bytes], index: int, table: OptionTable, results: list[ParsedOption | ParseError]
) -> int:
    """Read a word of short options into `results`, and return the index of the next word."""
    text = words[index]
    position = 1
    while position < len(text):
        letter = text[position : position + 1]
        position += 1
        short = table.short.get(letter)
        if short is None:
            message = b"invalid option -- '%s'" % letter
            results.append(ParseError(ErrorKind.UNRECOGNIZED_OPTION, message, index, letter))
            continue
        rest = text[position:]
        name = letter.decode()
        if short.arity is Arity.NONE:
            results.append(ParsedOption(short.option, None, index, -1, name))
        elif rest:
            results.append(ParsedOption(short.option, rest, index, index, name))
            return index + 1
        elif short.arity is Arity.OPTIONAL:
            results.append(ParsedOption(short.option, None, index, -1, name))
        elif index + 1 == len(words):
            message = b"option requires an argument -- '%s'" % letter
            results.append(ParseError(ErrorKind.MISSING_VALUE, message, index, letter))
        else:
            results.append(ParsedOption(short.option, words[index + 1], index, index + 1, name))
            return index + 2
    return index + 1
