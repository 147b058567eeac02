# SPDX-License-Identifier: MIT
"""``criulint lsp``: what a terminal, and an environment without the extra, get."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from criulint.cli import main


def test_without_pygls_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    assert main(["lsp"]) == 2
    assert capsys.readouterr().err == (
        "criulint: error: the language server needs pygls: install criulint with the extra `lsp`\n"
    )


@pytest.mark.parametrize("arguments", [[], ["--stdio"]])
def test_it_ends_with_its_input(arguments: list[str]) -> None:
    """An editor that has gone did not shut the server down, which is a failure."""
    command = [sys.executable, "-m", "criulint", "lsp", *arguments]
    run = subprocess.run(command, input=b"", capture_output=True, check=False, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (1, b"", b"")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="Windows has no pseudo-terminals")
def test_on_a_terminal_it_says_what_it_waits_for() -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "criulint", "lsp"]
    with subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        os.close(theirs)
        assert process.stderr
        line = process.stderr.readline()
        os.write(ours, b"\x04")  # end of file
        process.wait(timeout=60)
        os.close(ours)
    assert line == (b"criulint: waiting for an editor on standard input; press Ctrl+C to stop\n")
