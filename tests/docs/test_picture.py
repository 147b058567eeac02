# SPDX-License-Identifier: MIT
"""The picture in the README shows what criulint prints now."""

from __future__ import annotations

import runpy
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.golden import Golden

_DOCS = Path(__file__).parents[2] / "docs"
_SCRIPT = runpy.run_path(str(_DOCS / "make_picture.py"))


@pytest.mark.skipif(sys.platform == "win32", reason="a path of Linux is shown")
def test_the_picture_is_current(golden: Golden) -> None:
    """``pytest --update-expected tests/docs/test_picture.py`` draws it again."""
    golden(_SCRIPT["PICTURE"], _SCRIPT["picture"]())


@pytest.mark.parametrize(
    ("line", "text"),
    [("plain <&>", "plain <&>"), ("\x1b[1;31mred\x1b[0m black", "red black"), ("a b" * 60, None)],
)
def test_all_of_a_text_is_drawn(line: str, text: str | None) -> None:
    drawn = ET.fromstring(_SCRIPT["draw"](f"$ run\n{line}\n"))
    rows = ["".join(row.itertext()) for row in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert rows[0] == "$\u00a0run"
    assert "".join(rows[1:]).replace("\u00a0" * 4, "").replace("\u00a0", " ") == (text or line)
