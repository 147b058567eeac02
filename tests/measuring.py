# SPDX-License-Identifier: MIT
"""Running programs that measuring coverage would disturb."""

from __future__ import annotations

import os


def unmeasured_environment() -> dict[str, str]:
    """Return this process's environment, with which coverage does not start in a program.

    It would import modules and write a file, which some tests are about.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
