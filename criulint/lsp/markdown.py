# SPDX-License-Identifier: GPL-2.0-only
"""Markdown that says what is meant, whatever is in the text, and the same as plain text."""

from __future__ import annotations

import re

# What is between two backticks is code, if it is clear which two belong together.
_CODE = re.compile(r"(`[^`\n]+`)")
_MARK = re.compile(r"[\\`*\[\]<~&]|(?<![^\W_])_|_(?![^\W_])|^(?:[-+>]|#+)", re.MULTILINE)
_WRITTEN = re.compile(
    r"```text\n(?P<block>.*?)\n```|`(?P<code>[^`\n]+)`|\*\*(?P<bold>[^*\n]+)\*\*|\[(?P<link>[^\]\n]*)\]\((?P<url>[^)\n]*)\)"
    r"|\\(?P<mark>[!-/:-@\[-`{-~])|^---\n\n",
    re.DOTALL | re.MULTILINE,
)


def prose(text: str) -> str:
    """A sentence, with code in backticks, as Markdown."""
    clear = "``" not in text and text.count("`") % 2 == 0
    parts = _CODE.split(text) if clear else [text]
    return "".join(
        part if number % 2 else _MARK.sub(r"\\\g<0>", part) for number, part in enumerate(parts)
    )


def plain(markdown: str) -> str:
    """The Markdown that this package makes as plain text."""
    return _WRITTEN.sub(_read, markdown)


def _read(match: re.Match[str]) -> str:
    if match["link"] is not None:
        return f"{match['link']} ({match['url']})"
    return next(
        (text for text in match.group("block", "code", "bold", "mark") if text is not None), ""
    )
