# SPDX-License-Identifier: MIT
"""CRIU202: an optional value that is not attached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint import guesses
from criulint.criu.options import Arity, Option
from criulint.finding import Severity
from criulint.rules.base import Problem, rule
from criulint.rules.misread.ignored_text import ignored_text
from criulint.rules.misread.values import rewrite_value
from criulint.source import WHITESPACE, encode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line

_EFFECT_OF_NAME = {
    "verbosity": "raises the log level by one, to 3 if nothing else sets it",
    "cpu-cap": "performs all CPU checks",
    "manage-cgroups": "uses the mode `soft`",
    "ext-unix-sk": "allows every external datagram socket",
}


@rule(
    "CRIU202",
    "equals-required",
    Severity.WARNING,
    bad="manage-cgroups ignore\nverbosity 4\n",
    good="manage-cgroups=ignore\nverbosity=4\n",
    fixable=True,
)
def equals_required(line: Line) -> Iterator[Problem]:
    """The value of this option must be attached with `=`; after a blank CRIU ignores it.

    `verbosity`, `cpu-cap`, `manage-cgroups` and `ext-unix-sk` take a value only as
    `name=value`. `manage-cgroups ignore` means `manage-cgroups=soft`, `cpu-cap none` asks
    for all checks, and `verbosity 4` adds one to the level. CRIU's own man page, source and
    tests use the broken form.
    """
    found = line.first_option
    if not found or found.value is not None:
        return
    option = found.option
    if option.arity is not Arity.OPTIONAL:
        return
    ignored = ignored_text(line)
    if not ignored:
        return
    start, _, text = ignored
    meant, certain = _attached_value(option, _written_value(line, text))
    if meant:
        help_text = f"attach the value: `{option.name}={shorten(meant)}`"
        rewrite = rewrite_value(line, option, meant, safe=certain)
    else:
        help_text, rewrite = f"write `{option.name}=VALUE`", None
    effect = _EFFECT_OF_NAME.get(option.name, "acts as if there were no value")
    yield Problem(
        start,
        start + len(text.partition("#")[0]),
        f"CRIU ignores `{shorten(text)}` and {effect}: the value must be attached with `=`",
        help_text,
        rewrite,
    )


def _written_value(line: Line, ignored: str) -> str:
    """Return the value as the author wrote it, without quotes and separators."""
    value = line.written_value if line.tree.value and not line.tree.extra else ignored
    return (value or "").lstrip("=: ").strip(WHITESPACE)


def _attached_value(option: Option, value: str) -> guesses.ValueGuess:
    """Guess what was meant to be after the `=`."""
    if "#" in value:
        return guesses.NO_VALUE
    if option.name == "verbosity":
        is_number = value.lower() == value and not value.isalpha()
        return guesses.ValueGuess(
            guesses.log_level(value), certain=is_number or not value.strip("v")
        )
    if option.refusal(encode(value)) is None:
        return guesses.ValueGuess(value, certain=True)
    return guesses.intended_value(value, option)
