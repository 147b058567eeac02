# SPDX-License-Identifier: MIT
"""The pages that are made from what the code knows, a module for each kind of page."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from docs.generate import (
    command_line,
    configuration,
    failures,
    options,
    releases,
    rooms,
    rules,
    runtimes,
)

if TYPE_CHECKING:
    from pathlib import Path

#: The folders that hold generated pages only; git ignores them.
FOLDERS = ("rules", "reference", "failures")


def write(folder: Path) -> None:
    """Replace the generated pages below `folder`."""
    made = {
        **rules.pages(),
        **options.pages(),
        **releases.pages(),
        **runtimes.pages(),
        **failures.pages(),
        **configuration.pages(),
        **command_line.pages(),
        **rooms.pages(),
    }
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
