# SPDX-License-Identifier: GPL-2.0-only
"""The syntax files for Vim and Kate in the real programs; those for VS Code have tests of their own beside them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from criulint.report.matcher import matcher

_TOP = Path(__file__).parents[2]
_EDITORS = _TOP / "editors"
_TEXT = """\
# c criulint: ignore[CRIU201] x
  tcp-close false # y
manage-cgroups=full
log-file "a b" # z
ghost-limit 10M
bad_name x#y
no-tcp-close
"""


def _needs(program: str) -> str:
    found = shutil.which(program)
    if not found:
        assert not os.environ.get("CI"), f"{program} is missing"
        pytest.skip(f"{program} is missing")
    return str(found)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "criu" / "runc.conf"
    path.parent.mkdir()
    path.write_text(_TEXT, encoding="utf-8")
    return path


def test_generated_files_are_made_of_the_schemas() -> None:
    """``python editors/generate.py`` would change nothing."""
    done = subprocess.run([sys.executable, _EDITORS / "generate.py", "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def _vim(file: Path, script: str) -> Any:
    """Open a file in Vim with our folder in its path, run a script, and read what it puts into ``g:told``."""
    out = file.parent / "told"
    commands = file.parent / "script.vim"
    commands.write_text(f"{script}\ncall writefile([json_encode(g:told)], '{out}')\nqall!\n", encoding="utf-8")
    rc = file.parent / "vimrc"
    folder = _EDITORS / "vim"
    rc.write_text(f"set nocompatible\nset runtimepath^={folder}\nfiletype plugin on\nsyntax on\n", encoding="utf-8")
    program = file.parent / "bin" / "criulint"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m criulint "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(file.parent)}
    command = [_needs("vim"), "-u", str(rc), "-es", "-N", str(file), "-S", str(commands)]
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    return json.loads(out.read_text(encoding="utf-8"))


def test_vim_highlights(file: Path) -> None:
    told = _vim(
        file,
        """
        let g:told = {'filetype': &filetype, 'commentstring': &commentstring, 'lines': []}
        for line in range(1, line('$'))
          let groups = []
          for column in range(1, col([line, '$']) - 1)
            let name = synIDattr(synID(line, column, 1), 'name')
            if empty(groups) || groups[-1][1] !=# name
              call add(groups, [column, name])
            endif
          endfor
          call add(g:told.lines, groups)
        endfor
        """,
    )
    assert (told["filetype"], told["commentstring"]) == ("criu", "# %s")
    assert told["lines"] == [
        [[1, "criuComment"], [5, "criuSuppression"], [30, "criuComment"]],
        [[1, ""], [3, "criuOption"], [12, ""], [13, "criuValue"], [18, ""], [19, "criuComment"]],
        [[1, "criuOption"], [15, "criuEquals"], [16, "criuChoice"]],
        [[1, "criuOption"], [9, ""], [10, "criuValue"], [15, ""], [16, "criuComment"]],
        [[1, "criuOption"], [12, ""], [13, "criuNumber"]],
        [[1, "criuUnknown"], [9, ""], [10, "criuValue"]],
        [[1, "criuOption"]],
    ]


def test_vim_makes_a_quickfix_list(file: Path) -> None:
    told = _vim(
        file,
        """
        silent make
        let g:told = map(getqflist(), {_, entry -> [bufname(entry.bufnr), entry.lnum, entry.col, entry.type, entry.text]})
        """,
    )
    assert [[Path(name).name, line, column, kind] for name, line, column, kind, _ in told] == [
        ["runc.conf", 2, 3, "w"],
        ["runc.conf", 2, 13, "w"],
        ["runc.conf", 6, 1, "e"],
    ]
    assert told[1][4].startswith("CRIU201 value-ignored: CRIU ignores `false`")


def test_vim_formats(file: Path) -> None:
    file.write_text("tcp-close   #x\n", encoding="utf-8")
    assert _vim(file, "normal! gggqG\nlet g:told = getline(1, '$')") == ["tcp-close # x"]


def test_kate_highlights(file: Path, tmp_path: Path) -> None:
    """KSyntaxHighlighting, which is what Kate has, takes the definition and finds it by the file's name."""
    program = _needs("kate-syntax-highlighter")
    folder = tmp_path / "data" / "org.kde.syntax-highlighting" / "syntax"
    folder.mkdir(parents=True)
    shutil.copy(_EDITORS / "kate" / "criu.xml", folder)
    done = subprocess.run(
        [program, "--output-format", "ansi", "--syntax-trace", "format", file],
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    text = re.sub(r"\x1b\[[0-9;]*[mK]", "", done.stdout)
    seen = {line: re.findall(r"[A-Z]\w+", below) for line, below in _blocks(text)}
    assert seen["  tcp-close false # y"].count("Option") == 1
    assert {"Text", "Comment"} <= set(seen["  tcp-close false # y"])
    assert {"Option", "Operator", "Choice"} <= set(seen["manage-cgroups=full"])
    assert {"Option", "Number"} <= set(seen["ghost-limit 10M"])
    assert {"Unknown", "Text"} <= set(seen["bad_name x#y"])
    assert seen["no-tcp-close"] == ["Option"]
    assert "Suppression" in seen["# c criulint: ignore[CRIU201] x"]


def _blocks(trace: str) -> list[tuple[str, str]]:
    """The lines of the file, each with what is told below it."""
    blocks: list[tuple[str, str]] = []
    for line in trace.splitlines():
        if line in _TEXT.splitlines():
            blocks.append((line, ""))
        elif blocks:
            blocks[-1] = blocks[-1][0], f"{blocks[-1][1]}\n{line}"
    return blocks


def test_vs_codes_problem_matcher_is_that_of_the_text_format() -> None:
    package = json.loads((_EDITORS / "vscode" / "package.json").read_text(encoding="utf-8"))
    (ours,) = package["contributes"]["problemMatchers"]
    colour = "(?:\\x1b\\[[0-9;]*m)?"
    usual = json.loads(matcher())["problemMatcher"][0]["pattern"][0]
    assert ours["pattern"] == {
        **usual,
        "regexp": usual["regexp"].replace(colour, "").replace("(error|warning)", "(error|warning|info)"),
    }


def test_vs_code_has_a_setting_for_what_the_server_takes() -> None:
    package = json.loads((_EDITORS / "vscode" / "package.json").read_text(encoding="utf-8"))
    settings = {name.removeprefix("criulint.") for name in package["contributes"]["configuration"]["properties"]}
    assert {"path", "args", "interpreter", "targetVersion", "runtime", "select", "extendSelect", "ignore"} <= settings
    assert (
        package["version"] == json.loads((_EDITORS / "vscode" / "package-lock.json").read_text(encoding="utf-8"))["version"]
    )
