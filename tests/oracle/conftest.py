# SPDX-License-Identifier: MIT
"""Real CRIUs for the tests of this directory. Without them tests are skipped; in CI
(environment CI) they fail.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.oracle.oracle import Oracle
from tests.oracle.roots import SUITES, RootError
from tests.oracle.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Real = TypeVar("_Real")


@pytest.fixture(scope="session", params=SUITES)
def oracle(request: pytest.FixtureRequest) -> Iterator[Oracle]:
    """The CRIU of each release in turn, to be asked how it reads a file."""
    with _real(Oracle, request.param) as oracle:
        yield oracle


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Callable[[str], Sandbox]]:
    """The sandbox of a release; it is made when it is asked for, and kept."""
    made: dict[str, Sandbox] = {}
    with ExitStack() as stack:

        def sandbox(release: str) -> Sandbox:
            if release not in made:
                made[release] = stack.enter_context(_real(Sandbox, release))
            return made[release]

        yield sandbox


@pytest.fixture
def sandbox(request: pytest.FixtureRequest, sandboxes: Callable[[str], Sandbox]) -> Sandbox:
    """A CRIU of the release in the test's parameters, to dump and restore for real."""
    sandbox = sandboxes(request.param)
    sandbox.clear()
    return sandbox


def _real(kind: Callable[[str], _Real], release: str) -> _Real:
    try:
        return kind(release)
    except RootError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no CRIU {release} to compare with: {error}")
