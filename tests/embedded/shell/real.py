# SPDX-License-Identifier: MIT
"""Real shells: what a snippet leaves on disk when dash, bash or BusyBox runs it.

`C` in a snippet is the directory of CRIU's files, `T` another one. Both are in a directory that is
made for the run; there is no network to reach and nothing to become root for, and `sudo` runs what
it is given.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

from criulint.embedded.model import UNKNOWN, HostedText, Script, WrittenFile
from criulint.embedded.shell import follow_script
from criulint.source import decode

#: The names that criulint has for shells, and how they are started.
SHELLS = {"dash": ["dash"], "bash": ["bash"], "ash": ["busybox", "sh"]}
_SUDO = '#!/bin/sh\nexec "$@"\n'
_TIMEOUT = 20


def read_snippets(path: Path) -> dict[str, str]:
    """Return the snippets of a file, by name: each begins with a line `### NAME`."""
    parts = re.split(r"^### (\S+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


class Place:
    """A directory for runs of shells."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        tools = directory / "bin"
        tools.mkdir()
        sudo = tools / "sudo"
        sudo.write_text(_SUDO, encoding="utf-8")
        sudo.chmod(sudo.stat().st_mode | stat.S_IXUSR)
        self._environment = {
            "PATH": f"{tools}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(directory),
            "LC_ALL": "C.UTF-8",
            "TMPDIR": str(directory),
        }

    def text(self, snippet: str) -> str:
        """Return a snippet with the directories in it."""
        work = self._directory / "work"
        return re.sub(
            r"\b([CT])(?=[/ \n])",
            lambda match: str(work / {"C": "criu", "T": "tmp"}[match[1]]),
            snippet,
        )

    def run(self, text: str, shell: str) -> dict[str, str]:
        """Return the files that a shell leaves in the directory of CRIU's, by path."""
        work = self._directory / "work"
        shutil.rmtree(work, ignore_errors=True)
        for name in ("criu", "tmp"):
            (work / name).mkdir(parents=True)
        subprocess.run(
            [*SHELLS[shell], "-c", text] if "\0" not in text else SHELLS[shell],
            cwd=work,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            check=False,
        )
        return {
            str(path): decode(path.read_bytes())
            for path in sorted((work / "criu").glob("*.conf"))
            if os.path.isfile(path)
        }

    def follow(self, text: str, shell: str) -> list[WrittenFile]:
        """Return the files that criulint says the text leaves there, with absolute paths."""
        work = self._directory / "work"
        files = follow_script(Script(HostedText.of(text), shell)).files
        return [file._replace(path=os.path.join(work, file.path)) for file in files]

    def differences(self, text: str, shell: str, known: str | None = None) -> list[str]:
        """Return what criulint says wrongly of what a shell does with a text.

        `known` is the shell that criulint knows of, by default the one that runs it.
        """
        real = self.run(text, shell)
        followed = self.follow(text, shell if known is None else known)
        found = []
        for path, content in real.items():
            expected = [file.content.text for file in followed if file.path == path]
            if not any(_agrees(one, content) for one in expected):
                found.append(f"{shell}: {Path(path).name}: {content!r}, and not {expected!r}")
        return found + [
            f"{shell}: no {file.path}, but {file.content.text!r}"
            for file in followed
            if file.path not in real
        ]


def _agrees(expected: str, real: str) -> bool:
    pattern = ".*".join(map(re.escape, expected.split(UNKNOWN)))
    return re.fullmatch(pattern, real, re.DOTALL) is not None
