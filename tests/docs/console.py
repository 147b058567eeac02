# SPDX-License-Identifier: MIT
"""Run the commands that a Markdown page shows, and put what they print into the page.

A ``console`` block holds commands after ``$ `` and what they print. The commands of a page run one
after the other in one scratch directory. Comments before a block say what a reader need not see:

- ``<!-- file: NAME -->``: the block after it is the content of this file;
- ``<!-- setup: COMMAND -->``: a command to run first, without output;
- ``<!-- env: NAME=VALUE -->``: a variable for all later commands, ``$PWD`` is the directory;
- ``<!-- needs: PROGRAM -->``: the commands of the next block need this program;
- ``<!-- not run: REASON -->``: the next block is not run, and why.

A line ``...`` in the output stands for any lines. ``/etc/criu`` is a directory of the scratch
directory.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from textwrap import indent
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PIECE = re.compile(
    r"^ *<!-- (?P<word>file|setup|env|needs|not run): (?P<value>.*?) -->$"
    r"|^(?P<indent> *)(?P<fence>`{3,})(?P<kind>[^\n]*)\n(?P<body>.*?)^ *(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(r"^\$ (.*(?:\n> .*)*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
_SYSTEM = "/etc/criu"


class MissingProgramError(Exception):
    """A program that a page needs is not installed."""


class Piece(NamedTuple):
    """A comment or a fenced block of a page.

    `body` is without the `indent` of the block; `start` and `end` bound it in the page.
    """

    word: str
    value: str
    body: str
    indent: str
    start: int
    end: int


def pieces(page: str) -> Iterator[Piece]:
    """Yield the comments for this module, and the fenced blocks (`word` is ``block``)."""
    for match in _PIECE.finditer(page):
        if match["word"]:
            yield Piece(match["word"], match["value"], "", "", match.end(), match.end())
        else:
            body = re.sub(rf"^{match['indent']}", "", match["body"], flags=re.MULTILINE)
            yield Piece("block", match["kind"], body, match["indent"], *match.span("body"))


def shown_commands(page: str) -> list[str]:
    """Return the commands of all console blocks, those that are not run among them."""
    bodies = [piece.body for piece in pieces(page) if piece.value == "console"]
    return [match[1] for body in bodies for match in _COMMAND.finditer(body)]


def renew(page: str, directory: Path) -> str:
    """Return the page with what its commands print now; they run in `directory`.

    MissingProgramError if a command needs a program that is not installed.
    """
    shell = _Shell(directory)
    renewed, done = [], 0
    pending: dict[str, str] = {}
    for piece in pieces(page):
        if piece.word == "setup":
            shell.run(piece.value)
        elif piece.word == "env":
            name, _, value = piece.value.partition("=")
            shell.environment[name] = value.replace("$PWD", str(directory))
        elif piece.word != "block":
            pending[piece.word] = piece.value
        else:
            if "file" in pending:
                shell.write(pending["file"], piece.body)
            elif piece.value == "console" and "not run" not in pending:
                needed = pending.get("needs")
                if needed and not shutil.which(needed, path=shell.path):
                    raise MissingProgramError(needed)
                block = indent(_renew_block(piece.body, shell), piece.indent)
                renewed += [page[done : piece.start], block]
                done = piece.end
            pending.clear()
    return "".join([*renewed, page[done:]])


def _renew_block(body: str, shell: _Shell) -> str:
    parts = []
    for command, shown in _COMMAND.findall(body):
        printed = shell.run(command.replace("\n> ", "\n"))
        parts.append(f"$ {command}\n{shown if _agrees(shown, printed) else printed}")
    return "".join(parts)


def _agrees(shown: str, printed: str) -> bool:
    pattern = "(?:.*\n)*".join(map(re.escape, re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE)))
    return re.fullmatch(pattern, printed) is not None


class _Shell:
    """A POSIX shell in a directory, which finds this criulint and no settings of a user's."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._system = directory / "system"
        self._system.mkdir()
        programs = directory / "bin"
        programs.mkdir()
        for name, module in (("criulint", " -m criulint"), ("python3", "")):
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{module} "$@"\n')
            program.chmod(0o755)
        self.path = os.pathsep.join([str(programs), os.environ["PATH"], "/usr/sbin"])
        self.environment = {
            "PATH": self.path,
            "HOME": str(directory),
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "COLUMNS": "80",
        }

    def write(self, name: str, text: str) -> None:
        """Write a file, whose name may lie in /etc/criu."""
        path = self._directory / self._inside(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")

    def run(self, command: str) -> str:
        """Return what a command prints, on standard output and standard error.

        White space at the end of a line, which no reader sees, is left out.
        """
        done = subprocess.run(
            ["/bin/sh", "-c", self._inside(command)],
            cwd=self._directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        printed = done.stdout.replace(str(self._system / "criu"), _SYSTEM)
        return re.sub(r"[ \t]+$", "", printed, flags=re.MULTILINE)

    def _inside(self, text: str) -> str:
        return re.sub(rf"(?<![\w/.]){_SYSTEM}\b", str(self._system / "criu"), text)
