# SPDX-License-Identifier: MIT
"""Draw a run of criulint for the README: ``python docs/make_picture.py``.

``tests/docs/test_picture.py`` fails if docs/_static/run.svg is not what this draws.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from html import escape
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = Path(__file__).parent / "_static" / "run.svg"
_PATH = "/etc/criu/runc.conf"
_FILE = "# keep it short\ntcp-close false\nlog-file = /var/log/criu.log\n"
# One-letter width and line height in units of the drawing, for a font of 14.
_LETTER, _LINE, _MARGIN, _BAR = 8.43, 20, 18, 30
_COLUMNS = 100
_BACKGROUND, _TEXT = "#1e2127", "#d7dae0"
_COLOURS = {"31": "#ff7b72", "33": "#e3b341", "34": "#79c0ff", "36": "#56d4dd", "32": "#7ee787"}
_ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


def run() -> str:
    """Return what a user sees in a terminal, with its escape sequences for colours."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "criu" / "runc.conf"
        path.parent.mkdir()
        path.write_text(_FILE, encoding="utf-8")
        command = [sys.executable, "-m", "criulint", "check", "--isolated", "--color=always"]
        done = subprocess.run(
            [*command, str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env={**os.environ, "PYTHONUNBUFFERED": "1", "TERM": "dumb", "COLUMNS": str(_COLUMNS)},
            check=False,
        )
        return f"$ criulint check {_PATH}\n{done.stdout.replace(str(path), _PATH)}"


def draw(text: str) -> str:
    """Return text with escape sequences for colours as SVG that looks like a terminal."""
    lines = [part for line in text.rstrip().split("\n") for part in _wrap(line)]
    width = round(_COLUMNS * _LETTER) + 2 * _MARGIN
    height = len(lines) * _LINE + 2 * _MARGIN + _BAR
    rows = (
        f'<text x="{_MARGIN}" y="{y}">{"".join(_spans(line))}</text>'
        for y, line in zip(count(_BAR + _MARGIN + 12, _LINE), lines, strict=False)
        if line
    )
    dots = (
        f'<circle cx="{_MARGIN + 4 + 20 * index}" cy="19" r="6" fill="{colour}"/>'
        for index, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>{escape(_ESCAPE.sub('', lines[0]))}</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{_BACKGROUND}"/>',
            *dots,
            '<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14"'
            f' fill="{_TEXT}">',
            *rows,
            "</g>",
            "</svg>\n",
        ]
    )


def _wrap(line: str) -> Iterator[str]:
    """Break a line at spaces as a reader would; escape sequences have no width."""
    row, width = "", 0
    for word in re.split(r"(?<= )(?=[^ ])", line):
        length = len(_ESCAPE.sub("", word))
        if width and width + length > _COLUMNS:
            yield row
            row, width = "    ", 4
        row, width = row + word, width + length
    yield row


def _spans(line: str) -> Iterator[str]:
    style = ""
    # Other spaces would be drawn as one.
    for index, part in enumerate(_ESCAPE.split(line.replace(" ", "\u00a0"))):
        if index % 2:
            style = _style(part)
        elif part:
            yield f"<tspan{style}>{escape(part)}</tspan>" if style else escape(part)


def _style(codes: str) -> str:
    words = codes.split(";")
    bold = ' font-weight="bold"' if "1" in words else ""
    colour = next((_COLOURS[word] for word in words if word in _COLOURS), None)
    return bold + (f' fill="{colour}"' if colour else "")


def picture() -> str:
    """Return the drawing of a run."""
    return draw(run())


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8", newline="\n")
