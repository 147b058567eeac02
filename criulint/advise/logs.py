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
from collections import deque
from typing import TYPE_CHECKING, BinaryIO

from criulint.advise.log import MAX_LENGTH, Log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The names that CRIU's callers give its logs.
LOG_NAMES = ("dump.log", "restore.log", "criu-dump.log", "criu-restore.log", "criu.log")
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
# Bytes: to read at once, and above which the lines before the end of a log are not counted.
_PIECE = 1 << 20
_MAX_COUNTED = 1 << 30
_DEPTH = 4


def find_in_directory(directory: str) -> str | None:
    """Return the newest log in a directory or below it; None if there is none.

    Engines keep their logs as deep as ``checkpoints/NAME/criu.work/restore-TIME``.
    """
    return _newest(_walk(directory))


def _walk(directory: str) -> Iterator[str]:
    """Yield the paths of logs in a directory and below it; links are not followed."""
    count = 0
    top = directory.rstrip(os.sep).count(os.sep)
    for place, directories, names in os.walk(directory):
        if place.count(os.sep) - top >= _DEPTH:
            directories.clear()
        yield from (os.path.join(place, name) for name in names if name in LOG_NAMES)
        count += len(names) + len(directories)
        if count >= _MAX_FOUND:
            return


def find_anywhere(root: str = "") -> str | None:
    """Return the newest log that a runtime left on this host, or below `root`."""
    patterns = (os.path.expanduser(pattern) for pattern in _PATTERNS)
    return _newest(_existing(root + pattern for pattern in patterns))


def _existing(patterns: Iterable[str]) -> Iterator[str]:
    count = 0
    for pattern in patterns:
        for name in LOG_NAMES:
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


def read_log(path: str) -> Log:
    """Read a log, of a long one its end. OSError if it is not a file."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    with open(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISFIFO(status.st_mode)):
            raise OSError(None, "not a file")
        is_regular = stat.S_ISREG(status.st_mode)
        if not is_regular and hasattr(os, "set_blocking"):
            os.set_blocking(file.fileno(), True)  # a pipe's writer may still be at work
        if is_regular and status.st_size > _MAX_COUNTED:
            file.seek(-MAX_LENGTH, os.SEEK_END)
        return read_stream(file, status.st_mtime if is_regular else None)


def read_stream(stream: BinaryIO, modified: float | None = None) -> Log:
    """Read a log to the end of a stream; of a long one its end is kept.

    `modified` is when its file changed last. What is not UTF-8 becomes U+FFFD.
    """
    pieces: deque[bytes] = deque()
    size = lines = 0
    while piece := stream.read(_PIECE):
        pieces.append(piece)
        size += len(piece)
        while size - len(pieces[0]) >= MAX_LENGTH:
            first = pieces.popleft()
            size -= len(first)
            lines += first.count(b"\n")
    text = b"".join(pieces).decode("utf-8", "replace")
    return Log(text, modified, first_line=lines + 1)
