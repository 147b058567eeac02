# SPDX-License-Identifier: MIT
"""Finding CRIU's logs: in a directory, or where runtimes leave them.

Sources: Podman, libpod/container_internal_linux.go and CRI-O (``userdata`` of the container);
containerd, ``criu-dump.log`` in the task's directory; Docker, ``criu.work`` in the checkpoint;
runc and crun, ``--work-path``, else the directory of the images; LXC, ``-D``.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from criulint.advise.log import MAX_LOG_SIZE, Log
from criulint.host.filesystem import resolve_path
from criulint.host.local import Directory
from criulint.patterns import parse_patterns

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
    *(f"{place}/overlay-containers/*/userdata" for place in _CONTAINERS),
    "/run/containerd/io.containerd.runtime.v[12].*/*/*",
    "/var/lib/docker/containers/*/checkpoints/*/criu.work",
    "/var/lib/docker/containers/*/checkpoints/*/criu.work/*",
    "/run/runc/*/criu.work",
    "/logs/checkpoint",
    "/var/log",
    "/tmp",
)
# Engines' logs lie at most as deep as ``checkpoints/NAME/criu.work/restore-TIME``.
_BELOW = tuple("/" + "/".join("*" * depth) for depth in range(5))
# Directories in which a search looks.
_MAX_DIRECTORIES = 20_000
# In bytes: the most that is read of a pipe, whose end is kept; and the size of a file above which
# the lines before its end are not counted.
_MAX_STREAM = 1 << 30
_MAX_COUNTED = 1 << 30
_PIECE = 1 << 20


class FoundLog(NamedTuple):
    """A log at a plain path in a directory; `name` is its path for people."""

    name: str
    directory: Directory
    path: str

    def read(self) -> Log:
        """Read it, or the end of a long one. OSError if it is no longer a file."""
        with open(self.directory.open(self.path), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(None, "not a file")
            return _read(file)


def find_in_directory(directory: str) -> FoundLog | None:
    """Return the newest log in a directory or below it; None if there is none."""
    return _newest(directory, Directory(directory), _BELOW, owners=None)


def find_anywhere(root: str | None = None) -> FoundLog | None:
    """Return the newest log that a runtime left on this host, or below `root`.

    On this host it belongs to root or to the user who runs criulint: others can write to ``/tmp``,
    too.
    """
    patterns = map(os.path.expanduser, _PATTERNS)
    if root is not None:
        return _newest(root, Directory(root), patterns, owners=None)
    owners = {0, os.geteuid()} if hasattr(os, "geteuid") else None
    return _newest("/", Directory(), patterns, owners)


def find_named(path: str, root: str | None = None) -> FoundLog | None:
    """Return the log at an absolute path on this host or below `root`; None if none is there."""
    directory = Directory(root or "/")
    found = resolve_path(directory, path)
    if found is None or _status(directory, found.path) is None:
        return None
    return FoundLog(os.path.join(root or "/", path.lstrip("/")), directory, found.path)


def _newest(
    top: str, directory: Directory, patterns: Iterable[str], owners: set[int] | None
) -> FoundLog | None:
    """Return the log that changed last among those that belong to one of the `owners`."""
    newest, time = None, -1
    for path, name in _candidates(directory, patterns):
        status = _status(directory, path)
        if status is None or status.st_mtime_ns <= time:
            continue
        if owners is None or status.st_uid in owners:
            newest = FoundLog(os.path.join(top, name.lstrip("/")), directory, path)
            time = status.st_mtime_ns
    return newest


def _status(directory: Directory, path: str) -> os.stat_result | None:
    """Return the status of a regular file, None for anything else."""
    try:
        with open(path, "rb", opener=directory.open) as file:
            status = os.fstat(file.fileno())
    except (OSError, ValueError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _candidates(directory: Directory, patterns: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the plain path of each file that may be a log, and the path that leads there."""
    places = (
        place
        for pattern in patterns
        for place in _match(directory, "/", pattern.strip("/").split("/"))
    )
    for place in islice(places, _MAX_DIRECTORIES):
        found = resolve_path(directory, place)
        if found:
            yield from (
                (os.path.join(found.path, name), os.path.join(place, name)) for name in LOG_NAMES
            )


def _match(directory: Directory, place: str, parts: list[str]) -> Iterator[str]:
    """Yield the directories that a pattern matches, whether they exist or not."""
    places = [(place, 0)]
    for _ in range(_MAX_DIRECTORIES):
        if not places:
            return
        place, depth = places.pop()
        while depth < len(parts) and not set(parts[depth]) & set("*["):
            place = os.path.join(place, parts[depth])
            depth += 1
        if depth == len(parts):
            yield place
            continue
        found = resolve_path(directory, place)
        names = directory.listdir(found.path) if found else None
        pattern = parse_patterns([parts[depth]])
        inside = [name for name in sorted(names or ()) if pattern.match(name)]
        places += [
            (os.path.join(place, name), depth + 1) for name in reversed(inside[:_MAX_DIRECTORIES])
        ]


def read_log(path: str) -> Log:
    """Read a log, or the end of a long one. OSError if it is not a file or a pipe."""
    with open(path, "rb", opener=_open) as file:
        mode = os.fstat(file.fileno()).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise OSError(None, "not a file")
        if stat.S_ISREG(mode) and hasattr(os, "set_blocking"):
            os.set_blocking(file.fileno(), False)  # some files of the kernel block
        return _read(file) if stat.S_ISREG(mode) else read_log_stream(file)


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOCTTY", 0))


def _read(file: BinaryIO) -> Log:
    status = os.fstat(file.fileno())
    if status.st_size > _MAX_COUNTED:
        file.seek(-MAX_LOG_SIZE, os.SEEK_END)
    return read_log_stream(file, status.st_mtime)


def read_log_stream(stream: BinaryIO, modified: float | None = None) -> Log:
    """Read a log from a stream, up to its end; only the end of a long one is kept.

    `modified` is when its file changed last. Bytes that are not UTF-8 become U+FFFD. OSError if the
    stream has no end.
    """
    pieces: deque[bytes] = deque()
    size = lines = 0
    for _ in range(_MAX_STREAM // _PIECE + 1):
        piece = stream.read(_PIECE)
        if not piece:
            text = b"".join(pieces).decode("utf-8", "replace")
            return Log(text, modified, first_line=lines + 1)
        pieces.append(piece)
        size += len(piece)
        while size - len(pieces[0]) >= MAX_LOG_SIZE:
            first = pieces.popleft()
            size -= len(first)
            lines += first.count(b"\n")
    raise OSError(None, f"more than {_MAX_STREAM} bytes")
