# SPDX-License-Identifier: MIT
"""What shells complete, asked of the shells themselves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

# Words of a command line, the last of them half written, and what the shell makes of it: some
# of it, all of it.
_CASES = [
    (["che"], {"check"}, True),
    (["check", "--sel"], {"--select"}, True),
    (["check", "--select", "CRIU20"], {"CRIU201", "CRIU202"}, False),
    (["check", "--ignore", "value-ign"], {"value-ignored"}, True),
    (["check", "--role", "r"], {"rpc"}, True),
    (["check", "--runtime", "cr"], {"crun", "cri-o"}, True),
    (["check", "--for", "pre"], {"pre-dump"}, True),
    (["check", "--criu", "3.17"], {"3.17", "3.17.1"}, True),
    (["check", "--format", "con"], {"concise"}, True),
    (["check", "--output", "sar"], {"sarif"}, True),
    (["check", "--config", "some"], {"some.toml"}, True),
    (["check", "so"], {"some.toml"}, True),
    (["image", "so"], {"some.toml"}, True),
    (["rule", "CRIU201"], {"CRIU201"}, True),
    (["schema", "sh"], {"show"}, True),
    (["schema", "show", "tcp-clo"], {"tcp-close"}, True),
    (["completion", "zs"], {"zsh"}, True),
]
_IDS = [" ".join(words) for words, _, _ in _CASES]


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """The path of the script for a shell."""

    def make(shell: str) -> str:
        (tmp_path / "some.toml").touch()
        assert main(["completion", shell]) == 0
        path = tmp_path / f"completion.{shell}"
        path.write_text(capsys.readouterr().out, encoding="utf-8")
        return str(path)

    return make


def _run(cwd: Path, *command: str) -> list[str]:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True, timeout=20)
    assert done.stderr == ""
    return done.stdout.splitlines()


def _agree(found: list[str], expected: set[str], only: bool) -> None:
    assert expected <= set(found)
    if only:
        assert set(found) == expected


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(("words", "expected", "only"), _CASES, ids=_IDS)
def test_bash(
    script: Callable[[str], str], tmp_path: Path, words: list[str], expected: set[str], only: bool
) -> None:
    ask = """
        source "$1"; shift
        COMP_WORDS=(criulint "$@"); COMP_CWORD=$#; COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
        compopt() { :; }
        $(complete -p criulint | sed 's/.*-F \\([^ ]*\\) .*/\\1/') criulint "${@: -1}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    _agree(
        _run(tmp_path, "bash", "--norc", "-c", ask, "bash", script("bash"), *words), expected, only
    )


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.parametrize(("words", "expected", "only"), _CASES, ids=_IDS)
def test_fish(
    script: Callable[[str], str], tmp_path: Path, words: list[str], expected: set[str], only: bool
) -> None:
    ask = f'source {script("fish")}; complete -C "criulint {" ".join(words)}"'
    lines = _run(tmp_path, "fish", "--no-config", "-c", ask)
    _agree([line.partition("\t")[0] for line in lines], expected, only)


# zsh completes only in a terminal: the first script opens one, the second is what the zsh in
# there reads. Of what the completion adds, `compadd` notes the words that go with what is
# written.
_ASK_ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "source setup.zsh"
zpty -r -m shell line '*ready-2*'
zpty -w -n shell "criulint $1"$'\t'
zpty -r -m shell line $'*\x02*\x03*'
zpty -d shell
"""
_SET_ZSH_UP = r"""
setopt no_beep
fpath=($PWD $fpath)
autoload -Uz compinit
compinit -u -D
compdef _criulint criulint
compadd() {
  builtin compadd -A found "$@"
  (( $#found )) && print -rl -- $found >>found
  builtin compadd "$@"
}
ask() { _main_complete; print -n $'\x02done\x03' }
zle -C ask complete-word ask
bindkey '^I' ask
print ready-$((1+1))
"""


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
@pytest.mark.parametrize(("words", "expected", "only"), _CASES, ids=_IDS)
def test_zsh(
    script: Callable[[str], str], tmp_path: Path, words: list[str], expected: set[str], only: bool
) -> None:
    Path(script("zsh")).rename(tmp_path / "_criulint")
    (tmp_path / "setup.zsh").write_text(_SET_ZSH_UP, encoding="utf-8")
    _run(tmp_path, "zsh", "-f", "-c", _ASK_ZSH, "zsh", " ".join(words))
    _agree((tmp_path / "found").read_text(encoding="utf-8").splitlines(), expected, only)


def test_powershell_can_parse_the_script(script: Callable[[str], str]) -> None:
    tree_sitter = pytest.importorskip("tree_sitter")
    language = tree_sitter.Language(pytest.importorskip("tree_sitter_powershell").language())
    text = Path(script("powershell")).read_bytes()
    assert not tree_sitter.Parser(language).parse(text).root_node.has_error
    assert b"Register-ArgumentCompleter -Native -CommandName criulint" in text


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not installed")
@pytest.mark.parametrize(("words", "expected", "only"), _CASES, ids=_IDS)
def test_powershell(
    script: Callable[[str], str], tmp_path: Path, words: list[str], expected: set[str], only: bool
) -> None:
    line = f"criulint {' '.join(words)}"
    ask = (
        f"Get-Content -Raw '{script('powershell')}' | Invoke-Expression;"
        "[System.Management.Automation.CommandCompletion]::CompleteInput("
        f"'{line}', {len(line)}, $null).CompletionMatches.CompletionText"
    )
    found = _run(tmp_path, "pwsh", "-NoProfile", "-NonInteractive", "-Command", ask)
    _agree([name.removeprefix("./") for name in found], expected, only)


@pytest.mark.skipif(shutil.which("tcsh") is None, reason="tcsh is not installed")
def test_tcsh_accepts_the_script(script: Callable[[str], str], tmp_path: Path) -> None:
    (candidate,) = _run(
        tmp_path, "tcsh", "-fc", f"source {script('tcsh')}; complete criulint | grep -c -- check"
    )
    assert candidate == "1"
