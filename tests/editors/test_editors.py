# SPDX-License-Identifier: GPL-2.0-only
"""What is in ``editors`` for those with a language client, in the real editors: they open, mend and complete a bad file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

_TOP = Path(__file__).parents[2]
_EDITORS = _TOP / "editors"
_BAD = "tcp-close false\n\n\n\nghost-limit   1M\nverbosity 4\n"
_MENDED = ["no-tcp-close", "", "ghost-limit 1M", "verbosity 4"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for POSIX")


def _missing(message: str) -> None:
    """There is no such editor: in CI that is an error."""
    assert not os.environ.get("CI"), message
    pytest.skip(message)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a project in it, and this criulint on the path."""
    program = tmp_path / "bin" / "criulint"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m criulint "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "project" / "etc" / "criu").mkdir(parents=True)
    (tmp_path / "project" / "criulint.toml").write_text('criu = "4.1.1"\n', encoding="utf-8")
    (tmp_path / "project" / "etc" / "criu" / "my.conf").write_text(_BAD, encoding="utf-8")
    return tmp_path


def _run(command: Sequence[str | Path], home: Path, **environment: str) -> Any:
    done = subprocess.run(
        command,
        cwd=home / "project",
        env={
            **os.environ,
            "HOME": str(home),
            "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_DATA_HOME": str(home / ".local"),
            "XDG_STATE_HOME": str(home / ".state"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            **environment,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    start = done.stdout.find("{")
    assert start >= 0, done.stdout + done.stderr
    told = json.loads(done.stdout[start:])
    assert "error" not in told, told
    return told


@pytest.mark.parametrize("version", ["installed", "newest"])
def test_neovim(home: Path, version: str) -> None:
    """Debian's Neovim, and the newest one, which starts language servers in another way."""
    command, runtime = _neovim(version)
    shutil.copytree(_EDITORS / "neovim", home / ".config" / "nvim")
    script = Path(__file__).with_name("neovim.lua")
    told = _run([*command, "--headless", "etc/criu/my.conf", "-c", f"luafile {script}"], home, **runtime)
    assert told["filetype"] == "criu"
    assert told["commentstring"] == "# %s"
    assert told["client"] == "criulint"
    assert told["root"] == str(home / "project")
    warning = 2
    assert {"line": 0, "column": 10, "last": 15, "code": "CRIU201", "severity": warning, "source": "criulint"} in told[
        "diagnostics"
    ]
    assert {entry["code"] for entry in told["diagnostics"]} == {"CRIU201", "CRIU202", "CRIU402"}
    assert told["titles"][0].startswith("Write `no-tcp-close` (CRIU201)")
    assert told["titles"][1].startswith("Ignore CRIU201 value-ignored here")
    assert told["formatted"] == _MENDED
    assert told["completion"] == ["iptables", "nftables", "skip", "none"]
    assert "sets no-tcp-close" in told["hover"]


def _neovim(version: str) -> tuple[list[str], dict[str, str]]:
    """The words that start a Neovim, and the environment that it takes."""
    if version == "installed":
        program = shutil.which("nvim")
        if not program:
            _missing("Neovim is missing")
        return [str(program)], {}
    from tests.oracle.roots import RootError, loading, unpacked

    try:
        root = unpacked("neovim", "sid")
    except RootError as error:
        _missing(str(error))
    return [*loading(root), str(root / "usr/bin/nvim")], {"VIMRUNTIME": str(root / "usr/share/nvim/runtime")}


def test_emacs(home: Path) -> None:
    if not shutil.which("emacs"):
        _missing("Emacs is missing")
    script = Path(__file__).with_name("emacs.el")
    told = _run(
        ["emacs", "--batch", "--directory", _EDITORS / "emacs", "--load", script, "etc/criu/my.conf"], home, TERM="dumb"
    )
    assert told["mode"] == "criu-mode"
    found = [(line, marked, text.split(";")[0]) for line, marked, text in told["diagnostics"]]
    assert (1, "false", "criulint [CRIU201]: CRIU ignores `false` and switches it ON: `tcp-close` is a flag") in found
    assert told["titles"][0].startswith("Write `no-tcp-close` (CRIU201)")
    assert told["formatted"].splitlines() == _MENDED
    assert told["completion"] == ["nftables"]


def test_emacs_compiles_without_a_warning(tmp_path: Path) -> None:
    if not shutil.which("emacs"):
        _missing("Emacs is missing")
    file = shutil.copy(_EDITORS / "emacs" / "criu-mode.el", tmp_path)
    script = "(setq byte-compile-error-on-warn t) (kill-emacs (if (byte-compile-file (car command-line-args-left)) 0 1))"
    done = subprocess.run(
        ["emacs", "--batch", "--eval", f"(progn {script})", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_helix_configuration_names_the_server() -> None:
    """No package of Helix is at hand: what it would read is at least right TOML, with its own names."""
    tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    told = tomllib.loads((_EDITORS / "helix" / "languages.toml").read_text(encoding="utf-8"))
    assert told["language-server"]["criulint"] == {"command": "criulint", "args": ["lsp"]}
    (language,) = told["language"]
    assert language["language-servers"] == ["criulint"]
