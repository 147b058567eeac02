# SPDX-License-Identifier: GPL-2.0-only
"""Real CRIUs for the tests of this directory."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.oracle.oracle import Oracle
from tests.oracle.roots import SUITES, RootError


@pytest.fixture(scope="session", params=SUITES)
def oracle(request: pytest.FixtureRequest) -> Iterator[Oracle]:
    """The CRIU of each release in turn. Where none can be had, the tests are skipped; in CI (environment CI) they fail."""
    try:
        real = Oracle(request.param)
    except RootError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no CRIU {request.param} to compare with: {error}")
    with real:
        yield real
