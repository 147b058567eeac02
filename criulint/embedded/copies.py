# SPDX-License-Identifier: MIT
"""Files that a host copies to where CRIU reads them, which shows what they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from criulint.criu.paths import is_destination
from criulint.embedded.model import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from criulint.embedded.model import CopiedFile

# How many files of a folder are looked at.
_MAX_FILES = 200


def find_copied_files(
    copies: Iterable[CopiedFile], directories: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Yield the files that are copied to one of CRIU's paths, with these paths.

    They are looked for in each of the directories. Links are not followed.
    """
    places = list(dict.fromkeys(directories))
    for copy in copies:
        target = copy.target.replace(UNKNOWN, "")
        if not is_destination(f"{target}x.conf" if target.endswith("/") else target):
            is_folder = is_destination(f"{target}/x.conf")
            if not is_folder:
                continue
        for directory in places:
            yield from _find_one(
                os.path.join(directory, copy.source.lstrip("/")), directory, target
            )


def _find_one(path: str, directory: str, target: str) -> Iterator[tuple[str, str]]:
    path = os.path.normpath(path)
    if os.path.relpath(path, directory).startswith(os.pardir) or os.path.islink(path):
        return
    if os.path.isfile(path):
        name = os.path.basename(path)
        yield path, target + name if target.endswith("/") else target
    elif os.path.isdir(path):
        for name in sorted(os.listdir(path))[:_MAX_FILES]:
            inner = os.path.join(path, name)
            inner_target = f"{target.rstrip('/')}/{name}"
            if is_destination(inner_target) and os.path.isfile(inner):
                yield inner, inner_target
