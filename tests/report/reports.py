# SPDX-License-Identifier: MIT
"""Reports on the files here, and the programs that validate them."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest

from criulint import __version__
from criulint.cli import main
from criulint.finding import Edit, Finding, Fix, Severity, Span
from tests.golden import CASES

FILES = Path(__file__).with_name("files")


GOLDEN = FILES / "golden"


_VALIDATORS = Path(__file__).with_name("node_modules")


INPUTS = {
    "findings": ["mixed.conf", "clean.conf", "odd, na:me%20;].conf", "runc.conf"],
    "nothing": ["clean.conf"],
}


_CASES = Path(__file__).parents[1] / "cases"


TOP = Path(__file__).parents[2]


def run_report(name: str, format_: str, *arguments: str) -> str:
    """What criulint prints for the files of this name, run in their directory."""
    out = io.StringIO()
    before = Path.cwd()
    directory = FILES if name in INPUTS else _CASES
    files = INPUTS.get(name) or [str(case.path.relative_to(_CASES)) for case in CASES]
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GITHUB_", "CI_", "BUILD_"))
    }
    with patch.dict(os.environ, {**environment, "CI_PROJECT_DIR": str(directory)}, clear=True):
        os.chdir(directory)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                main(
                    [
                        "check",
                        "--isolated",
                        "--criu",
                        "4.2.1",
                        "--format",
                        format_,
                        *arguments,
                        *files,
                    ]
                )
        finally:
            os.chdir(before)
    return out.getvalue().replace(
        f'"semanticVersion": "{__version__}"', '"semanticVersion": "0.0.0"'
    )


def read_golden(name: str, format_: str) -> str:
    return (GOLDEN / f"{name}.{format_}").read_text(encoding="utf-8")


def validator(package: str, file: str) -> Path:
    path = _VALIDATORS / package / file
    if not path.exists():
        message = "`npm install --prefix tests/report` fetches what reads the reports"
        assert not os.environ.get("CI"), message
        pytest.skip(message)
    return path


def node() -> str:
    node = shutil.which("node")
    if not node:
        assert not os.environ.get("CI"), "Node.js is missing"
        pytest.skip("Node.js is missing")
    return node


def make_finding(path: str, message: str) -> Finding:
    fix = Fix(message, (Edit(Span(1, 1, 1, 2), message),), True)
    url = "https://criulint.readthedocs.io/en/stable/rules/value-ignored/"
    return Finding(
        "CRIU201",
        "value-ignored",
        Severity.WARNING,
        "message",
        "help",
        path,
        Span(1, 1, 1, 2),
        fix,
        url,
        line_text=message,
    )
