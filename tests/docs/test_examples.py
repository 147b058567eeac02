# SPDX-License-Identifier: GPL-2.0-only
"""The examples of the guides for programs and for CI do what the guides say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from criulint.cli import main
from criulint.report import FORMATS

_TOP = Path(__file__).parents[2]
_GUIDE = (_TOP / "docs" / "guide" / "programs.md").read_text(encoding="utf-8")
_CI = (_TOP / "docs" / "guide" / "ci.md").read_text(encoding="utf-8")
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
@pytest.mark.parametrize(
    ("command", "output"), _EXAMPLES, ids=[command[-30:] for command, _ in _EXAMPLES]
)
def test_the_commands(command: str, output: str, tmp_path: Path) -> None:
    if "jq" in command and not shutil.which("jq"):
        assert not os.environ.get("CI"), "jq is missing"
        pytest.skip("jq is missing")
    (configmap,) = [text for kind, text in _BLOCKS if kind == "yaml"]
    (tmp_path / "configmap.yaml").write_text(configmap, encoding="utf-8")
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
    assert all(
        line.startswith(meant) for line, meant in zip(told, output.splitlines(), strict=True)
    ), done.stdout


def _examples() -> list[Any]:
    """The YAML of the guide for CI, parsed."""
    return [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", _CI, re.DOTALL)]


def _loaded(name: str) -> list[Any]:
    return list(yaml.safe_load_all((_TOP / name).read_text(encoding="utf-8")))


def test_the_guide_for_ci_names_what_there_is() -> None:
    """Inputs of the action and of the component, hooks, formats."""
    (action,), (component, _), (hooks,) = map(
        _loaded, ("action.yml", "templates/criulint.yml", ".pre-commit-hooks.yaml")
    )
    workflow, _, gitlab, pre_commit = _examples()
    (step,) = [step for step in workflow["steps"] if step["uses"].startswith("criulint/")]
    assert step["with"].keys() <= action["inputs"].keys()
    assert all(f"`{name}`" in _CI or name in step["with"] for name in action["inputs"])
    assert gitlab["include"][0]["inputs"].keys() <= component["spec"]["inputs"].keys()
    assert [hook["id"] for hook in pre_commit["repos"][0]["hooks"]] == [
        "criulint",
        "criulint-format",
        "criulint-yaml",
    ]
    assert {"criulint", "criulint-fix", "criulint-format", "criulint-yaml"} == {
        hook["id"] for hook in hooks
    }
    table = re.findall(r"^\| (`.*?`) \|", _CI, re.MULTILINE)
    assert [name for cell in table for name in re.findall(r"`(\w+)`", cell)] == list(FORMATS)


def test_all_options_of_the_guide_for_ci_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command of ``criulint check`` there runs, in a directory with a file that has a mistake."""
    commands = re.findall(r"criulint check( [^`|\n]+)", _CI)
    assert len(commands) > 3
    for number, command in enumerate(commands):
        directory = tmp_path / str(number)
        (directory / "criu").mkdir(parents=True)
        (directory / "criu" / "runc.conf").write_text("tcp-close no\n", encoding="utf-8")
        monkeypatch.chdir(directory)
        assert main(["check", "--isolated", *command.replace("DIRECTORY", ".").split()]) == 1
