# SPDX-License-Identifier: MIT
"""reviewdog's diagnostics."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
from tests.report.reports import node, validator


def test_rdjson_is_what_reviewdog_reads(any_report: Callable[[str], str]) -> None:
    path = validator("@umbrelladocs/rdformat-validator", "bin/rdformat-validator.js")
    command = [node(), str(path), "--strict", "--no-extra-fields", "--format", "json"]
    done = subprocess.run(
        command, input=any_report("rdjson"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["validFiles"] == 1
