# SPDX-License-Identifier: MIT
"""The format of the data files under `schema/`.

It is stable, and puts whatever fits on one line, so that diffs are short.
"""

from __future__ import annotations

import json
from typing import Any

_WIDTH = 110


def format_json(data: Any) -> str:
    """Return JSON data as text that ends with a newline; equal data gives equal text."""
    return _format(data, 0, 0) + "\n"


def _format(data: Any, indent: int, used: int) -> str:
    """Return a value as text: after `used` columns of a line, its other lines at `indent`."""
    line = json.dumps(data, ensure_ascii=False)
    if not isinstance(data, (dict, list)) or not data or (indent and used + len(line) < _WIDTH):
        return line
    inner = " " * (indent + 2)
    if isinstance(data, dict):
        keys = [json.dumps(key, ensure_ascii=False) + ": " for key in data]
        values = data.values()
        brackets = "{}"
    else:
        keys = [""] * len(data)
        values = data  # type: ignore[assignment]
        brackets = "[]"
    items = [
        inner + key + _format(value, indent + 2, len(inner) + len(key))
        for key, value in zip(keys, values, strict=True)
    ]
    return f"{brackets[0]}\n" + ",\n".join(items) + f"\n{' ' * indent}{brackets[1]}"
