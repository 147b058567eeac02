# SPDX-License-Identifier: MIT
"""Control groups that a sandbox leaves behind."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path


def remove_group(name: str) -> None:
    """Remove the control groups of a sandbox, whose processes are coming to their end."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    # In hierarchies of version 1 they are below our own group.
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    own = {line.split(":", 2)[2].lstrip("/") for line in lines} | {""}
    kinds = ("cgroup", "cgroup2")
    tops = {Path(mount[1]) / each / name for mount in mounts if mount[2] in kinds for each in own}
    for top in tops:
        for directory, _, _ in os.walk(top, topdown=False):
            _remove(Path(directory))


def _remove(group: Path) -> None:
    """Remove a group when the processes in it have ended. OSError if they do not."""
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        with suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.01)
    group.rmdir()
