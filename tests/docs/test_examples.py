# SPDX-License-Identifier: GPL-2.0-only
"""The examples of the guide for programs do what the guide says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "programs.md").read_text(encoding="utf-8")
_BLOCKS = re.findall(r"```(\w+)\n(.*?)```", _GUIDE, re.DOTALL)
_EXAMPLES = [
    (command, output)
    for kind, text in _BLOCKS
    if kind == "console"
    for command, output in re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", text, re.MULTILINE)
]


def test_the_python_example(capfd: pytest.CaptureFixture[str]) -> None:
    (code,) = [text for kind, text in _BLOCKS if kind == "python"]
    (printed,) = [text for kind, text in _BLOCKS if kind == "text"]
    subprocess.run([sys.executable, "-c", code], check=True)
    assert capfd.readouterr().out == printed


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize(("command", "output"), _EXAMPLES, ids=[command[-30:] for command, _ in _EXAMPLES])
def test_the_commands(command: str, output: str, tmp_path: Path) -> None:
    if "jq" in command and not shutil.which("jq"):
        assert not os.environ.get("CI"), "jq is missing"
        pytest.skip("jq is missing")
    (yaml,) = [text for kind, text in _BLOCKS if kind == "yaml"]
    (tmp_path / "configmap.yaml").write_text(yaml, encoding="utf-8")
    program = tmp_path / "bin" / "criulint"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m criulint "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    told = done.stdout.splitlines()
    assert len(told) == len(output.splitlines())
    # The guide cuts long lines.
    assert all(line.startswith(meant) for line, meant in zip(told, output.splitlines(), strict=True)), done.stdout
