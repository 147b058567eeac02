# SPDX-License-Identifier: MIT
"""Fixtures and options for all tests."""

from __future__ import annotations

import difflib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.golden import Golden

_TOP = Path(__file__).parents[1]

# How fast a machine is proves nothing, and the same tests are run everywhere.
settings.register_profile(
    "criulint", deadline=None, derandomize=True, max_examples=150, database=None
)
# For `tests.mutation`, which runs them often.
settings.register_profile("quick", settings.get_profile("criulint"), max_examples=25)
settings.load_profile("criulint")

# On a CI system criulint would choose other formats and count paths from elsewhere; what it prints
# is wrapped where the terminal ends, for which xdist's workers have a number.
for name in (
    "COLUMNS",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_WORKSPACE",
    "CI_PROJECT_DIR",
    "BUILD_SOURCESDIRECTORY",
):
    os.environ.pop(name, None)

# Its modules need Linux to be imported.
collect_ignore = [] if sys.platform.startswith("linux") else ["oracle"]

# A shell that starts the tests in the background ignores SIGINT, and nohup SIGHUP; so would all
# programs that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-expected",
        action="store_true",
        help="write the golden files of the tests that are run",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr in config.getini("addopts") and _named(config):
        config.option.markexpr = ""
    if config.getoption("--update-expected") and os.environ.get("CI"):
        raise pytest.UsageError(
            "--update-expected is not for CI: what is expected is reviewed before it is committed"
        )


def _named(config: pytest.Config) -> bool:
    """Return whether the command line names files or folders of tests, which run completely."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return False
    named = (config.invocation_params.dir / argument.partition("::")[0] for argument in config.args)
    return all(_TOP / "tests" in path.resolve().parents for path in named)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the folders that have a marker of their name."""
    for item in items:
        folder = item.path.relative_to(_TOP / "tests").parts[0]
        if folder in ("editors", "oracle"):
            item.add_marker(folder)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Give the function that compares a text with what a golden file holds."""

    def compare(path: Path, text: str) -> None:
        before = None
        if path.exists():
            before = path.read_bytes().decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        if before == text:
            return
        if request.config.getoption("--update-expected"):
            path.write_bytes(text.encode())
            return
        name = str(path.relative_to(_TOP))
        advice = f"run `pytest --update-expected '{request.node.nodeid}'` and read the difference"
        if before is None:
            pytest.fail(f"{name} does not exist: {advice}", pytrace=False)
        difference = difflib.unified_diff(
            before.split("\n"), text.split("\n"), name, "now", lineterm=""
        )
        pytest.fail(
            "\n".join([*difference, "", f"{name} is not what is expected: {advice}"]), pytrace=False
        )

    return compare
