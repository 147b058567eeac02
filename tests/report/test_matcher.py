# SPDX-License-Identifier: MIT
"""GitHub's problem matcher."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from criulint.finding import Severity
from criulint.report import Report, render_report
from criulint.report.matcher import matcher
from criulint.report.terminal import Style

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
from tests.report.reports import INPUTS, TOP, make_finding, node, read_golden, run_report


def _matched(text: str) -> Iterator[dict[str, str]]:
    """Match a log as a runner does: all matchers look at each line, and at those that follow."""
    lines = re.split(r"\r\n|\n", text)
    for number in range(len(lines)):
        for entry in json.loads(matcher())["problemMatcher"]:
            result: dict[str, str] | None = {"severity": "info"}
            for pattern, line in zip(entry["pattern"], lines[number:], strict=False):
                found = re.search(pattern["regexp"], line)
                if not found or result is None:
                    result = None
                    break
                result |= {key: found[pattern[key]] for key in _KEYS if key in pattern}
            if result and "file" in result:
                yield result


_KEYS = ("file", "line", "column", "severity", "code")


@pytest.mark.parametrize("colour", ["always", "never"])
@pytest.mark.parametrize("format_", ["full", "concise"])
@pytest.mark.parametrize("name", INPUTS)
def test_the_problem_matcher_finds_all_findings(name: str, format_: str, colour: str) -> None:
    found = json.loads(run_report(name, "json", "--fail-on", "info"))
    text = run_report(name, format_, "--color", colour)
    assert ("\x1b" in text) == (colour == "always" and bool(found))
    keys = {
        "path": "file",
        "line": "line",
        "column": "column",
        "severity": "severity",
        "code": "code",
    }
    assert list(_matched(text)) == [
        {keys[key]: str(finding[key]) for key in keys} for finding in found
    ]


def test_the_problem_matcher_matches_info() -> None:
    finding = make_finding("/etc/criu/runc.conf", "x")._replace(severity=Severity.INFO)
    (result,) = _matched(render_report("concise", Report([finding], []), style=Style(colour=True)))
    assert result == {
        "severity": "info",
        "file": "/etc/criu/runc.conf",
        "line": "1",
        "column": "1",
        "code": "CRIU201",
    }


def test_the_problem_matcher_matches_every_line_of_the_cases() -> None:
    text = run_report("cases", "concise", "--extend-select=CRIU6")
    assert len(list(_matched(text))) == len(text.splitlines())


def test_the_problem_matcher_of_the_repository_is_made_of_this() -> None:
    """``python -m criulint.report.matcher`` would change nothing."""
    assert (TOP / ".github" / "criulint-matcher.json").read_text(encoding="utf-8") == matcher()


def test_the_problem_matcher_is_ecmascript(tmp_path: Path) -> None:
    script = """
        const read = (name) => require("fs").readFileSync(name, "utf8");
        const [matchers, log] = process.argv.slice(1).map(read);
        const entries = JSON.parse(matchers).problemMatcher;
        const patterns = entries.map((entry) => new RegExp(entry.pattern[0].regexp));
        const matches = (line) => patterns.some((pattern) => pattern.test(line));
        console.log(log.split("\\n").filter(matches).length);
    """
    log = tmp_path / "log"
    log.write_text(run_report("findings", "full", "--color", "always"), encoding="utf-8")
    command = [node(), "-e", script, str(TOP / ".github" / "criulint-matcher.json"), str(log)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) == len(json.loads(read_golden("findings", "json")))
