# SPDX-License-Identifier: MIT
"""What expected files hold, and how they are renewed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from criulint.finding import Edit, Finding, Fix, Severity, Span
from tests.golden import describe

_TOP = Path(__file__).parents[1]


def _finding(span: Span, *edits: Edit) -> Finding:
    fix = Fix("Do it", edits, safe=False)
    return Finding(
        "CRIU201", "value-ignored", Severity.WARNING, "what\tit is", "help", None, span, fix, ""
    )


@pytest.mark.parametrize(
    ("data", "edits", "changes"),
    [
        (b"a\nb\nb\n", [Edit(Span(2, 1, 3, 1), "")], ["-2 b"]),
        (b"a\nb", [Edit(Span(2, 1, 2, 2), "")], ["-2 b", "(a newline at the end)"]),
        (b"a\n", [Edit(Span(1, 2, 2, 1), "")], ["-1 a", "+1 a", "(no newline at the end)"]),
        (
            b"a",
            [Edit(Span(1, 1, 1, 1), "\t\\"), Edit(Span(1, 2, 1, 2), " ")],
            ["-1 a", "+1 \\t\\\\a\\x20"],
        ),
        (
            b"a\nb\nc\n",
            [Edit(Span(3, 1, 3, 2), "z"), Edit(Span(1, 1, 1, 2), "y\nx")],
            ["-1 a", "+1 y", "+2 x", "-3 c", "+3 z"],
        ),
        (b"\xff\n", [Edit(Span(1, 1, 1, 1), "x")], ["-1 \\udcff", "+1 x\\udcff"]),
    ],
)
def test_a_finding_is_described_whole(data: bytes, edits: list[Edit], changes: list[str]) -> None:
    head = [
        "1:1-2: warning: CRIU201 value-ignored: what\\tit is",
        "    help: help",
        "    fix (unsafe): Do it",
    ]
    found = _finding(Span(1, 1, 1, 2), *edits)
    assert describe([found], data).splitlines() == [*head, *(f"    {change}" for change in changes)]


def test_a_span_of_several_lines_has_the_line_of_its_end() -> None:
    assert describe([_finding(Span(1, 2, 3, 1))], b"a\nb\n").startswith("1:2-3:1: ")


def _pytest(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "CI" and not name.startswith("PYTEST_")
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--rootdir={folder}",
        *arguments,
        "tests",
    ]
    return subprocess.run(
        command,
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_expected_files_are_compared_and_renewed(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "conftest.py").write_bytes((_TOP / "tests" / "conftest.py").read_bytes())
    (folder / "test_x.py").write_text(
        "from pathlib import Path\n\ndef test_x(golden):\n"
        "    golden(Path(__file__).with_name('x.expected'), 'new\\n')\n"
    )
    expected = folder / "x.expected"
    advice = "run `pytest --update-expected 'tests/test_x.py::test_x'` and read the difference"
    done = _pytest(tmp_path)
    assert f"tests/x.expected does not exist: {advice}" in done.stdout
    expected.write_text("old\n")
    done = _pytest(tmp_path)
    assert done.returncode == 1
    assert "-old\n+new\n" in done.stdout
    assert f"tests/x.expected is not what is expected: {advice}" in done.stdout
    assert (
        _pytest(tmp_path, "--update-expected", CI="true").returncode == pytest.ExitCode.USAGE_ERROR
    )
    assert expected.read_text() == "old\n"
    assert _pytest(tmp_path, "--update-expected").returncode == 0
    assert expected.read_text() == "new\n"
    assert _pytest(tmp_path).returncode == 0
