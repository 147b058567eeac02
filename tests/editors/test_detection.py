# SPDX-License-Identifier: MIT
"""Which files the editors open as CRIU's: Vim, Neovim, Emacs are asked, others' patterns read."""

from __future__ import annotations

import json
import sys

import pytest

from tests.editors.home import EDITORS, Home, needs

_OURS = (
    "/etc/criu/default.conf",
    "/root/.criu/default.conf",
    "roles/x/files/etc/criu/runc.conf",
    "criu/my.conf",
    "etc/criu.conf",
    "runc.conf",
    "files/crun.conf",
)
_OTHERS = (
    "etc/modules-load.d/criu.conf",
    "criu/README",
    "criu/conf/x.conf",
    "mycriu/x.conf",
    "myrunc.conf",
    "default.conf",
)


def _are_right(lines: str) -> None:
    told = [line.split(" ") for line in lines.splitlines() if line]
    assert [name for name, kind in told if kind == "criu"] == list(_OURS)
    assert [name for name, kind in told if kind != "criu"] == list(_OTHERS)


def test_vim(home: Home) -> None:
    home.follow("Vim")
    (home.path / ".vimrc").write_text("filetype plugin on\n", encoding="utf-8")
    script = home.path / "script.vim"
    told = home.path / "told"
    script.write_text(
        f"bufdo call writefile([bufname() . ' ' . &filetype], '{told}', 'a')\nqall!\n",
        encoding="utf-8",
    )
    home.run(
        [
            needs("vim"),
            "-u",
            str(home.path / ".vimrc"),
            "-i",
            "NONE",
            "-es",
            "-N",
            "-S",
            script,
            *_OURS,
            *_OTHERS,
        ]
    )
    _are_right(told.read_text(encoding="utf-8"))


def test_neovim(home: Home) -> None:
    home.follow("Neovim")
    script = "lua io.stdout:write(vim.fn.bufname(), ' ', vim.bo.filetype, '\\n')"
    done = home.run(
        [needs("nvim"), "--headless", *_OURS, *_OTHERS, "-c", f"bufdo {script}", "-c", "qall!"]
    )
    _are_right(done.stdout)


def test_emacs(home: Home) -> None:
    script = """
        (progn
          (require 'criu-mode)
          (dolist (name command-line-args-left)
            (with-temp-buffer
              (setq buffer-file-name (expand-file-name name))
              (set-auto-mode)
              (princ (format "%s %s\\n" name major-mode))
              (setq buffer-file-name nil)))
          (kill-emacs))
    """
    command = [needs("emacs"), "--batch", "--directory", str(EDITORS / "emacs"), "--eval", script]
    _are_right(home.run([*command, *_OURS, *_OTHERS]).stdout.replace("criu-mode", "criu"))


def test_the_others() -> None:
    """Their patterns are the same; Kate sees a file's name without the folder."""
    ours = {"criu/*.conf", ".criu/*.conf", "*criu*.conf", "runc.conf", "crun.conf"}
    (language,) = json.loads((EDITORS / "vscode" / "package.json").read_text(encoding="utf-8"))[
        "contributes"
    ]["languages"]
    assert {
        *language["filenames"],
        *(name.removeprefix("**/") for name in language["filenamePatterns"]),
    } == ours
    assert 'extensions="runc.conf;crun.conf"' in (EDITORS / "kate" / "criu.xml").read_text(
        encoding="utf-8"
    )
    tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    (language,) = tomllib.loads((EDITORS / "helix" / "languages.toml").read_text(encoding="utf-8"))[
        "language"
    ]
    assert {entry["glob"] for entry in language["file-types"]} == ours
