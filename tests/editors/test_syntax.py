# SPDX-License-Identifier: MIT
"""Highlighting in the real Vim, Emacs and KSyntaxHighlighting; VS Code's is tested beside it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.editors.home import EDITORS, Home, needs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the editors are those of POSIX systems"
)

_TEXT = r"""
# "x criulint: ignore[CRIU201] is none
  tcp-close false # criulint: ignore[CRIU201] y
manage-cgroups=full    # y
log-file "a # b" # z
log-file "\"a\" # b" # z
log-file "a b
ghost-limit 10M
tls-cert full.pem
bad_name x#y
no-tcp-close
""".lstrip()

# For each line, the columns where another kind of text begins, and the kind; "" is none.
_VIM = [
    [[1, "Comment"]],
    [
        [1, ""],
        [3, "Option"],
        [12, ""],
        [13, "Value"],
        [18, ""],
        [19, "Comment"],
        [21, "Suppression"],
        [46, "Comment"],
    ],
    [[1, "Option"], [15, "Equals"], [16, "Choice"], [20, ""], [24, "Comment"]],
    [[1, "Option"], [9, ""], [10, "Value"], [17, ""], [18, "Comment"]],
    [[1, "Option"], [9, ""], [10, "Value"], [21, ""], [22, "Comment"]],
    [[1, "Option"], [9, ""], [10, "Value"]],
    [[1, "Option"], [12, ""], [13, "Number"]],
    [[1, "Option"], [9, ""], [10, "Value"]],
    [[1, "Unknown"], [9, ""], [10, "Value"]],
    [[1, "Option"]],
]
_EMACS = [
    [[1, "comment-delimiter"], [3, "comment"]],
    [
        [1, ""],
        [3, "variable-name"],
        [12, ""],
        [19, "comment-delimiter"],
        [21, "preprocessor"],
        [46, "comment"],
    ],
    [[1, "variable-name"], [15, ""], [24, "comment-delimiter"], [26, "comment"]],
    [
        [1, "variable-name"],
        [9, ""],
        [10, "string"],
        [17, ""],
        [18, "comment-delimiter"],
        [20, "comment"],
    ],
    [
        [1, "variable-name"],
        [9, ""],
        [10, "string"],
        [21, ""],
        [22, "comment-delimiter"],
        [24, "comment"],
    ],
    [[1, "variable-name"], [9, ""], [10, "warning"], [11, ""]],
    [[1, "variable-name"], [12, ""], [13, "constant"]],
    [[1, "variable-name"], [9, ""]],
    [[1, "variable-name"], [9, ""]],
    [[1, "keyword"], [4, "variable-name"]],
]
_KATE = [
    [[1, "Comment"]],
    [
        [1, "Normal"],
        [3, "Option"],
        [12, "Normal"],
        [13, "Text"],
        [18, "Comment"],
        [20, "Suppression"],
        [46, "Comment"],
    ],
    [[1, "Option"], [15, "Operator"], [16, "Choice"], [20, "Comment"]],
    [[1, "Option"], [9, "Normal"], [10, "Text"], [17, "Comment"]],
    [[1, "Option"], [9, "Normal"], [10, "Text"], [21, "Comment"]],
    [[1, "Option"], [9, "Normal"], [10, "Unclosed"]],
    [[1, "Option"], [12, "Normal"], [13, "Number"]],
    [[1, "Option"], [9, "Normal"], [10, "Text"]],
    [[1, "Unknown"], [9, "Normal"], [10, "Text"]],
    [[1, "Option"]],
]


@pytest.fixture
def file(home: Home) -> Path:
    path = home.file.with_name("runc.conf")
    path.write_text(_TEXT, encoding="utf-8")
    return path


def test_generated_files_are_made_of_the_schemas() -> None:
    """``python editors/generate.py`` would change nothing."""
    done = subprocess.run(
        [sys.executable, EDITORS / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_stale_generated_files_are_reported(home: Home) -> None:
    """Those of a changed copy: the test above can fail."""
    names = [
        "vim/syntax/criu.vim",
        "neovim/syntax/criu.vim",
        "kate/criu.xml",
        "vscode/syntaxes/criu.tmLanguage.json",
        "README.md",
    ]
    for name in ("generate.py", "features.json", *names):
        copy = home.path / "editors" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(
            (EDITORS / name)
            .read_text(encoding="utf-8")
            .replace("tcp-close", "tcp-cloze")
            .replace("| fix all |", "| fix |"),
            encoding="utf-8",
        )
    command: list[str | Path] = [sys.executable, home.path / "editors" / "generate.py"]
    result = home.run([*command, "--check"])
    assert result.returncode == 1
    assert {line.removeprefix("stale: editors/") for line in result.stdout.splitlines()} == set(
        names
    )
    assert home.run(command).returncode == 0
    assert home.run([*command, "--check"]).returncode == 0


def test_vim(home: Home, file: Path) -> None:
    home.follow("Vim")
    result = home.path / "result"
    (home.path / ".vimrc").write_text("filetype plugin on\nsyntax on\n", encoding="utf-8")
    script = home.path / "script.vim"
    script.write_text(
        f"""
        let g:told = {{'filetype': &filetype, 'commentstring': &commentstring, 'lines': []}}
        for line in range(1, line('$'))
          let groups = []
          for column in range(1, col([line, '$']) - 1)
            let name = substitute(synIDattr(synID(line, column, 1), 'name'), 'criu', '', '')
            if empty(groups) || groups[-1][1] !=# name
              call add(groups, [column, name])
            endif
          endfor
          call add(g:told.lines, groups)
        endfor
        call writefile([json_encode(g:told)], '{result}')
        qall!
        """,
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
            file,
            "-S",
            script,
        ]
    )
    assert json.loads(result.read_text(encoding="utf-8")) == {
        "filetype": "criu",
        "commentstring": "# %s",
        "lines": _VIM,
    }


def test_emacs(home: Home, file: Path) -> None:
    script = """
        (progn
          (require 'criu-mode)
          (find-file (car command-line-args-left))
          (font-lock-mode 1)
          (font-lock-ensure)
          (while (not (eobp))
            (let ((face (get-text-property (point) 'face)))
              (princ (format "%d %d %s\\n" (line-number-at-pos) (1+ (current-column))
                             (if (consp face) (car face) face))))
            (goto-char (if (= (1+ (point)) (line-end-position)) (line-end-position)
                         (min (line-end-position)
                              (next-single-property-change (point) 'face nil (point-max)))))
            (when (eolp) (forward-char 1))))
    """
    done = home.run(
        [needs("emacs"), "--batch", "--directory", EDITORS / "emacs", "--eval", script, file]
    )
    lines: list[list[Any]] = [[] for _ in _EMACS]
    for result in done.stdout.splitlines():
        line, column, face = result.split()
        name = "" if face == "nil" else face.removeprefix("font-lock-").removesuffix("-face")
        lines[int(line) - 1].append([int(column), name])
    assert lines == _EMACS


def test_kate(home: Home, file: Path) -> None:
    """KSyntaxHighlighting, which Kate uses, finds the definition by the file's name."""
    program = needs("kate-syntax-highlighter")
    home.follow("Kate")
    command: list[str | Path] = [
        program,
        "--output-format",
        "ansi",
        "--syntax-trace",
        "format",
        file,
    ]
    done = home.run(command, QT_QPA_PLATFORM="offscreen")
    assert (done.returncode, done.stderr) == (0, "")
    text = re.sub(r"\x1b\[[0-9;]*[mK]", "", done.stdout)
    lines: list[list[Any]] = []
    for line in text.splitlines():
        if len(lines) < len(_KATE) and line == _TEXT.splitlines()[len(lines)]:
            lines.append([])
        else:
            lines[-1] += [[match.start() + 1, match[0]] for match in re.finditer(r"[A-Z]\w+", line)]
    assert [sorted(kinds) for kinds in lines] == _KATE
