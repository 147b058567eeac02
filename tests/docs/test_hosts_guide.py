# SPDX-License-Identifier: MIT
"""The page "Scripts, Dockerfiles and other files" lists all that the code knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from criulint.embedded import hosts
from criulint.embedded.shell import commands, control, wrappers

_PAGE = (Path(__file__).parents[2] / "docs/guide/hosts.md").read_text(encoding="utf-8")
_ROWS = [
    line.split("|")[1:-1] for line in _PAGE.splitlines() if re.match(r"\| (?!file|lang)", line)
]
_NAMES = [name for row in _ROWS if len(row) == 3 for name in re.findall(r"`([^`]+)`", row[1])]
_PROGRAMS = [name for row in _ROWS if len(row) == 3 for name in re.findall(r"`(\w[^`]*)`", row[2])]
# Words of the shell, and names of the same thing.
_NOT_LISTED = frozenset(
    ("test", "[", "export", "local", "declare", "typeset", "readonly", "which", "type", "hash",
     "false", "true", ":", "exit", "return", "break", "continue", ".", "source")
)  # fmt: skip


def _sample(name: str) -> str:
    return f"x{name[1:]}" if name.startswith("*") else name.replace("*", "x")


@pytest.mark.parametrize("name", [name for name in _NAMES if name != "#!"])
def test_each_name_is_a_host(name: str) -> None:
    if not name.startswith((".j2", ".tmpl", ".tpl", ".in")):
        assert hosts.kind_of(_sample(name))


@pytest.mark.parametrize(("pattern", "kind"), hosts._NAMES)
def test_each_kind_is_listed(pattern: str, kind: str) -> None:
    matching = [name for name in _NAMES if re.fullmatch(pattern, _sample(name), re.IGNORECASE)]
    assert matching, kind
    endings = set(re.findall(r"[a-z]{2,}", re.sub(r"\(\?[:=!]|\[.*?\]", "", pattern.lower())))
    listed = " ".join(_NAMES).lower()
    assert not [ending for ending in endings - {"ya", "ml"} if ending not in listed]


@pytest.mark.parametrize("program", _PROGRAMS)
def test_each_program_is_an_interpreter(program: str) -> None:
    assert hosts.kind_of("x", f"#!/usr/bin/env {program}\n".encode())


def test_each_interpreter_is_listed() -> None:
    for pattern, _ in hosts._INTERPRETERS:
        assert any(re.fullmatch(pattern, program) for program in _PROGRAMS), pattern


def test_each_command_of_the_shell_is_listed() -> None:
    harmless = commands._COMMANDS["chmod"]
    known = {name for name, run in commands._COMMANDS.items() if run is not harmless}
    known |= {*control.CONTROL, *wrappers._PREFIXES, *wrappers._REMOTES, *wrappers._HANDLERS}
    known -= _NOT_LISTED
    assert not [name for name in sorted(known) if f"`{name}`" not in _PAGE]
