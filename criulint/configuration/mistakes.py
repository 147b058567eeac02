# SPDX-License-Identifier: MIT
"""All mistakes in the text of a configuration file, with their places, for editors.

A run stops at the first mistake.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from criulint.configuration.keys import KEYS, Section, WrongValueError
from criulint.configuration.load import MistakeError, line_of, parse_configuration
from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# More are of no use, and each one takes a search of the text.
_MAX_MISTAKES = 100
# Levels of tables and lists; no key has more.
_MAX_DEPTH = 6


class Mistake(NamedTuple):
    """A message, the 1-based `line` it is about, and there the 0-based columns."""

    message: str
    line: int
    start: int
    end: int


def find_mistakes(text: str, path: str) -> list[Mistake]:
    """Return what is wrong with the text of criulint.toml or pyproject.toml, in order of lines."""
    try:
        written = parse_configuration(text, path)
    except MistakeError as error:
        return [_place(text, str(error), error.line or 1, ())]
    if written is None:
        return []
    found: dict[tuple[str, tuple[str, ...]], Mistake] = {}
    for wrong in islice(_errors(written.document), _MAX_MISTAKES):
        message = str(wrong)
        line = line_of(text, written.lines, wrong.place) or 1
        found.setdefault((message, wrong.place), _place(text, message, line, wrong.place))
    return sorted(found.values(), key=lambda mistake: (mistake.line, mistake.start))


def _errors(document: object) -> Iterator[WrongValueError]:
    """Yield what is wrong with each value on its own, or else with all of them together."""
    is_wrong = False
    for single in _singles(document, _MAX_DEPTH):
        error = _error(single)
        if error:
            is_wrong = True
            yield error
    error = None if is_wrong else _error(document)
    if error:
        yield error


def _error(document: object) -> WrongValueError | None:
    try:
        Section(KEYS).read(document)
    except WrongValueError as error:
        return error
    return None


def _singles(value: object, depth: int) -> Iterator[Any]:
    """Yield the value with all but one of its entries left out, for each of them."""
    if isinstance(value, dict) and value and depth:
        for name, entry in value.items():
            for single in _singles(entry, depth - 1):
                yield {name: single}
    elif isinstance(value, list) and value and depth:
        for item in value:
            for single in _singles(item, depth - 1):
                yield [single]
    else:
        yield value


def _place(text: str, message: str, line: int, place: tuple[str, ...]) -> Mistake:
    """Return a mistake at the last word of `place` that is on the line, or on the whole line."""
    written = text.split("\n")[line - 1].rstrip("\r") if line <= text.count("\n") + 1 else ""
    for word in map(re.escape, reversed(place)):
        found = re.search(rf"[\"']{word}[\"']|(?<![\w-]){word}(?![\w-])", written)
        if found:
            return Mistake(message, line, *found.span())
    start = len(written) - len(written.lstrip())
    return Mistake(message, line, start, len(written.rstrip()))
