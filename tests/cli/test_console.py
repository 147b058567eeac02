# SPDX-License-Identifier: MIT
"""Messages on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.cli.console import Console

if TYPE_CHECKING:
    import pytest


def test_each_error_and_warning_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    for _ in range(2):
        console.error("a: no such file")
        console.warn("no schema")
        console.note("1 fixed")
    console.error("b: no such file")
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        "criulint: error: a: no such file",
        "criulint: no schema",
        "criulint: 1 fixed",
        "criulint: 1 fixed",
        "criulint: error: b: no such file",
    ]


def test_quiet_leaves_out_only_notes(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(quiet=True)
    console.note("1 fixed")
    console.warn("no schema")
    console.error("a: no such file")
    assert capsys.readouterr().err.splitlines() == [
        "criulint: no schema",
        "criulint: error: a: no such file",
    ]


def test_only_an_error_makes_the_run_fail() -> None:
    console = Console(quiet=True)
    assert not console.failed
    console.warn("no schema")
    assert not console.failed
    console.error("a: no such file")
    assert console.failed
