# SPDX-License-Identifier: MIT
"""A new user's home, where ``editors/README.md`` is followed to the letter, and its editors."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOP = Path(__file__).parents[2]
EDITORS = TOP / "editors"

#: Seconds to wait for an editor, which may share the machine: only a broken one takes longer.
PATIENCE = 120.0

#: `allow-uprobes` is new in 4.2: the settings in editors/README.md make it an error.
BAD = "tcp-close false\n\n\n\nghost-limit   1M\nverbosity 4\nallow-uprobes\n"
FIXED = "no-tcp-close\n\nghost-limit 1M\nverbosity 4\nallow-uprobes\n"
_CONFIGMAP = "kind: ConfigMap\ndata:\n  runc.conf: |\n    allow-uprobes\n"


def missing(message: str) -> None:
    """Skip the test because a program is missing; in CI fail it."""
    assert not os.environ.get("CI"), message
    pytest.skip(message)


def needs(program: str) -> str:
    """Return where a program is."""
    found = shutil.which(program)
    if not found:
        missing(f"{program} is missing")
    return str(found)


def unpacked(package: str, suite: str) -> tuple[Path, list[str]]:
    """Return an unpacked Debian package, and the words that start programs with its C library."""
    from criulint.schemagen.debian import loading
    from tests.oracle import roots

    try:
        root = roots.unpacked(package, suite)
        return root, loading(root)
    except roots.RootError as error:
        missing(str(error))
        raise


class Home:
    """A home with a project in it, and this criulint on the path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.project = path / "project"
        self.file = self.project / "etc" / "criu" / "my.conf"
        self.yaml = self.project / "configmap.yaml"
        program = path / "bin" / "criulint"
        for folder in (self.file.parent, program.parent, path / "src"):
            folder.mkdir(parents=True)
        program.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -m criulint "$@"\n', encoding="utf-8"
        )
        program.chmod(0o755)
        (path / "src" / "criulint").symlink_to(TOP)
        (self.project / "criulint.toml").write_text(
            'ignore = ["file-never-read"]\n', encoding="utf-8"
        )
        self.file.write_text(BAD, encoding="utf-8")
        self.yaml.write_text(_CONFIGMAP, encoding="utf-8")
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("XDG_")
        }
        search = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**inherited, "HOME": str(path), "PATH": search, "LC_ALL": "C.UTF-8"}

    def follow(self, section: str) -> None:
        """Type what the README says under a heading."""
        for block in readme(section, "console"):
            commands = "".join(line.removeprefix("$ ") for line in block.splitlines(keepends=True))
            subprocess.run(["sh", "-euc", commands], cwd=TOP, env=self.environment, check=True)

    def write(self, path: str, section: str, language: str, *, append: bool = False) -> None:
        """Put the README's text in a language into a file of this home."""
        (text,) = readme(section, language)
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text(encoding="utf-8") if append else ""
        file.write_text(before + text, encoding="utf-8")

    def run(
        self, command: Sequence[str | Path], **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as the user of this home, in the project."""
        return subprocess.run(
            command,
            cwd=self.project,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=3 * PATIENCE,
            check=False,
        )


class Terminal:
    """A terminal with one program in it: what a user types and sees."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._tmux = [needs("tmux"), "-S", str(home.path / "terminal"), "-f", os.devnull, "-u"]

    def _run(self, *words: str | Path) -> str:
        done = self._home.run([*self._tmux, *words])
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *command: str | Path) -> None:
        """Start the program."""
        self._run("new-session", "-d", "-x", "200", "-y", "30", "--", *command)

    def end(self) -> None:
        """End it, whatever is still open in it."""
        self._home.run([*self._tmux, "kill-server"])

    def keys(self, *keys: str) -> None:
        """Type."""
        self._run("send-keys", *keys)

    def screen(self) -> str:
        """Return the text on the screen."""
        return self._run("capture-pane", "-p")

    def see(self, text: str) -> None:
        """Wait until a text is on the screen."""
        wait_for(text, lambda: text in self.screen(), self.screen)

    def see_file(self, file: Path, content: str) -> None:
        """Wait until the program has written a file."""
        wait_for(f"{file.name} to be saved", lambda: has_content(file, content), self.screen)


def wait_for(
    what: str,
    condition: Callable[[], bool],
    describe: Callable[[], str] = str,
    seconds: float = PATIENCE,
) -> None:
    """Wait until a condition holds; `describe` says what there is instead if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}\n{describe()}"
        time.sleep(0.05)


def has_content(file: Path, content: str) -> bool:
    """Return whether a file is there and has this content; editors remove it while they save."""
    try:
        return file.read_text(encoding="utf-8") == content
    except FileNotFoundError:
        return False


def tasks_of(editor: str) -> list[str]:
    """Return the tasks that `editors/features.json` says can be done in an editor."""
    features = json.loads((EDITORS / "features.json").read_text(encoding="utf-8"))
    column = features["editors"].index(editor)
    return [name for name, ways in features["tasks"].items() if ways[column]]


def readme(section: str, language: str) -> list[str]:
    """Return the blocks in a language under a heading of the README."""
    text = (EDITORS / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {section}$(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, section
    return re.findall(rf"^```{language}\n(.*?)^```$", found[1], re.DOTALL | re.MULTILINE)
