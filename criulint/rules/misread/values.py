# SPDX-License-Identifier: MIT
"""The value that CRIU reads on a line, and how a fix replaces it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.named_tuple import NamedTuple
from criulint.rules.line import write_text
from criulint.source import decode
from criulint.text import plural, shorten

if TYPE_CHECKING:
    from criulint.criu.getopt import ParsedOption
    from criulint.criu.options import Option
    from criulint.rules.base import Rewrite
    from criulint.rules.line import Line

#: The kinds of options whose value CRIU converts to a number.
NUMBER_KINDS = frozenset(("int", "size", "verbosity"))


class OwnValue(NamedTuple):
    """The option that begins a line, and the value that CRIU reads for it, also decoded."""

    parsed: ParsedOption
    value: bytes
    text: str

    @property
    def option(self) -> Option:
        """The option itself."""
        return self.parsed.option


def find_own_value(line: Line) -> OwnValue | None:
    """Return the line's option and its value; None without a value, or if CRIU ignores both."""
    found = line.first_option
    if found is None or found.value is None or found.option.is_ignored:
        return None
    return OwnValue(found, found.value, decode(found.value))


def describe_value(option: Option, value: bytes) -> str:
    """Return a value as CRIU reads it, for a message: a number with its unit, or text."""
    number = option.number(value)
    if number is None:
        return f"`{shorten(decode(value))}`" if value else "an empty value"
    if option.kind == "size":
        return plural(number, "byte")
    if option.name == "timeout":
        return plural(number, "second") if number else "0, which means no time limit"
    return f"level {number}" if option.kind == "verbosity" else str(number)


def rewrite_value(
    line: Line, option: Option, value: str | None, *, safe: bool, whole: bool = False
) -> Rewrite | None:
    """Return the fix that makes the line set `option` to `value`, None if no line can.

    `safe`: whether it is certain that the author meant that. `whole`: whether the value stands for
    all words after the option. None also if the fix changed nothing, or would seem to continue.
    """
    text = None if _loses_comment(line, value) else line.rewrite(option, value, whole=whole)
    if text is None or text == line.text or text.endswith("\\"):
        return None
    return write_text(text, safe=safe)


def _loses_comment(line: Line, value: str | None) -> bool:
    """Return whether a `#` that CRIU reads as the start of a comment is missing in `value`."""
    if not value:
        return False
    return "#" in (line.written_value or "") and "#" not in value
