# SPDX-License-Identifier: MIT
"""Inlay hints: what CRIU reads where that differs from what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lsprotocol.types import InlayHint, InlayHintKind, Range

from criulint.criu import values
from criulint.criu.options import Arity
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.getopt import ParsedOption
    from criulint.lsp.document import Document
    from criulint.syntax import LineTree

_DEFAULT_LOG_LEVEL = 2
# A hint is shown within the text of the file, and must not look like part of it.
_SAYS_WHO = "CRIU: "


class _Hint(NamedTuple):
    label: str
    tooltip: str


def hints(document: Document, lsp_range: Range) -> list[InlayHint]:
    """Return the hints on the lines of a range."""
    return [hint for part in document.parts for hint in _hints_of_part(part, lsp_range)]


def _hints_of_part(document: Document, lsp_range: Range) -> Iterator[InlayHint]:
    first, last = document.lines_of(lsp_range)
    level = _DEFAULT_LOG_LEVEL
    for number, options in document.options_by_line.items():
        for parsed in options:
            if parsed.refusal is not None:
                continue
            if parsed.option.name == "verbosity":
                level = values.log_level(parsed.value, level)
            if first <= number <= last:
                yield from _hints_of_option(document, number, parsed, level)


def _hints_of_option(
    document: Document, number: int, parsed: ParsedOption, level: int
) -> Iterator[InlayHint]:
    """Yield the hints for an option on a 1-based line; `level` is the log level after it."""
    tree = document.tree(number)
    name = parsed.option.name
    if not tree.name or parsed.short or document.reading.scan.lines[number - 1].refused:
        return
    if tree.name.text != name:
        hint = _Hint(name, f"the name is short for `{name}`")
        yield _inlay_hint(document, number, tree.name.end, hint)
    value_hint = _describe_value(document, tree, parsed, level)
    if value_hint:
        end = tree.extra.start if tree.extra else (tree.value or tree.name).end
        yield _inlay_hint(document, number, end, value_hint)


def _describe_value(
    document: Document, tree: LineTree, parsed: ParsedOption, level: int
) -> _Hint | None:
    """Return what CRIU reads as the value, None if that is what is written."""
    if document.reading.takes_next_line(parsed):
        taken = shorten(decode(parsed.given_value))
        return _Hint(taken, "CRIU reads the next line as the value")
    if not tree.value:
        return None
    if parsed.value is None:
        return _describe_ignored_value(parsed, tree.value.text, level)
    is_quoted = tree.value.kind == "QUOTED"
    written = tree.value.text.strip('"') if is_quoted else tree.value.text
    return _describe_read_value(parsed, parsed.value, written)


def _describe_ignored_value(parsed: ParsedOption, written: str, level: int) -> _Hint:
    option = parsed.option
    if option.name == "verbosity":
        return _Hint(f"+1, level {level}", "CRIU ignores the value and raises the level by one")
    if option.arity is Arity.OPTIONAL:
        return _Hint("ignored", f"the value has to be attached: `{option.name}={written}`")
    effect = f"{option.negates} off" if option.negates is not None else "on"
    return _Hint(effect, "CRIU ignores the value: the option is a flag")


def _describe_read_value(parsed: ParsedOption, value: bytes, written: str) -> _Hint | None:
    option = parsed.option
    text, number = decode(value), option.number(value)
    if number is not None and str(number) != text:
        unit = " bytes" if option.kind == "size" else ""
        if option.name == "timeout":
            unit = " s"
        return _Hint(f"{number}{unit}", "the number that CRIU reads")
    if text != written and option.kind != "verbosity":
        return _Hint(shorten(text), "the value that CRIU reads")
    return None


def _inlay_hint(document: Document, number: int, column: int, hint: _Hint) -> InlayHint:
    """Return a hint at a 0-based column of a 1-based line."""
    return InlayHint(
        document.position(document.offset_of(number, column + 1)),
        f"{_SAYS_WHO}{hint.label}",
        kind=InlayHintKind.Type,
        tooltip=hint.tooltip,
        padding_left=True,
    )
