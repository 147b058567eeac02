# SPDX-License-Identifier: MIT
"""Sample texts for the regular expressions in the table of messages."""

from __future__ import annotations

import re
import sys
from typing import Any

if sys.version_info >= (3, 11):
    from re import _parser as parser
else:
    import sre_parse as parser

_CATEGORIES = {
    "CATEGORY_DIGIT": "7",
    "CATEGORY_SPACE": " ",
    "CATEGORY_WORD": "w",
    "CATEGORY_NOT_SPACE": "x",
    "CATEGORY_NOT_WORD": "`",
}


def sample(pattern: str, branch: int = 0) -> str:
    """Return a short text that `pattern` finds; `branch` chooses among its alternatives."""
    text = _sample(parser.parse(pattern), branch)
    assert re.search(pattern, text), (pattern, text)
    return text


def branches(pattern: str) -> int:
    """Return how many alternatives a pattern has at its top."""
    parsed: Any = parser.parse(pattern)
    if len(parsed) == 1 and str(parsed[0][0]) == "BRANCH":
        return len(parsed[0][1][1])
    return 1


def _sample(tokens: Any, branch: int) -> str:
    return "".join(_token(str(name), value, branch) for name, value in tokens)


def _token(name: str, value: Any, branch: int) -> str:
    if name == "LITERAL":
        return chr(value)
    if name == "SUBPATTERN":
        return _sample(value[3], branch)
    if name == "BRANCH":
        return _sample(value[1][branch % len(value[1])], branch)
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        least, most, inner = value
        return _sample(inner, branch) * (least or int(most > 1))
    if name == "IN":
        return _member(value)
    if name in ("ANY", "NOT_LITERAL"):
        return "x"
    if name in ("AT", "ASSERT_NOT"):
        return ""
    raise NotImplementedError(name)


def _member(members: Any) -> str:
    name, value = str(members[0][0]), members[0][1]
    if name == "NEGATE":
        return "x"
    if name == "RANGE":
        return chr(value[0])
    return chr(value) if name == "LITERAL" else _CATEGORIES[str(value)]
