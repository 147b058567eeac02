# SPDX-License-Identifier: MIT
"""The README and the site show what the commands print."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.console import MissingProgramError, pieces, renew

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

    from tests.golden import Golden

_TOP = Path(__file__).parents[2]
_GENERATED = ("rules", "reference", "failures", "_build")
PAGES = [
    _TOP / "README.md",
    _TOP / "CONTRIBUTING.md",
    *sorted(
        page
        for page in (_TOP / "docs").rglob("*.md")
        if page.relative_to(_TOP / "docs").parts[0] not in _GENERATED
    ),
]


def _marked(page: Path) -> ParameterSet:
    needs = any(piece.word == "needs" for piece in pieces(page.read_text(encoding="utf-8")))
    return pytest.param(page, marks=[pytest.mark.programs] if needs else [])


_NAMES = [str(page.relative_to(_TOP)) for page in PAGES]


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize("page", list(map(_marked, PAGES)), ids=_NAMES)
def test_a_page_shows_what_its_commands_print(page: Path, tmp_path: Path, golden: Golden) -> None:
    """``pytest --update-expected tests/docs/test_commands.py`` renews what the pages show."""
    try:
        renewed = renew(page.read_text(encoding="utf-8"), tmp_path)
    except MissingProgramError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{error} is missing")
    golden(page, renewed)


@pytest.mark.parametrize("page", PAGES, ids=_NAMES)
def test_commands_stand_in_console_blocks(page: Path) -> None:
    """A command in a block of another kind would not be run."""
    for piece in pieces(page.read_text(encoding="utf-8")):
        if piece.word == "block" and piece.value != "console":
            assert not re.search(r"^\$ ", piece.body, re.MULTILINE), piece.body


def test_output_is_renewed(tmp_path: Path) -> None:
    page = (
        "<!-- file: /etc/criu/runc.conf -->\n```text\nport 0\n```\n"
        "```console\n$ cat /etc/criu/runc.conf\nstale\n$ seq 9\n1\n...\n9\n"
        "$ echo 'a\n> b'\na\nb\n```\n"
        "<!-- not run: reason -->\n```console\n$ false\nnever\n```\n"
    )
    assert renew(page, tmp_path) == page.replace("stale", "port 0")


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    page = "<!-- needs: no-such-program -->\n```console\n$ true\n```\n"
    with pytest.raises(MissingProgramError, match="no-such-program"):
        renew(page, tmp_path)
