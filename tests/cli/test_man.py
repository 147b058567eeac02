# SPDX-License-Identifier: MIT
"""The manual page that ``man/make`` makes of the argument parser."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.cli import full_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAKE = Path(__file__).parents[2] / "man" / "make"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="man/make is a shell script")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("man") / "criulint.1"
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if shutil.which("argparse-manpage", path=programs) is None:
        pytest.skip("argparse-manpage is not installed")
    environment = {**os.environ, "PATH": programs, "SOURCE_DATE_EPOCH": "0"}
    subprocess.run([_MAKE, path], env=environment, check=True)
    return path


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from parsers(command)


def test_each_command_and_option_is_described(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("\\-", "-")
    for parser in parsers(full_parser()):
        assert parser.prog in text
        for action in parser._actions:
            for option in action.option_strings:
                assert option in text, parser.prog
    assert "pyproject.toml" in text


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_has_no_warnings(page: Path) -> None:
    done = subprocess.run(
        ["man", "--warnings", "-l", page],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "MANPAGER": "cat"},
    )
    assert done.stderr == ""
    assert "criulint - check the configuration files of CRIU" in done.stdout


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
def test_mandoc_has_no_errors(page: Path) -> None:
    subprocess.run(["mandoc", "-Tlint", "-Werror", page], check=True)
