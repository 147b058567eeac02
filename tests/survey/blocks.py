# SPDX-License-Identifier: MIT
"""Many lines, or the outputs of many commands, in one text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def document(lines: Iterable[str]) -> str:
    """Return the lines as a text."""
    return "".join(f"{line}\n" for line in lines)


def merge(outputs: Iterable[tuple[str, str]]) -> str:
    """Return pairs of a title and an output as text; equal outputs are there once."""
    titles: dict[str, list[str]] = {}
    for title, output in outputs:
        titles.setdefault(output, []).append(f"## {title}\n")
    return "\n".join("".join(found) + output for output, found in titles.items())
