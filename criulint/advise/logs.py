# SPDX-License-Identifier: MIT
"""Finding CRIU's logs: in a directory, or where runtimes leave them.

Sources: Podman, libpod/container_internal_linux.go and CRI-O (``userdata`` of the container);
containerd, ``criu-dump.log`` in the task's directory; Docker, ``criu.work`` in the checkpoint;
runc and crun, ``--work-path``, else the directory of the images; LXC, ``-D``.
"""

from __future__ import annotations

import glob
import os
import stat
from typing import TYPE_CHECKING

from criulint.advise.log import MAX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAMES = ("dump.log", "restore.log", "criu-dump.log", "criu-restore.log", "criu.log")
_CONTAINERS = (
    "/var/lib/containers/storage",
    "/run/containers/storage",
    "~/.local/share/containers/storage",
)
_PATTERNS = (
    *(f"{place}/overlay-containers/*/userdata/{{}}" for place in _CONTAINERS),
    "/run/containerd/io.containerd.runtime.v[12].*/*/*/{}",
    "/var/lib/docker/containers/*/checkpoints/*/criu.work/{}",
    "/var/lib/docker/containers/*/checkpoints/*/criu.work/*/{}",
    "/run/runc/*/criu.work/{}",
    "/logs/checkpoint/{}",
    "/var/log/{}",
    "/tmp/{}",
)
_MAX_FOUND = 10_000


def find_in_directory(directory: str) -> str | None:
    """Return the newest log in a directory or in the ones in it; None if there is none."""
    below = (directory, os.path.join(directory, "*"))
    return _newest(_existing(os.path.join(place, "{}") for place in below))


def find_anywhere(root: str = "") -> str | None:
    """Return the newest log that a runtime left on this host, or below `root`."""
    patterns = (os.path.expanduser(pattern) for pattern in _PATTERNS)
    return _newest(_existing(root + pattern for pattern in patterns))


def _existing(patterns: Iterable[str]) -> Iterator[str]:
    count = 0
    for pattern in patterns:
        for name in _NAMES:
            for path in glob.iglob(pattern.format(name)):
                yield path
                count += 1
                if count >= _MAX_FOUND:
                    return


def _newest(paths: Iterable[str]) -> str | None:
    """Return the regular file that changed last."""
    newest, time = None, -1
    for path in paths:
        try:
            status = os.lstat(path)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and status.st_mtime_ns > time:
            newest, time = path, status.st_mtime_ns
    return newest


def read_log(path: str) -> str:
    """Return the text of a log, of a long one its end. OSError if it is not a file."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    with open(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISFIFO(status.st_mode)):
            raise OSError(None, "not a file")
        if stat.S_ISREG(status.st_mode) and status.st_size > MAX_LENGTH:
            file.seek(-MAX_LENGTH, os.SEEK_END)
        return decode_log(file.read(MAX_LENGTH))


def decode_log(data: bytes) -> str:
    """Return the text of a log; what is not UTF-8 becomes U+FFFD."""
    return data.decode("utf-8", "replace")
