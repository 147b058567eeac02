# SPDX-License-Identifier: MIT
"""Control groups that a sandbox leaves behind."""

from __future__ import annotations

import os
import time
from pathlib import Path


def remove_group(name: str) -> None:
    """Remove the control group of a sandbox, whose processes are coming to their end."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    for path in {Path(mount[1]) / name for mount in mounts if mount[2] == "cgroup2"}:
        for directory, _, _ in os.walk(path, topdown=False):
            _wait_until_empty(Path(directory))
            os.rmdir(directory)


def _wait_until_empty(group: Path) -> None:
    limit = time.monotonic() + 10
    while (group / "cgroup.procs").read_text() and time.monotonic() < limit:
        time.sleep(0.01)
