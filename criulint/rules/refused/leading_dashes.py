# SPDX-License-Identifier: MIT
"""CRIU108 leading-dashes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint import guesses
from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.line import Line, write_text
from criulint.rules.refused.one_run import removal_help
from criulint.rules.refused.short_options import Spelling, spell_out
from criulint.source import decode, encode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

# A further word with two dashes.
_DASHED_WORD = re.compile(r"(^|\s)--(?=[A-Za-z])")


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
    spelling = _without_dashes(line)
    reads = f" and reads `{shorten(decode(line.words[0]))}`" if line.words else ""
    yield Problem(
        dashes.start,
        dashes.end,
        f"CRIU adds `--` to the name itself{reads}",
        _help(line),
        write_text(spelling.text, safe=spelling.certain) if spelling else None,
    )


def _help(line: Line) -> str:
    name = line.tree.name
    short = line.table.short.get(encode(name.text)) if name else None
    if short and short.option.exits:
        return removal_help(short.option)
    return "write the option's long name without dashes"


def _without_dashes(line: Line) -> Spelling | None:
    """Return a line of command-line options as a line of a file, None if it cannot be one."""
    dashes, name = line.tree.dashes, line.tree.name
    assert dashes
    if not name:
        return None
    if len(dashes.text) == 1 and encode(name.text[:1]) in line.table.short:
        return spell_out(line, name.start)
    if _DASHED_WORD.search(line.text, name.end):
        return Spelling.of(_split(line, dashes.start), certain=True)
    option, _ = line.table.resolve(encode(name.text))
    if option and option.name == name.text:
        return Spelling.of(line.rewrite_name(option, dashes.start, name.end), certain=True)
    return Spelling(line.replace(dashes.start, name.start, ""), certain=True)


def _split(line: Line, start: int) -> str | None:
    """Return several options with two dashes, a line each; None if the line contains more."""
    comment = line.tree.comment
    options = line.text[start : comment.start if comment else None]
    lines = guesses.split_options(_DASHED_WORD.sub(r"\1", options), line.table)
    if lines is None:
        return None
    if comment:
        lines.insert(0, comment.text)
    return "\n".join(line.indent + each for each in lines)
