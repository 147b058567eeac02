# SPDX-License-Identifier: MIT
"""The files that a repository or a script would put on a machine, for ``effective --from``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.cli.inputs import read_input
from criulint.criu.paths import place_on_machine
from criulint.discovery import find_files
from criulint.embedded.hosts import HEAD, HostError, follow_host, is_host, kind_of
from criulint.source import Source
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def collect(paths: Sequence[str], home: str) -> dict[str, Source]:
    """Return the files that `paths` would put on a machine, by path; `home` is the user's.

    UsageError if a file cannot be read, or if two places write the same file differently.
    """
    found: dict[str, Source] = {}
    for path in paths:
        for written, source in _sources(path):
            place = place_on_machine(written, home)
            if place is None:
                continue
            other = found.setdefault(place, source)
            if other.data != source.data:
                raise UsageError(
                    f"--from: {escape(other.path or '')} and {escape(source.path or '')} differ,"
                    f" and both become {escape(place)}"
                )
    return found


def _sources(path: str) -> Iterator[tuple[str, Source]]:
    """Yield the files at a path, and those that host files there write, with their paths."""
    if not os.path.isdir(path):
        yield from _files_of(path)
        return
    try:
        names = list(find_files(path, is_host_file=is_host))
    except OSError as error:
        raise UsageError(f"--from: {escape(path)}: {error.strerror or error}") from None
    for name in names:
        yield from _files_of(name)


def _files_of(path: str) -> Iterator[tuple[str, Source]]:
    data = read_input(path)
    kind = kind_of(path, data[:HEAD])
    if kind is None:
        yield path.replace(os.sep, "/"), Source(data, path)
        return
    from criulint.embedded.model import UNKNOWN
    from criulint.linter.embedded_files import HostFile

    source = Source(data, path)
    try:
        files = follow_host(source, kind).files
    except HostError as error:
        raise UsageError(f"--from: {escape(path)}: {error}") from None
    host = HostFile(source)
    for file in files:
        shown = f"{path}:{host.place(file.command)[0]}"
        yield file.path, Source(file.data.replace(UNKNOWN.encode(), "…".encode()), shown)
