# SPDX-License-Identifier: GPL-2.0-only
"""CRIU108 leading-dashes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.options import Arity
from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule
from criulint.source import WHITESPACE, decode, encode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import Option
    from criulint.rules.line import Line

# What can follow a one-letter option in the same word: `-v4`, `-D/srv`, `-j`.
_ATTACHED = rf"[^{WHITESPACE}\0#]*"
# `-v` sets level 3, each further `v` adds one; levels above 4 are the same as 4.
_FIRST_LEVEL, _MAX_LEVEL = 3, 4


@rule(
    "CRIU108",
    "leading-dashes",
    Severity.ERROR,
    bad="--tcp-established\n-v4\n",
    good="tcp-established\nverbosity=4\n",
    fixable=True,
)
def leading_dashes(line: Line) -> Iterator[Problem]:
    """The option is written with the dashes of the command line.

    CRIU itself puts `--` in front of the first word of a line. `--tcp-close` becomes
    `----tcp-close`, `-v4` becomes `---v4`, and no option has such a name.

    Write the long name of the option, without dashes.
    """
    dashes, name = line.tree.dashes, line.tree.name
    if not dashes or (not name and (line.tree.extra or len(dashes.text) > len("--"))):
        return  # lines of other formats: CRIU111
    text, certain = _without_dashes(line)
    reads = f" and reads `{shorten(decode(line.words[0]))}`" if line.words else ""
    yield Problem(
        dashes.start,
        dashes.end,
        f"CRIU adds `--` to the name itself{reads}",
        "write the option's long name without dashes",
        Rewrite("Remove the dashes", text, certain) if text is not None else None,
    )


class _Spelling(NamedTuple):
    """The text for a file that has the same meaning, or None; `certain` leaves no doubt."""

    text: str | None
    certain: bool


def _without_dashes(line: Line) -> _Spelling:
    """Write a line of command-line options as a line of a file."""
    dashes, name = line.tree.dashes, line.tree.name
    if not dashes or not name:
        return _Spelling(None, certain=False)
    if len(dashes.text) > 1 or encode(name.text[:1]) not in line.table.short:
        return _Spelling(line.replace(dashes.start, name.start, ""), certain=True)
    return _long_spelling(line, name.start)


def _long_spelling(line: Line, start: int) -> _Spelling:
    """Write a line with the letter of a short option at `start` with the option's long name."""
    short = line.table.short[encode(line.text[start])]
    match = re.match(_ATTACHED, line.text[start + 1 :])
    attached = match[0] if match else ""
    end = start + 1 + len(attached)
    tokens = (line.tree.separator, line.tree.value)
    if attached and any(token.start >= end for token in tokens if token and token.kind != "BLANK"):
        return _Spelling(None, certain=False)  # two values
    value = attached.lstrip("=") or line.written_value or ""
    certain = not attached.startswith("=")
    if short.option.name == "verbosity":
        return _verbosity(line, short.option, attached, value)
    if short.arity is not Arity.NONE:
        return _Spelling(line.rewrite(short.option, value or None), certain)
    if attached or line.tree.value:
        return _Spelling(None, certain=False)
    return _Spelling(line.rewrite(short.option, None), certain=True)


def _verbosity(line: Line, option: Option, attached: str, value: str) -> _Spelling:
    """Write ``-v``, ``-vvv``, ``-v4`` or ``-v 4`` with the option's long name."""
    if not attached.strip("v") and not line.written_value:
        level = min(_FIRST_LEVEL + len(attached), _MAX_LEVEL)
        return _Spelling(line.rewrite(option, str(level)), certain=True)
    if not value.isdecimal():
        return _Spelling(None, certain=False)
    certain = attached != "" and not attached.startswith("=")
    return _Spelling(line.rewrite(option, value), certain)
