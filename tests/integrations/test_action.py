# SPDX-License-Identifier: MIT
"""The GitHub Action and the GitLab component: their steps, run by the shell as the runners do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOP = Path(__file__).parents[2]
_ACTION: dict[str, Any] = yaml.safe_load((_TOP / "action.yml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.skipif(
    not shutil.which("bash") or sys.platform == "win32", reason="the runners' shell is bash"
)


def test_inputs_reach_the_shell_through_its_environment() -> None:
    """An expression inside of a script would be run as a part of it."""
    for step in _ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def _path(temporary: Path) -> str:
    """The search path of a step: what steps before it wrote into a file stands before all else."""
    added = temporary / "path"
    lines = added.read_text(encoding="utf-8").splitlines() if added.exists() else []
    return os.pathsep.join([*reversed(lines), os.environ["PATH"]])


def _step(
    number: int, inputs: dict[str, str], directory: Path, temporary: Path, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a step of the action. Source: docs.github.com, "Workflow syntax", `shell`: how the
    runner starts bash.
    """
    step = _ACTION["runs"]["steps"][number]
    values = {
        f"inputs.{name}": inputs.get(name, entry["default"])
        for name, entry in _ACTION["inputs"].items()
    }
    values["github.action_path"] = str(_TOP)
    environment = {
        name: re.sub(r"\$\{\{ (\S+) \}\}", lambda match: values[match[1]], text)
        for name, text in step["env"].items()
    }
    script = temporary / f"step{number}.sh"
    script.write_text(step["run"], encoding="utf-8")
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
        cwd=directory,
        env={
            **os.environ,
            **environment,
            "PATH": path or _path(temporary),
            "RUNNER_TEMP": str(temporary),
            "RUNNER_OS": "Linux",
            "GITHUB_PATH": str(temporary / "path"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(directory),
            "GITHUB_STEP_SUMMARY": str(temporary / "summary.md"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.network
def test_the_action_installs_and_lints(tmp_path: Path) -> None:
    temporary, repository = tmp_path / "temporary", tmp_path / "a b"
    temporary.mkdir()
    (repository / "etc" / "criu").mkdir(parents=True)
    (repository / "etc" / "criu" / "runc.conf").write_text(
        "tcp-close false\nallow-uprobes\n", encoding="utf-8"
    )
    done = _step(0, {}, repository, temporary)
    assert done.returncode == 0, done.stderr

    (added,) = (temporary / "path").read_text(encoding="utf-8").splitlines()
    assert Path(added, "criulint").exists()
    help_ = subprocess.run(
        [Path(added, "criulint"), "image", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "criulint image" in help_

    done = _step(1, {"sarif": "reports/out.sarif"}, repository, temporary)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(
        "::warning title=CRIU201 value-ignored,file=etc/criu/runc.conf,line=1,"
    )
    assert "CRIU201" in (temporary / "summary.md").read_text(encoding="utf-8")
    (run,) = json.loads((repository / "reports" / "out.sarif").read_text(encoding="utf-8"))["runs"]
    assert (
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "etc/criu/runc.conf"
    )

    done = _step(1, {"fail-on": "error"}, repository, temporary)
    assert done.returncode == 0
    done = _step(1, {"criu": "4.1", "fail-on": "error"}, repository, temporary)
    assert done.returncode == 1
    assert "CRIU102" in done.stdout
    done = _step(
        1,
        {"args": "--ignore=CRIU201\n\n--format=concise\n", "paths": "etc\n"},
        repository,
        temporary,
    )
    assert (done.returncode, done.stdout) == (0, "")
    hostile = '$(touch hacked)\n"; touch hacked; "\n'
    done = _step(1, {"paths": hostile}, repository, temporary)
    assert done.returncode == 2
    assert not (repository / "hacked").exists()


@pytest.mark.slow
def test_every_input_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by the one thing that only it changes."""
    # Git finds no such repository, instead of asking for it.
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{tmp_path}/none/.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = _step(0, {"version": "0.0.0.dev0"}, tmp_path, temporary)
    assert done.returncode != 0
    assert f"{tmp_path}/none/criulint/criulint" in done.stdout + done.stderr
    # A program in its place tells what it is asked for.
    program = temporary / "bin" / "criulint"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (temporary / "path").write_text(f"{program.parent}\n", encoding="utf-8")
    for inputs, words in (
        ({}, ["--error-on-no-files", "--", "."]),
        ({"paths": "a b\n$(x)\n\n-x\n"}, ["--error-on-no-files", "--", "a b", "$(x)", "-x"]),
        (
            {"args": '--ignore=CRIU3\n--reason=a "b"\n'},
            ["--error-on-no-files", "--ignore=CRIU3", '--reason=a "b"', "--", "."],
        ),
        (
            {"criu": "4.1", "fail-on": "error", "sarif": "a b"},
            [
                "--error-on-no-files",
                "--criu=4.1",
                "--fail-on=error",
                "--output=sarif:a b",
                "--",
                ".",
            ],
        ),
    ):
        done = _step(1, inputs, tmp_path, temporary)
        assert (done.returncode, done.stdout.splitlines()) == (0, ["check", *words])


_LOG = (
    "(00.013104) Error (criu/sk-inet.c:200): inet: Connected TCP socket, consider using"
    " --tcp-established option.\n(00.013164) Error (criu/cr-dump.c:1975): Dumping FAILED.\n"
)


@pytest.mark.parametrize(
    ("advise", "status", "explained"),
    [
        ("true", 0, ["./a b/dump.log", "./a b/-x/restore.log"]),
        ("a b/dump.log\n\n", 0, ["a b/dump.log"]),
        ("a b/-x", 0, ["a b/-x/restore.log"]),
        ("-y", 0, ["./-y/dump-1.log"]),
        ("empty", 0, []),
        ("$(touch hacked)\n; touch hacked\n", 2, []),
    ],
)
def test_logs_are_explained_in_the_summary(
    tmp_path: Path, advise: str, status: int, explained: list[str]
) -> None:
    repository = tmp_path / "repository"
    for name in ("a b/dump.log", "a b/-x/restore.log", "-y/dump-1.log", "empty/other.log"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(_LOG, encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = _step(2, {"advise": advise, "criu": "4.2"}, repository, tmp_path, path)
    assert done.returncode == status, done.stderr
    summary = tmp_path / "summary.md"
    text = summary.read_text(encoding="utf-8") if summary.exists() else ""
    for name in explained:
        assert f"### {name}: CRIU 4.2, dump\n" in text
    assert bool(explained) == ("tcp-established" in text)
    assert ("no log of CRIU was found" in done.stdout) == (advise == "empty")
    assert not list(repository.rglob("hacked"))


def test_the_action_checks_files_or_explains_logs() -> None:
    _, check, advise = _ACTION["runs"]["steps"]
    assert (check["if"], advise["if"]) == (
        "${{ inputs.advise == '' }}",
        "${{ inputs.advise != '' }}",
    )


def test_without_python_the_action_says_so(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "bash").symlink_to(shutil.which("bash") or "")
    done = _step(0, {}, tmp_path, tmp_path, path=str(tmp_path / "bin"))
    assert done.returncode == 1
    assert done.stdout.startswith("::error title=criulint::no Python 3.10 or later")


def _component() -> list[dict[str, Any]]:
    """The GitLab component: its inputs, and its job."""
    path = _TOP / "templates" / "criulint.yml"
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


@pytest.mark.network
def test_the_gitlab_component_installs_and_lints(tmp_path: Path) -> None:
    spec, job = _component()
    inputs = {name: entry["default"] for name, entry in spec["spec"]["inputs"].items()}
    inputs |= {"args": "--ignore CRIU3 --exclude $(touch;*"}
    inputs |= {"paths": "criu/runc.conf ;touch hacked `touch hacked` $(touch hacked)"}
    # What would come from the repository comes from here.
    with tarfile.open(tmp_path / "HEAD.tar.gz", "w:gz") as archive:
        for name in ("LICENSE", "README.md", ".ci", "criulint", "pyproject.toml", "schema"):
            archive.add(_TOP / name, f"criulint-HEAD/{name}")
    (tmp_path / "criu").mkdir()
    (tmp_path / "criu" / "runc.conf").write_text("port 0\n", encoding="utf-8")
    commands = "\n".join(job["criulint"]["script"])
    assert "$[[" not in commands
    variables = {
        name: re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda match: str(inputs[match[1]]), text)
        for name, text in job["criulint"]["variables"].items()
    }
    done = subprocess.run(
        ["sh", "-e", "-c", commands],
        cwd=tmp_path,
        env={
            **os.environ,
            **variables,
            "CRIULINT_ARCHIVES": tmp_path.as_uri(),
            "CI_PROJECT_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr  # not all of the paths are files
    assert not (tmp_path / "hacked").exists()
    report = tmp_path / job["criulint"]["artifacts"]["reports"]["codequality"]
    (issue,) = json.loads(report.read_text(encoding="utf-8"))
    assert issue["location"]["path"] == "criu/runc.conf"


def test_all_that_is_installed_is_pinned_by_hash() -> None:
    """What pyproject.toml asks for is in the list, and each version with its hashes."""
    text = (_TOP / ".ci" / "requirements.txt").read_text(encoding="utf-8")
    pin = r"^([\w-]+)==([^\s;]+)[^\\\n]*\\\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
    pins = re.findall(pin, text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[\w-]+==", text, re.MULTILINE)) > 15
    versions = {name: Version(version) for name, version, _ in pins}
    project = tomllib.loads((_TOP / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    wanted = (
        *project["project"]["dependencies"],
        *extras["image"],
        *extras["scripts"],
        *extras["yaml"],
        *project["build-system"]["requires"],
    )
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(versions[requirement.name.lower()])


def test_all_images_are_pinned_by_digest() -> None:
    """What the container, the workflows and the GitLab component run in."""
    workflows = (_TOP / ".github" / "workflows").glob("*.yml")
    images = [
        *_base_images((_TOP / "Dockerfile").read_text(encoding="utf-8")),
        *(image for path in workflows for image in _job_images(path)),
        _component()[0]["spec"]["inputs"]["image"]["default"],
    ]
    assert len(images) >= 4
    for image in images:
        assert re.fullmatch(r"[a-z]+:[a-z0-9.-]+@sha256:[0-9a-f]{64}", image)


def _base_images(dockerfile: str) -> Iterator[str]:
    stages: set[str] = set()
    for image, name in re.findall(r"^FROM (\S+)(?: AS (\S+))?$", dockerfile, re.MULTILINE):
        if image not in stages:
            yield image
        stages.add(name)


def _job_images(path: Path) -> Iterator[str]:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    for job in workflow["jobs"].values():
        if "container" in job:
            yield job["container"]["image"]
