# SPDX-License-Identifier: MIT
"""Text as Markdown, escaped, and the Markdown of this package as plain text."""

from __future__ import annotations

import re

# Text between two backticks is code, if the backticks pair up.
_CODE = re.compile(r"(`[^`\n]+`)")
# What Markdown would read as markup: signs, `_` at the edge of a word, a list, a heading.
_MARK = re.compile(r"[\\`*\[\]<~&]|(?<![^\W_])_|_(?![^\W_])|^(?:[-+>]|#+)", re.MULTILINE)
_MARKUP = re.compile(
    r"```text\n(?P<block>.*?)\n```"
    r"|`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|\[(?P<link>[^\]\n]*)\]\((?P<url>[^)\n]*)\)"
    r"|\\(?P<mark>[!-/:-@\[-`{-~])"
    r"|^---\n\n",
    re.DOTALL | re.MULTILINE,
)


def prose(text: str) -> str:
    """Return a sentence, with code in backticks, as Markdown."""
    is_paired = "``" not in text and text.count("`") % 2 == 0
    parts = _CODE.split(text) if is_paired else [text]
    return "".join(
        part if number % 2 else _MARK.sub(r"\\\g<0>", part) for number, part in enumerate(parts)
    )


def plain_text(markdown: str) -> str:
    """Return the Markdown that this package writes as plain text."""
    return _MARKUP.sub(_unmark, markdown)


def _unmark(match: re.Match[str]) -> str:
    if match["link"] is not None:
        return f"{match['link']} ({match['url']})"
    texts = match.group("block", "code", "bold", "mark")
    return next((text for text in texts if text is not None), "")
