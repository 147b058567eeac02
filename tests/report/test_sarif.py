# SPDX-License-Identifier: MIT
"""SARIF."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from jsonschema import Draft4Validator

from criulint.report import Report, render_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
from tests.report.reports import make_finding, read_golden, validator


def test_sarif_fits_the_schema_of_oasis(any_report: Callable[[str], str]) -> None:
    path = validator("@microsoft/sarif-multitool-linux", "sarif-2.1.0.json")
    schema = json.loads(path.read_text(encoding="utf-8-sig"))
    Draft4Validator(schema).validate(json.loads(any_report("sarif")))


@pytest.mark.programs
def test_sarif_is_what_code_scanning_wants(
    any_report: Callable[[str], str], tmp_path: Path
) -> None:
    """The reference validator reports no error or warning, by its own rules and by GitHub's."""
    program = validator("@microsoft/sarif-multitool-linux", "Sarif.Multitool")
    program.chmod(0o755)
    report, log = tmp_path / "criulint.sarif", tmp_path / "out.sarif"
    report.write_text(any_report("sarif"), encoding="utf-8")
    command: list[str | Path] = [
        program,
        "validate",
        "--rule-kind",
        "Sarif;Ghas",
        report,
        "--output",
        log,
    ]
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "HOME": str(tmp_path)},
        timeout=120,
    )
    (run,) = json.loads(log.read_text(encoding="utf-8-sig"))["runs"]
    answer = [
        (result["ruleId"], result.get("level", "warning"), result["message"])
        for result in run["results"]
    ]
    assert [entry for entry in answer if entry[1] in ("error", "warning")] == []


def test_sarif_paths_are_relative_and_encoded() -> None:
    (run,) = json.loads(read_golden("findings", "sarif"))["runs"]
    uris = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"]
    }
    assert uris == {"mixed.conf", "odd%2C%20na%3Ame%2520%3B%5D.conf", "runc.conf"}


def test_a_path_outside_of_the_repository_is_a_file_uri(tmp_path: Path) -> None:
    finding = make_finding(str(tmp_path / "runc.conf"), "x")
    (run,) = json.loads(
        render_report("sarif", Report([finding], [], str(tmp_path / "repository")))
    )["runs"]
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": (tmp_path / "runc.conf").as_uri()}


def test_a_path_on_another_drive_is_a_file_uri() -> None:
    with patch("criulint.fingerprint.normal_path", return_value="D:/a b/runc.conf"):
        (run,) = json.loads(render_report("sarif", Report([make_finding("x", "x")], [])))["runs"]
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///D:/a%20b/runc.conf"}
