# SPDX-License-Identifier: MIT
"""The guide for CI names the inputs, hooks, formats and options that there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from criulint.cli import main
from criulint.report import FORMATS

if TYPE_CHECKING:
    import pytest

_TOP = Path(__file__).parents[2]
_CI = (_TOP / "docs" / "guide" / "ci.md").read_text(encoding="utf-8")


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
    workflow, _, after_failure, gitlab, pre_commit = _examples()
    steps = [*workflow["steps"], *after_failure]
    given = [step["with"] for step in steps if step.get("uses", "").startswith("criulint/")]
    assert len(given) == 2
    assert all(each.keys() <= action["inputs"].keys() for each in given)
    shown = {name for each in given for name in each}
    assert all(f"`{name}`" in _CI or name in shown for name in action["inputs"])
    assert gitlab["include"][0]["inputs"].keys() <= component["spec"]["inputs"].keys()
    assert [hook["id"] for hook in pre_commit["repos"][0]["hooks"]] == [
        "criulint",
        "criulint-format",
        "criulint-scripts",
        "criulint-yaml",
    ]
    assert {
        "criulint",
        "criulint-fix",
        "criulint-format",
        "criulint-scripts",
        "criulint-yaml",
    } == {hook["id"] for hook in hooks}
    table = re.findall(r"^\| (`.*?`) \|", _CI, re.MULTILINE)
    assert [name for cell in table for name in re.findall(r"`(\w+)`", cell)] == list(FORMATS)


def test_all_options_of_the_guide_for_ci_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command of ``criulint check`` there runs, in a directory with a wrong file."""
    commands = re.findall(r"criulint check( [^`|\n]+)", _CI)
    assert len(commands) > 3
    for number, command in enumerate(commands):
        directory = tmp_path / str(number)
        (directory / "criu").mkdir(parents=True)
        (directory / "criu" / "runc.conf").write_text("tcp-close no\n", encoding="utf-8")
        monkeypatch.chdir(directory)
        assert main(["check", "--isolated", *command.replace("DIRECTORY", ".").split()]) == 1
