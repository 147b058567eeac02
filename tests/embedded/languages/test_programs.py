# SPDX-License-Identifier: MIT
"""Programs in several languages: what they write, as criulint follows it and as they really do.

Those in ``programs`` can run, and write into the folder ``criu`` of the current directory; those in
``fragments`` are for criulint alone. Each has its expected file (`tests.embedded.describe`).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.source import decode
from tests.embedded.describe import describe, describe_findings, follow, pattern

if TYPE_CHECKING:
    from tests.golden import Golden

_HERE = Path(__file__).parent


def _hosts(*folders: str) -> list[Path]:
    return sorted(
        host
        for folder in folders
        for host in (_HERE / folder).iterdir()
        if host.suffix != ".expected"
    )


@pytest.mark.parametrize(
    "host", _hosts("programs", "fragments"), ids=lambda host: f"{host.parent.name}/{host.name}"
)
def test_writes_and_findings_are_the_expected_ones(host: Path, golden: Golden) -> None:
    golden(host.with_name(f"{host.name}.expected"), describe(host) + describe_findings(host))


# How each kind of program is run; `{}` is its path.
_RUNS = {
    ".py": [[sys.executable, "{}"]],
    ".go": [["go", "run", "{}"]],
    ".rs": [["rustc", "-o", "program", "{}"], ["./program"]],
    ".c": [["cc", "-o", "program", "{}"], ["./program"]],
    ".js": [["node", "{}"]],
}


def run(program: Path, directory: Path) -> dict[str, str]:
    """Run a program in a directory, and return what it wrote to ``criu``."""
    for command in _RUNS[program.suffix]:
        words = [word.format(program) for word in command]
        if not words[0].startswith("./") and not shutil.which(words[0]):
            pytest.skip(f"{words[0]} is not installed")
        subprocess.run(words, cwd=directory, check=True, timeout=300)
    return {path.name: decode(path.read_bytes()) for path in (directory / "criu").iterdir()}


@pytest.mark.programs
@pytest.mark.parametrize("program", _hosts("programs"), ids=lambda program: program.name)
def test_real_language_writes_the_same(program: Path, tmp_path: Path) -> None:
    followed: dict[str, list[str]] = {}
    for file in follow(program).files:
        followed.setdefault(file.path.removeprefix("criu/"), []).append(file.content.text)
    for name, text in run(program, tmp_path).items():
        # A text that depends on a condition has several forms.
        assert any(pattern(form).fullmatch(text) for form in followed.get(name, [])), name
