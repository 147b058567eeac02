# SPDX-License-Identifier: MIT
"""The list of what each editor has: the README shows it, and what it names is there.

The tests of VS Code and of Neovim do its tasks.
"""

from __future__ import annotations

import json
import re

import pytest

from tests.editors.home import EDITORS

_FEATURES = json.loads((EDITORS / "features.json").read_text(encoding="utf-8"))
_ROWS = {**_FEATURES["tasks"], **_FEATURES["more"]}

# What an editor's column may name, and the file that has it, in which a pattern finds the names.
_NAMES = {
    "VS Code": (
        r"\*criulint: ([^*]+)\*",
        "vscode/package.json",
        r'"category": "criulint", "title": "([^"]+)"',
    ),
    "Neovim": (r"`:(Criulint\w+)`", "neovim/plugin/criulint.lua", r"(Criulint\w+) ="),
    "Vim": (r"`:(Criulint\w+)`", "vim/ftplugin/criu.vim", r"command! -buffer (Criulint\w+)"),
    "Emacs": (r"`(criulint-[\w-]+)`", "emacs/criu-mode.el", r"\(defun (criulint-(?!-)[\w-]+)"),
}
# Commands for when something is wrong.
_MORE = {"Restart Language Server", "Show Log"}


def test_there_are_sixteen_tasks_and_each_says_how_in_each_editor() -> None:
    assert len(_FEATURES["tasks"]) == 16
    assert {len(ways) for ways in _ROWS.values()} == {len(_FEATURES["editors"])}


def test_the_readme_shows_the_list() -> None:
    text = (EDITORS / "README.md").read_text(encoding="utf-8")
    for name, ways in _ROWS.items():
        assert f"| {name} | {' | '.join(way or '—' for way in ways)} |\n" in text
    for editor in _FEATURES["editors"]:
        assert f"\n## {editor}\n" in text


@pytest.mark.parametrize("editor", _NAMES)
def test_each_command_is_in_the_list_and_the_other_way_round(editor: str) -> None:
    column = _FEATURES["editors"].index(editor)
    named, file, pattern = _NAMES[editor]
    ways = " ".join(filter(None, (row[column] for row in _ROWS.values())))
    listed = set(re.findall(named, ways))
    there = set(re.findall(pattern, (EDITORS / file).read_text(encoding="utf-8")))
    assert listed == there - _MORE
