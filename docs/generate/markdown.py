# SPDX-License-Identifier: MIT
"""Pieces of MyST Markdown that several kinds of pages are made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CODE = re.compile(r"(`+[^`]*`+)")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown cells."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def definitions(entries: Iterable[tuple[str, str]]) -> str:
    """Return a list of terms with what each one means; both are Markdown."""
    return "\n".join(f"{term}\n: {text}\n" for term, text in entries)


def plain(text: str) -> str:
    """Return text in which only code spans are Markdown."""
    parts = _CODE.split(text)
    return "".join(
        part if index % 2 else re.sub(r"([*_<>\[\]~])", r"\\\1", part)
        for index, part in enumerate(parts)
    )


def code(text: str) -> str:
    """Return a code span."""
    mark = "``" if "`" in text else "`"
    return f"{mark}{text}{mark}"


def block(kind: str, text: str) -> str:
    """Return a fenced block."""
    return f"```{kind}\n{text.rstrip()}\n```\n"


def contents(pages: Iterable[tuple[str, str]]) -> str:
    """Return a table of contents for the sidebar alone, of titles and names of pages."""
    lines = [f"{title} <{name}>" for title, name in pages]
    return block("{toctree}", "\n".join([":hidden:", "", *lines]))


def listing(words: Sequence[str], last: str = "and") -> str:
    """Return ``a, b and c``."""
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
