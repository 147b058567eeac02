# SPDX-License-Identifier: MIT
"""Which files the editors open as CRIU's: Vim, Neovim, Emacs are asked, others' patterns read."""

from __future__ import annotations

import json
import re
import sys

import pytest

from criulint.criu.paths import is_named_for_criu
from tests.editors.home import EDITORS, Home, needs

_OURS = (
    "/etc/criu/default.conf",
    "/root/.criu/default.conf",
    "roles/x/files/etc/criu/runc.conf",
    "criu/my.conf",
    "criu/10-x.conf",
    "etc/criu.conf",
    "my-criu.conf",
    "roles/criu-settings.conf",
    "runc.conf",
    "files/crun.conf",
)
_OTHERS = (
    "etc/modules-load.d/criu.conf",
    "etc/crio/crio.conf.d/10-criu.conf",
    "etc/init/criu.conf",
    "etc/nginx/conf.d/runc.conf",
    "files/10-criu.conf",
    "criu.conf.j2",
    "criu/README",
    "criu/conf/x.conf",
    "mycriu/x.conf",
    "myrunc.conf",
    "default.conf",
)


def _are_right(lines: str) -> None:
    kinds = [line.split(" ") for line in lines.splitlines() if line]
    assert [name for name, kind in kinds if kind == "criu"] == list(_OURS)
    assert [name for name, kind in kinds if kind != "criu"] == list(_OTHERS)


def test_vim(home: Home) -> None:
    home.follow("Vim")
    (home.path / ".vimrc").write_text("filetype plugin on\n", encoding="utf-8")
    script = home.path / "script.vim"
    kinds = home.path / "kinds"
    script.write_text(
        f"bufdo call writefile([bufname() . ' ' . &filetype], '{kinds}', 'a')\nqall!\n",
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
    _are_right(kinds.read_text(encoding="utf-8"))


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


def test_names_are_those_of_criulint() -> None:
    assert all(is_named_for_criu(path) for path in _OURS)
    assert not any(is_named_for_criu(path) for path in _OTHERS)


#: What patterns for names cannot tell apart: a directory is not in them.
_IN_OTHER_DIRECTORIES = {
    "etc/modules-load.d/criu.conf",
    "etc/init/criu.conf",
    "etc/nginx/conf.d/runc.conf",
}
#: Kate looks at the name without the directory, and its patterns know only `*` and `?`.
_NOT_FOR_KATE = {
    "/etc/criu/default.conf",
    "/root/.criu/default.conf",
    "criu/my.conf",
    "criu/10-x.conf",
}
_TOO_MANY_FOR_KATE = {"etc/crio/crio.conf.d/10-criu.conf", "files/10-criu.conf"}


def _matches(path: str, glob: str) -> bool:
    """Match as VS Code and Helix do: braces are alternatives, `**/` is any directory."""
    pattern = re.escape(glob)
    for escaped, meaning in (
        (r"\*\*/", ""),
        (r"\*", "[^/]*"),
        (r"\[!0\-9\]", "[^0-9/]"),
        (r"\{", "(?:"),
        (r"\}", ")"),
        (",", "|"),
    ):
        pattern = pattern.replace(escaped, meaning)
    return re.search(rf"(^|/){pattern}$", path) is not None


def _opened(globs: list[str]) -> set[str]:
    return {path for path in (*_OURS, *_OTHERS) if any(_matches(path, each) for each in globs)}


def test_vscode_patterns() -> None:
    package = json.loads((EDITORS / "vscode" / "package.json").read_text(encoding="utf-8"))
    (language,) = (each for each in package["contributes"]["languages"] if each["id"] == "criu")
    globs = [*language["filenames"], *language["filenamePatterns"]]
    assert _opened(globs) == {*_OURS, *_IN_OTHER_DIRECTORIES}


def test_helix_patterns() -> None:
    tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    text = (EDITORS / "helix" / "languages.toml").read_text(encoding="utf-8")
    (language,) = (each for each in tomllib.loads(text)["language"] if each["name"] == "criu")
    globs = [entry["glob"] for entry in language["file-types"]]
    assert _opened(globs) == {*_OURS, *_IN_OTHER_DIRECTORIES}


def test_kate_patterns() -> None:
    text = (EDITORS / "kate" / "criu.xml").read_text(encoding="utf-8")
    found = re.search('extensions="(.*?)"', text)
    assert found
    opened = _opened(found[1].split(";"))
    assert opened == {*_OURS, *_IN_OTHER_DIRECTORIES, *_TOO_MANY_FOR_KATE} - _NOT_FOR_KATE
