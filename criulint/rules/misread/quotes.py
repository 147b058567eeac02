# SPDX-License-Identifier: MIT
"""Quotes, and whether CRIU keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from criulint.syntax import Token

#: What people write around values: ASCII quotes, and those of word processors.
QUOTES = "\"'\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_QUOTES = tuple(QUOTES)


def has_outer_quote(value: str) -> bool:
    """Return whether a value begins or ends with a quote."""
    return value.startswith(_QUOTES) or value.endswith(_QUOTES)


def keeps_quotes(value: str, token: Token) -> bool:
    """Return whether the quotes of `token` are part of the `value` that CRIU reads."""
    if token.kind == "WORD":
        return has_outer_quote(value)
    return value[:1] == token.text[:1] and value != token.text[1:-1].replace('\\"', '"')
