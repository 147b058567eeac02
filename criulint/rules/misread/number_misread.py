# SPDX-License-Identifier: MIT
"""CRIU206: a number that CRIU reads as another one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint import guesses
from criulint.criu import values
from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule
from criulint.rules.line import write_text
from criulint.rules.misread.values import (
    NUMBER_KINDS,
    OwnValue,
    describe_value,
    find_own_value,
    rewrite_value,
)
from criulint.source import WHITESPACE
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import Option
    from criulint.rules.line import Line

_CANONICAL = {
    "int": r"[0-9]+",
    "size": r"[0-9]+(?:[KMG](?:i?B)?)?",
    "verbosity": r"[0-9]+|v?",
}
_UNIT_BITS = {"K": 10, "M": 20, "G": 30}
_MAX_DIGITS = 40  # more than any range has; Python refuses to convert thousands
_INT_RANGE = (0, 2**31 - 1)
_NEGATIVE = frozenset(("ps-socket", "status-fd"))  # -1 is their default


@rule(
    "CRIU206",
    "number-misread",
    Severity.WARNING,
    bad="timeout 10m\nghost-limit 10m\n",
    good="timeout 600\nghost-limit 10M\n",
    fixable=True,
)
def number_misread(line: Line) -> Iterator[Problem]:
    """CRIU reads a different number than the one written here.

    CRIU converts numbers with C's `atoi`: it uses the digits at the beginning and ignores the
    rest; without digits it reads 0. It does not notice numbers that are too large.
    `timeout 10m` is ten seconds, `timeout never` is no limit at all. Sizes have only the
    capital letters K, M and G as units: `ghost-limit 10m` is ten **bytes**.
    """
    own = find_own_value(line)
    if not own or own.option.kind not in NUMBER_KINDS:
        return
    number = own.text.strip(WHITESPACE)
    if not number or number.startswith("=") or is_canonical(own.option, number):
        return
    start, end = line.value_span(own.parsed)
    end -= len(own.text) - len(own.text.rstrip(WHITESPACE))
    help_text, rewrite = _comment_help(line, own, number) or _number_help(line, own, number)
    yield Problem(
        start,
        end,
        f"CRIU reads `{shorten(number)}` as {describe_value(own.option, own.value)}",
        help_text,
        rewrite,
    )


def is_canonical(option: Option, number: str) -> bool:
    """Return whether CRIU reads a number, written without blanks around it, as it looks."""
    if option.name in _NEGATIVE and number == "-1":
        return True
    return bool(re.fullmatch(_CANONICAL[option.kind], number)) and _is_in_range(option, number)


def _is_in_range(option: Option, number: str) -> bool:
    if option.kind == "verbosity":
        return True  # a level past 4 is the same as 4
    digits = re.match(r"[0-9]*", number)
    count = int(digits[0][:_MAX_DIGITS] or "0") if digits else 0
    if option.kind == "size":
        unit = number.strip("iB")[-1:]
        return values.parse_size(number.encode()) == count << _UNIT_BITS.get(unit, 0)
    low, high = option.range or _INT_RANGE
    return low <= count <= high


def _comment_help(line: Line, own: OwnValue, number: str) -> tuple[str, Rewrite] | None:
    """Return the help and the fix for `name=5# text`: a comment that is glued to the number."""
    start, _ = line.value_span(own.parsed)
    mark = line.text.find("#", start)
    is_attached = own.parsed.value_word == own.parsed.word
    before = number.partition("#")[0]
    if mark <= start or not is_attached or not re.fullmatch(_CANONICAL[own.option.kind], before):
        return None
    text = f"{line.text[:mark]} {line.text[mark:]}"
    return (
        "put a space before the `#` of a comment",
        write_text(text, safe=True, names_comment=True),
    )


def _number_help(line: Line, own: OwnValue, number: str) -> tuple[str, Rewrite | None]:
    """Return how to write the option's numbers, and the fix if this one has a known unit."""
    help_text = _form(own.option)
    mark, bare = number[-1], number.rstrip(",;")
    if bare != number and is_canonical(own.option, bare):
        return f"remove the `{mark}`", rewrite_value(line, own.option, bare, safe=True)
    meant, certain = guesses.meant_number(own.option, bare)
    if not meant:
        return help_text, None
    rewrite = rewrite_value(line, own.option, meant, safe=certain)
    return f"did you mean `{meant}`? {help_text}", rewrite


def _form(option: Option) -> str:
    if option.kind == "size":
        return "a size is a number, with K, M or G after it for units of 1024"
    if option.kind == "verbosity":
        return "a level is a number from 0 (nothing) to 4 (everything)"
    if option.name == "timeout":
        return "a timeout is a number of seconds; 0 means no limit"
    limits = option.range
    return f"write a number from {limits[0]} to {limits[1]}" if limits else "write a number"
