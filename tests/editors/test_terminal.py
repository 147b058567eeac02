# SPDX-License-Identifier: MIT
"""Helix, of a newer Debian, and Vim with ALE, in a terminal: set up as the README says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.editors.home import BAD, FIXED, Home, Terminal, missing, needs, unpacked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="tmux is for POSIX")


@pytest.fixture
def helix(home: Home) -> list[str]:
    """The words that start Helix."""
    root, loading = unpacked("hx", "sid")
    home.environment["HELIX_RUNTIME"] = str(root / "usr/lib/hx/runtime")
    home.follow("Helix")
    home.write(".config/helix/languages.toml", "Helix", "toml", append=True)
    return [*loading, str(root / "usr/lib/hx/hx")]


def test_helix_finds_criulint(home: Home, helix: list[str]) -> None:
    assert str(home.path / "bin" / "criulint") in home.run([*helix, "--health", "criu"]).stdout


def test_helix_fixes_a_bad_file(home: Home, helix: list[str], terminal: Terminal) -> None:
    terminal.start(*helix, home.file)
    terminal.see("CRIU ignores `false` and switches it ON")
    # By the editor's settings:
    terminal.see("●   7  allow-uprobes  CRIU 4.1.1 does not know `allow-uprobes`")
    terminal.keys("Space", "a")
    terminal.see("criulint: Write `no-tcp-close` (CRIU201)")
    terminal.keys("Enter")
    terminal.see("1  no-tcp-close")
    terminal.keys(":format", "Enter")
    terminal.see("3  ghost-limit 1M")
    terminal.keys(":w", "Enter")
    terminal.see_file(home.file, FIXED)


def test_helix_explains_and_completes(home: Home, helix: list[str], terminal: Terminal) -> None:
    file = home.file.rename(home.project / "runc.conf")
    terminal.start(*helix, file)
    terminal.see("CRIU ignores `false` and switches it ON")
    terminal.keys("Space", "k")
    terminal.see("sets tcp-close")
    terminal.keys("O", "network-lock nf")
    terminal.see(" nftables ")


def test_helix_looks_into_a_configmap(home: Home, helix: list[str], terminal: Terminal) -> None:
    terminal.start(*helix, home.yaml)
    terminal.see("CRIU 4.1.1 does not know `allow-uprobes`")


def test_neovim_completes(home: Home, terminal: Terminal) -> None:
    home.follow("Neovim")
    home.write(".config/nvim/init.lua", "Neovim", "lua")
    file = home.file.rename(home.project / "runc.conf")
    terminal.start(needs("nvim"), file)
    terminal.see("CRIU ignores `false`")
    terminal.keys("O", "manage-c", "C-x", "C-o")
    terminal.see("manage-cgroups")


@pytest.fixture
def vim(home: Home) -> str:
    """Debian's Vim with its ALE."""
    if not Path("/usr/share/vim-ale").is_dir():
        missing("vim-ale is missing")
    home.follow("Vim")
    home.write(".vimrc", "Vim", "vim")
    with (home.path / ".vimrc").open("a", encoding="utf-8") as file:
        file.write("filetype plugin on\nsyntax on\npackadd! ale\n")
    return needs("vim")


def test_vim_with_ale_fixes_a_bad_file(home: Home, vim: str, terminal: Terminal) -> None:
    terminal.start(vim, home.file)
    terminal.see("CRIU ignores `false` and switches it ON")
    terminal.keys("G")
    terminal.see("CRIU 4.1.1 does not know `allow-uprobes`")  # by the editor's settings
    terminal.keys("gg", "w", "l", ":ALECodeAction", "Enter")
    terminal.see("criulint: Write `no-tcp-close` (CRIU201)")
    terminal.keys("1", "Enter")
    terminal.see("no-tcp-close")
    terminal.keys(":ALEHover", "Enter")
    terminal.see("sets no-tcp-close")
    terminal.keys("Enter", ":wq", "Enter")
    terminal.see_file(home.file, BAD.replace("tcp-close false", "no-tcp-close"))


def test_vim_with_ale_looks_into_a_configmap(home: Home, vim: str, terminal: Terminal) -> None:
    terminal.start(vim, home.yaml)
    terminal.keys("G")
    terminal.see("CRIU 4.1.1 does not know `allow-uprobes`")
