# SPDX-License-Identifier: MIT
"""Editors with a language client, the real ones: they open, fix, format and complete a bad file.

Each is set up as its README says, with the settings that stand there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.editors.home import EDITORS, FIXED, Home, needs, tasks_of, unpacked

_HERE = Path(__file__).parent
_FORMATTED = FIXED.replace("no-tcp-close", "tcp-close false").splitlines()

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for POSIX")


def _parse_output(done: subprocess.CompletedProcess[str]) -> Any:
    """The JSON that an editor's script printed."""
    start = done.stdout.find("{")
    assert start >= 0, done.stdout + done.stderr
    answer = json.loads(done.stdout[start:])
    assert "error" not in answer, answer
    return answer


@pytest.mark.parametrize("version", ["installed", "newest"])
def test_neovim(home: Home, version: str) -> None:
    """Debian's Neovim, and the newest one, which starts language servers in another way."""
    command = _neovim(home, version)
    home.write(".config/nvim/init.lua", "Neovim", "lua")
    answer = _parse_output(
        home.run(
            [*command, "--headless", "etc/criu/my.conf", "-c", f"luafile {_HERE / 'neovim.lua'}"]
        )
    )
    assert answer["filetype"] == "criu"
    assert answer["commentstring"] == "# %s"
    assert answer["word"] == "network-lo"
    assert answer["syntax"] == "criuOption"
    assert answer["client"] == "criulint"
    assert answer["root"] == str(home.project)
    warning = 2
    assert {
        "line": 0,
        "column": 10,
        "last": 15,
        "code": "CRIU201",
        "severity": warning,
        "source": "criulint",
    } in answer["diagnostics"]
    assert sorted(entry["code"] for entry in answer["diagnostics"]) == [
        "CRIU102",
        "CRIU201",
        "CRIU202",
    ]
    assert answer["titles"][0].startswith("criulint: Write `no-tcp-close` (CRIU201)")
    assert answer["titles"][1].startswith("criulint: Ignore CRIU201 value-ignored here")
    assert answer["formatted"] == FIXED.splitlines()
    assert answer["completion"] == ["iptables", "nftables", "skip", "none"]
    assert "sets no-tcp-close" in answer["hover"]
    assert answer["yaml"] == [[3, 4, "CRIU102"], [3, 4, "CRIU403"]]
    assert answer["detached"] == ["criu", "criulint"]
    assert answer["toml"] == "no key 'selekt'; did you mean 'select'?"
    assert not answer["others"]
    assert sorted(answer["tasks"]) == sorted(tasks_of("Neovim"))


@pytest.mark.parametrize("version", ["installed", "newest"])
def test_neovim_reports_that_criulint_is_missing(home: Home, version: str) -> None:
    command = _neovim(home, version)
    (home.path / "bin" / "criulint").unlink()
    answer = home.run(
        [*command, "--headless", "etc/criu/my.conf", "-c", "qall!"], PATH="/usr/bin:/bin"
    )
    assert answer.stderr.strip() == "criulint is not on the PATH: install it with the extra `lsp`"


def _neovim(home: Home, version: str) -> list[str]:
    """The words that start a Neovim with what the README says."""
    home.follow("Neovim")
    if version == "installed":
        return [needs("nvim")]
    root, loading = unpacked("neovim", "sid")
    home.environment["VIMRUNTIME"] = str(root / "usr/share/nvim/runtime")
    return [*loading, str(root / "usr/bin/nvim")]


@pytest.mark.parametrize("version", ["installed", "newer"])
def test_emacs(home: Home, version: str) -> None:
    """Debian's Emacs with eglot from GNU ELPA, and one that eglot is a part of."""
    environment = {"TERM": "dumb"}
    if version == "installed":
        command = [needs("emacs")]
    else:
        root, loading = unpacked("emacs-nox", "trixie")
        (dump,) = root.glob("usr/libexec/emacs/*/*/*.pdmp")
        (lisp,) = root.glob("usr/share/emacs/*/lisp")
        command = [
            *loading,
            str(root / "usr/bin/emacs-nox"),
            "--dump-file",
            str(dump),
            "--no-site-file",
        ]
        environment |= {"EMACSLOADPATH": str(lisp), "EMACSDATA": str(lisp.parent / "etc")}
    home.write(".emacs.d/init.el", "Emacs", "elisp")
    script = _HERE / "emacs.el"
    answer = _parse_output(
        home.run([*command, "--batch", "--load", script, "etc/criu/my.conf"], **environment)
    )
    assert answer["mode"] == "criu-mode"
    found = [(line, marked, text.split("\n")[0]) for line, marked, text in answer["diagnostics"]]
    assert (
        1,
        "false",
        "criulint [CRIU201]: CRIU ignores `false` and switches it ON: `tcp-close` is a flag",
    ) in found
    assert [line for line, _, _ in found] == [1, 6, 7], "the settings reached the server"
    assert answer["titles"][0].startswith("criulint: Write `no-tcp-close` (CRIU201)")
    assert answer["formatted"] == FIXED
    assert answer["completion"] == ["nftables"]
    assert answer["reading"].endswith("sets tcp-close; ignores `false`")
    assert answer["winners"].endswith(":3: port 6: this is what counts")
    assert answer["followed"] == ["my.conf", 3]
    assert answer["page"].endswith("/rules/value-ignored/")
    assert answer["fixed"] == "no-tcp-close"
    assert answer["release"] == "3.12"
    assert answer["conflict"] == 3


def test_emacs_compiles_without_a_warning(tmp_path: Path) -> None:
    file = shutil.copy(EDITORS / "emacs" / "criu-mode.el", tmp_path)
    script = (
        "(setq byte-compile-error-on-warn t)"
        "(kill-emacs (if (byte-compile-file (car command-line-args-left)) 0 1))"
    )
    done = subprocess.run(
        [needs("emacs"), "--batch", "--eval", f"(progn {script})", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _vim(home: Home, script: str) -> Any:
    """Open a file in Vim, run a script, and read what it puts into ``g:told``."""
    home.follow("Vim")
    answer, commands, settings_file = (
        home.path / "answer",
        home.path / "script.vim",
        home.path / ".vimrc",
    )
    commands.write_text(
        f"{script}\ncall writefile([json_encode(g:told)], '{answer}')\nqall!\n", encoding="utf-8"
    )
    settings_file.write_text("filetype plugin on\nsyntax on\n", encoding="utf-8")
    done = home.run(
        [
            needs("vim"),
            "-u",
            str(settings_file),
            "-i",
            "NONE",
            "-es",
            "-N",
            home.file,
            "-S",
            commands,
        ]
    )
    assert answer.exists(), done.stdout + done.stderr
    return json.loads(answer.read_text(encoding="utf-8"))


def test_vim_makes_a_quickfix_list(home: Home) -> None:
    answer = _vim(
        home,
        """
        silent make
        let g:told = map(getqflist(), {_, entry ->
            \\ [bufname(entry.bufnr), entry.lnum, entry.col, entry.type, entry.text]})
        """,
    )
    assert [[Path(name).name, line, column, kind] for name, line, column, kind, _ in answer] == [
        ["my.conf", 1, 11, "w"],
        ["my.conf", 6, 11, "w"],
    ]
    assert answer[0][4].startswith("CRIU201 value-ignored: CRIU ignores `false`")


def test_vim_formats(home: Home) -> None:
    assert _vim(home, "normal! gggqG\nlet g:told = getline(1, '$')") == _FORMATTED
