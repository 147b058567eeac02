# SPDX-License-Identifier: GPL-2.0-only
"""Inlay hints: what CRIU takes, where that is not what is written."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol.types import InlayHint, InlayHintKind, Range

from criulint.criu import values
from criulint.criu.getopt import ParsedOption
from criulint.criu.options import Arity
from criulint.lsp.document import Document
from criulint.source import decode
from criulint.text import shorten


def hints(document: Document, range_: Range) -> list[InlayHint]:
    """The hints on the lines of a range."""
    return [hint for part in document.parts for hint in _in_part(part, range_)]


def _in_part(document: Document, range_: Range) -> Iterator[InlayHint]:
    first, _ = document.line_of(document.offset(range_.start))
    last, _ = document.line_of(document.offset(range_.end))
    level = 2
    for number, found in document.found.items():
        for event in found:
            if event.option.name == "verbosity" and event.refusal is None:
                level = values.log_level(event.value, level)
            if first <= number <= last and event.refusal is None:
                yield from _hints(document, number, event, level)


def _hints(document: Document, number: int, found: ParsedOption, level: int) -> Iterator[InlayHint]:
    tree = document.tree(number)
    option = found.option
    if not tree.name or found.short or document.reading.scan.lines[number - 1].refused:
        return
    if tree.name.text != option.name:
        yield _hint(
            document,
            number,
            tree.name.end,
            f"= {option.name}",
            f"the name is short for `{option.name}`",
        )
    end = tree.extra.start if tree.extra else tree.value.end if tree.value else tree.name.end
    if document.reading.takes_next_line(found):
        taken = shorten(decode(found.value or b""))
        yield _hint(document, number, end, f"= {taken}", "CRIU takes the next line for the value")
    elif found.value is None and tree.value:
        if option.name == "verbosity":
            yield _hint(
                document,
                number,
                end,
                f"+1: level {level}",
                "CRIU ignores the value and raises the level by one",
            )
        elif option.arity is Arity.OPTIONAL:
            yield _hint(
                document,
                number,
                end,
                "ignored",
                f"the value has to be attached: `{option.name}={tree.value.text}`",
            )
        else:
            effect = f"off: {option.negates}" if option.negates is not None else "on"
            yield _hint(
                document, number, end, effect, "CRIU ignores the value: the option is a flag"
            )
    elif found.value is not None and tree.value:
        text, amount = decode(found.value), option.number(found.value)
        written = tree.value.text.strip('"') if tree.value.kind == "QUOTED" else tree.value.text
        if amount is not None and str(amount) != text:
            unit = {"size": " bytes"}.get(option.kind, " s" if option.name == "timeout" else "")
            yield _hint(
                document, number, end, f"= {amount}{unit}", "the number that CRIU makes of it"
            )
        elif text != written and option.kind != "verbosity":
            yield _hint(document, number, end, f"= {shorten(text)}", "the value that CRIU takes")


def _hint(document: Document, number: int, column: int, label: str, tooltip: str) -> InlayHint:
    position = document.position(document.offset_of(number, column + 1))
    return InlayHint(position, label, kind=InlayHintKind.Type, tooltip=tooltip, padding_left=True)
