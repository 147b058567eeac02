# SPDX-License-Identifier: MIT
"""A release names one version in all places, and carries only dependencies whose licence fits."""

from __future__ import annotations

import re
import runpy
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from criulint import __version__

_TOP = Path(__file__).parents[1]
_RELEASE = runpy.run_path(str(_TOP / ".ci" / "release.py"))

# SPDX identifiers of licences that let a program under any licence, ours among them, use a library.
_FITTING = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "PSF-2.0",
    "Python-2.0",
    "Unlicense",
}
# What packages write that have no SPDX expression.
_SPELLINGS = {
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSF": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_EXTRAS = ("yaml", "scripts", "image", "lsp")


def test_all_places_name_the_version() -> None:
    assert _RELEASE["wrong_places"](__version__) == []


def test_another_version_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert _RELEASE["main"]("v999.0.0") == 1
    assert "criulint/__init__.py" in capsys.readouterr().err


def test_the_changelog_has_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert _RELEASE["main"](f"v{__version__}") == 0
    assert capsys.readouterr().out.strip()
    with pytest.raises(ValueError, match="999"):
        _RELEASE["notes"]("999.0.0")


def test_the_workflow_builds_before_it_publishes() -> None:
    """Each job may do what it has to and no more; what is published is what was checked."""
    workflow = yaml.safe_load((_TOP / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {}
    assert jobs["build"]["permissions"] == {"contents": "read"}
    assert (jobs["pypi"]["needs"], jobs["github"]["needs"]) == ("build", "pypi")
    assert jobs["pypi"]["permissions"] == {"id-token": "write"}
    assert jobs["pypi"]["environment"]["name"] == "pypi"


def _dependencies() -> set[str]:
    """Return the installed packages that criulint and its extras need, directly or not."""
    found: set[str] = set()
    waiting = [("criulint", extra) for extra in ("", *_EXTRAS)]
    seen = set()
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        found.add(name)
        for line in metadata.requires(name) or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                others = ("", *requirement.extras)
                waiting += [(requirement.name.lower(), other) for other in others]
    return found - {"criulint"}


def _licences(package: str) -> set[str]:
    """Return the licences that a package names."""
    about = metadata.metadata(package).json
    prefix = "License :: OSI Approved :: "
    named = [
        text.removeprefix(prefix) for text in about.get("classifier", []) if text.startswith(prefix)
    ]
    expression = about.get("license_expression") or about.get("license") or "none"
    words = named or re.split(r" (?:AND|OR) |[()]", str(expression))
    return {_SPELLINGS.get(word, word) for word in words if word}


def test_the_licence_of_each_dependency_fits() -> None:
    licences = {package: _licences(package) for package in sorted(_dependencies())}
    assert {"lark", "pygls", "pyyaml"} <= licences.keys()
    wrong = {package: found - _FITTING for package, found in licences.items() if found - _FITTING}
    assert not wrong
    record = (_TOP / "docs" / "design" / "licence.md").read_text(encoding="utf-8")
    direct = {package.lower() for package in re.findall(r"^\| `([\w-]+)` \|", record, re.MULTILINE)}
    required = {Requirement(line).name.lower() for line in _required()}
    assert direct == required


def _required() -> list[str]:
    """Return the requirements of criulint and its extras for users."""
    lines = metadata.requires("criulint") or []
    extras = [re.search(r"extra == '(\w+)'", line.replace('"', "'")) for line in lines]
    return [
        line
        for line, extra in zip(lines, extras, strict=True)
        if extra is None or extra[1] in _EXTRAS
    ]


def test_tools_have_one_version() -> None:
    """What developers run formats as the hooks do."""
    hooks = yaml.safe_load((_TOP / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    pinned = {
        dependency
        for repository in hooks["repos"]
        for hook in repository["hooks"]
        for dependency in hook.get("additional_dependencies", ())
        if dependency.startswith("ruff")
    }
    development = metadata.requires("criulint") or []
    assert pinned == {text.partition(";")[0].strip() for text in development if "ruff" in text}
