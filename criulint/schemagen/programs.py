# SPDX-License-Identifier: MIT
"""The option table of one CRIU program, which is run once, and whose answer is cached.

The answer is kept in the user's cache directory (``XDG_CACHE_HOME``), by the program's identity:
path, device, inode, size and time of change. A cache that others could have written is not read,
and nothing is written to one: criulint runs as root, perhaps with another user's HOME.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

from criulint import __version__, files
from criulint.criu.builds import make_release
from criulint.criu.releases import Release, schema_dir
from criulint.host.installed import ProbeError

#: Bytes that a cached schema may have; one is about 100 KB.
_MAX_BYTES = 4 << 20
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def release_of(criu: Path) -> Release:
    """Return the release of a program: a known one, or a build with the program's own options.

    A program that is newer than all known releases has what the newest one has, and the options
    that it lists itself. ProbeError if it cannot be run.
    """
    try:
        identity = _identity(criu)
    except OSError as error:
        raise ProbeError(f"cannot run {criu}: {error.strerror}") from error
    cached = _cache_path(identity)
    schema = _read(cached)
    release = None
    if schema is not None:
        release = _make_build(schema, criu)
    if release is None:
        schema = _ask(criu)
        release = _make_build(schema, criu)
        if release is None:
            raise ProbeError(f"{criu} does not name its release")
        _write(cached, schema)
    return release


def _make_build(schema: dict[str, Any], criu: Path) -> Release | None:
    try:
        return make_release(schema, str(criu))
    except ValueError:
        return None


def _ask(criu: Path) -> dict[str, Any]:
    from criulint.schemagen.annotations import Annotations
    from criulint.schemagen.extract import extract
    from criulint.schemagen.generate import generate

    text = (schema_dir() / "annotations.json").read_text(encoding="utf-8")
    annotations = Annotations(json.loads(text))
    try:
        return generate(extract(criu, annotations), annotations)
    except ValueError as error:
        raise ProbeError(f"{criu}: {error}") from None


def _identity(criu: Path) -> str:
    path = os.path.realpath(criu)
    status = os.stat(path)
    parts = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    # The annotations are part of the answer.
    annotations = os.stat(schema_dir() / "annotations.json")
    ours = (__version__, annotations.st_size, annotations.st_mtime_ns)
    return "\0".join(map(str, (*ours, path, *parts)))


def _cache_path(identity: str) -> Path:
    """Return where the answer of a program is kept; the directory may be missing."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    # The specification requires an absolute path; others are to be ignored.
    base = home if os.path.isabs(home) else os.path.expanduser("~/.cache")
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()
    return Path(os.path.realpath(base), "criulint", f"criu-{digest}.json")


def _read(path: Path) -> dict[str, Any] | None:
    """Return a cached schema; None if there is no trusted one."""
    if not _is_ours(path.parent):
        return None
    try:
        with open(path, "rb", opener=_open) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or not _is_private(status):
                return None
            data = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _write(path: Path, schema: dict[str, Any]) -> None:
    """Cache a schema, if the cache can be written."""
    try:
        existing = next(parent for parent in path.parents if parent.exists())
        if not _is_out_of_reach(existing):
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_ours(path.parent):
            files.write(str(path), json.dumps(schema).encode())
            path.chmod(0o600)
    except OSError:
        pass


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | files.NO_SURPRISE)


def _is_ours(directory: Path) -> bool:
    """Return whether only this user and root can put anything at a directory's path."""
    try:
        status = os.lstat(directory)
        if not stat.S_ISDIR(status.st_mode) or not _is_private(status):
            return False
    except OSError:
        return False
    return _is_out_of_reach(directory)


def _is_out_of_reach(directory: Path) -> bool:
    """Return whether others can replace neither a directory nor one of its parents."""
    try:
        return all(_is_safe(os.lstat(each)) for each in (directory, *directory.parents))
    except OSError:
        return False


def _is_private(status: os.stat_result) -> bool:
    return _owner(status) == _user() and not status.st_mode & _WRITABLE_BY_OTHERS


def _is_safe(status: os.stat_result) -> bool:
    """Return whether others cannot replace the content of a directory."""
    is_open = bool(status.st_mode & _WRITABLE_BY_OTHERS) and not status.st_mode & stat.S_ISVTX
    return stat.S_ISDIR(status.st_mode) and _owner(status) in (0, _user()) and not is_open


def _owner(status: os.stat_result) -> int:
    return status.st_uid


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0
