# SPDX-License-Identifier: MIT
"""The layer, build step and line of the Dockerfile that findings are reported for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from criulint.cli import main
from tests.image.checks import (
    DOCKERFILE,
    image_with_history,
    run_image,
)


def _find_lines(
    capsys: pytest.CaptureFixture[str], directory: Path, text: str, **more: Any
) -> dict[str, int]:
    file = directory / "Dockerfile"
    file.write_text(text, encoding="utf-8")
    _, out, _ = run_image(
        capsys,
        "--dockerfile",
        file,
        "--format",
        "json",
        image_with_history(**more).oci(directory / "i"),
    )
    return {one["image"]["path"]: one["image"]["line"] for one in json.loads(out)}


def test_dockerfile_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _find_lines(capsys, tmp_path, DOCKERFILE) == {
        "/etc/criu/default.conf": 5,
        "/opt/hook.sh": 5,
        "/etc/criu/runc.conf": 7,
        "/root/.criu/default.conf": 9,
    }


def test_lines_are_reported_while_history_and_dockerfile_agree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first layer that agrees has no line: a squashed one has the name of its last step."""
    text = DOCKERFILE.replace("COPY default.conf /etc/criu/", "COPY default.conf /etc/elsewhere/")
    assert _find_lines(capsys, tmp_path, text) == {
        "/etc/criu/default.conf": 0,
        "/opt/hook.sh": 0,
        "/etc/criu/runc.conf": 0,
        "/root/.criu/default.conf": 9,
    }


@pytest.mark.parametrize("text", ["", "RUN x\n", "\0\0\n", "FROM\n", "# only\n"])
def test_invalid_dockerfile(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text(text, encoding="utf-8")
    status, out, err = run_image(
        capsys, "-q", "--dockerfile", file, image_with_history().oci(tmp_path / "i")
    )
    assert status in (1, 2)
    assert len(err.splitlines()) == (1 if status == 2 else 0)
    assert bool(out) == (status == 1)


@pytest.mark.programs
@pytest.mark.parametrize("kind", ["layers", "one"])
def test_step_and_line_of_a_built_image(
    built: Path, kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One layer with all steps has them, too."""
    monkeypatch.chdir(built)
    arguments = [
        "image",
        "--isolated",
        "--criu",
        "4.2",
        "--dockerfile",
        "Dockerfile",
        "--format",
        "json",
        f"oci:{kind}:v1",
    ]
    assert main(arguments) == 1
    reported = {
        one["code"]: (
            one["image"]["path"],
            one["image"]["dockerfile"],
            one["image"]["line"],
            one["image"]["step"],
        )
        for one in json.loads(capsys.readouterr().out)
    }
    copied = reported.pop("CRIU206")
    assert copied[:3] == ("/etc/criu/default.conf", "Dockerfile", 8)
    assert copied[3].startswith("COPY file:")
    assert reported == {
        "CRIU404": (
            "/etc/criu/my.conf",
            "Dockerfile",
            13,
            "RUN echo 'network-lock nftables' > /etc/criu/my.conf",
        )
    }


@pytest.mark.programs
def test_dockerfile_of_another_image(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "Dockerfile"
    other.write_text("FROM x\nRUN something else\nRUN another thing\n", encoding="utf-8")
    main(["image", "--dockerfile", str(other), "--format", "json", f"oci:{built / 'layers'}:v1"])
    captured = capsys.readouterr()
    assert {one["image"]["dockerfile"] for one in json.loads(captured.out)} == {None}
    assert "does not seem to be built from" in captured.err


@pytest.mark.programs
def test_recipe_of_the_guide(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It builds, checks, fails, and writes a SARIF report with the path of the Dockerfile."""
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "images.md").read_text(encoding="utf-8")
    recipe, listed = re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
    program = built / "bin" / "criulint"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m criulint "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    configuration = built / "recipe.conf"
    text = (
        f'[storage]\ndriver = "vfs"\ngraphroot = "{built}/recipe"\nrunroot = "{built}/recipe-run"\n'
    )
    configuration.write_text(text, encoding="utf-8")
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "CONTAINERS_STORAGE_CONF": str(configuration),
        "BUILDAH_ISOLATION": "chroot",
        "GITHUB_WORKSPACE": str(built),
    }
    done = subprocess.run(
        ["sh", "-e", "-c", recipe],
        cwd=built,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert (
        "::warning title=CRIU206 number-misread,file=Dockerfile,line=8,endLine=8::" in done.stdout
    )
    (run,) = json.loads((built / "criulint.sarif").read_text(encoding="utf-8"))["runs"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    reported = {
        (place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places
    }
    assert reported == {("Dockerfile", 8), ("Dockerfile", 13)}
    (built / "images.txt").write_text("oci:build/node:ci\noci:layers:v1\n", encoding="utf-8")
    done = subprocess.run(
        ["sh", "-e", "-c", listed],
        cwd=built,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "oci:layers:v1:/etc/criu/default.conf" in (built / "criulint.xml").read_text(
        encoding="utf-8"
    )


def test_the_stage_that_an_image_was_made_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--target`` makes an image of another stage than the last one."""
    text = f"{DOCKERFILE}FROM scratch AS test\nCOPY test /test\n"
    text = text.replace("COPY default", "# criulint: ignore[CRIU503] known\nCOPY default")
    found = _find_lines(capsys, tmp_path, text)
    assert found["/etc/criu/default.conf"] == 6
    assert found["/etc/criu/runc.conf"] == 8
    assert "/opt/hook.sh" not in found
    # It has to have all steps of that stage.
    text = text.replace("RUN echo port", "RUN true\nRUN echo port")
    assert set(_find_lines(capsys, tmp_path, text).values()) == {0}
