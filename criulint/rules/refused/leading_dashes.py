# SPDX-License-Identifier: MIT
"""CRIU108 leading-dashes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint import guesses
from criulint.criu.options import ONE_RUN_OPTIONS
from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule
from criulint.rules.line import Line, write_text
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
    text, certain = _without_dashes(line)
    option = _only_for_one_run(line, text)
    reads = f" and reads `{shorten(decode(line.words[0]))}`" if line.words else ""
    yield Problem(
        dashes.start,
        dashes.end,
        f"CRIU adds `--` to the name itself{reads}",
        f"remove the line, and pass `--{option}` on the command line"
        if option
        else "write the option's long name without dashes",
        _fix(text, safe=certain) if text is not None and not option else None,
    )


def _fix(text: str, *, safe: bool) -> Rewrite:
    options = [line for line in text.split("\n") if not line.lstrip().startswith("#")]
    if len(options) > 1:
        return Rewrite("Write one option per line", text, safe)
    return write_text(text, safe=safe)


def _only_for_one_run(line: Line, text: str | None) -> str:
    """Return the option that `text` would set if a file is not the place for it, or nothing."""
    found = Line(encode(text), line.has_newline, line.table).first_option if text else None
    return found.option.name if found and found.option.name in ONE_RUN_OPTIONS else ""


def _without_dashes(line: Line) -> Spelling:
    """Write a line of command-line options as a line of a file."""
    dashes, name = line.tree.dashes, line.tree.name
    if not dashes or not name:
        return Spelling(None, certain=False)
    if len(dashes.text) == 1 and encode(name.text[:1]) in line.table.short:
        return spell_out(line, name.start)
    if _DASHED_WORD.search(line.text, name.end):
        return Spelling(_split(line, dashes.start), certain=True)
    option, _ = line.table.resolve(encode(name.text))
    if option and option.name == name.text:
        return Spelling(line.rewrite_name(option, dashes.start, name.end), certain=True)
    return Spelling(line.replace(dashes.start, name.start, ""), certain=True)


def _split(line: Line, start: int) -> str | None:
    """Write several options with two dashes as a line each; None if the line holds more."""
    comment = line.tree.comment
    options = line.text[start : comment.start if comment else None]
    lines = guesses.split_options(_DASHED_WORD.sub(r"\1", options), line.table)
    if lines is None:
        return None
    if comment:
        lines.insert(0, comment.text)
    return "\n".join(line.indent + each for each in lines)
