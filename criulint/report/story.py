# SPDX-License-Identifier: MIT
"""What the layers of an image did to a path, for people or as JSON."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from criulint.report.json import dump
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.finding import Origin


def render_story(origins: Sequence[Origin], changes: Sequence[str], *, as_json: bool) -> str:
    """Return the changes, each with the layer and step that it comes from."""
    pairs = list(zip(origins, changes, strict=True))
    if as_json:
        return dump([{**origin._asdict(), "change": change} for origin, change in pairs])
    lines = []
    for (image, path), group in groupby(pairs, key=lambda pair: (pair[0].image, pair[0].path)):
        lines.append(f"{escape(image)}:{escape(path)}")
        for origin, change in group:
            lines += [f"  {escape(str(origin))}", f"    {change}"]
    return "".join(f"{line}\n" for line in lines)
