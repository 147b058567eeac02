# SPDX-License-Identifier: MIT
"""Writing options where they take effect, for ``set``, ``unset`` and ``advise --apply``."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from criulint import files
from criulint.cli import UsageError
from criulint.cli.inputs import read_input
from criulint.criu.context import COMMANDS, Context
from criulint.criu.paths import DEFAULT_FILE
from criulint.finding import Severity
from criulint.host.filesystem import resolve_path
from criulint.host.local import Directory
from criulint.linter.linter import Linter
from criulint.named_tuple import NamedTuple
from criulint.source import Source
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.criu.context import Caller
    from criulint.criu.options import OptionTable
    from criulint.criu.releases import Release
    from criulint.finding import Finding

# New files are readable by all: the CRIU of an unprivileged user reads them too.
_UMASK = 0o022


class TargetFile(NamedTuple):
    """A file to change.

    `name` is its path for people, `path` the real one. `source` is its current content, under the
    path that it has for the CRIU that reads it. Nothing is written outside `root`.
    """

    name: str
    path: str
    root: str | None
    source: Source
    is_new: bool


def open_target(path: str, root: str | None = None) -> TargetFile:
    """Return the file to change; an absolute path is one below `root`, if there is one.

    UsageError if it is not a file.
    """
    name = real = path
    opener = None
    if root is not None and os.path.isabs(path):
        name, real = os.path.join(root, path.lstrip("/")), _inside(root, path)
        opener = Directory(root).opener
    elif root is not None:
        real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    if not os.path.lexists(real):
        return TargetFile(name, real, root, Source(b"", path), is_new=True)
    data = read_input(real, opener=opener, pipes=False)
    return TargetFile(name, real, root, Source(data, path), is_new=False)


def _inside(root: str, path: str) -> str:
    """Return where a path in `root` is on this host, with links followed as within the root.

    UsageError if a link is dangling.
    """
    directory = Directory(root)
    missing: list[str] = []
    found = resolve_path(directory, path)
    while path != "/" and (found is None or found.missing):
        path, last = os.path.split(path)
        missing.insert(0, last)
        found = resolve_path(directory, path)
    real = os.fsdecode(directory.real(found.path)) if found else root
    if missing and os.path.lexists(os.path.join(real, missing[0])):
        name = os.path.join(root, path.lstrip("/"), missing[0])
        raise UsageError(
            f"{escape(name)}: a symbolic link to a path that does not exist below {escape(root)}"
        )
    return os.path.join(real, *missing)


def choose_file(
    lines: Sequence[str],
    caller: Caller | None,
    release: Release,
    table: OptionTable,
    commands: Sequence[str],
    root: str | None = None,
) -> str:
    """Return the file in which all lines take effect, below `root`. UsageError if there is none."""
    if caller is None:
        return DEFAULT_FILE
    from criulint.advise.messages import Remedy
    from criulint.advise.place import find_place

    found: dict[str, str] = {}
    for line in lines:
        remedy = Remedy(line, (), 1, persistent=True)
        option = table.options[remedy.option]
        used = tuple(each for each in option.commands or COMMANDS if each in commands)
        place = find_place(remedy._replace(commands=used or tuple(commands)), caller, (release,))
        if place.file is None:
            parts = [f"use {place.quoted_flags}"] if place.flags else []
            instead = "; ".join(part for part in (place.note, *parts) if part)
            raise UsageError(f"`{line}` has no effect in any file under {caller.name}: {instead}")
        found.setdefault(place.file, line)
    if len(found) > 1:
        places = " and ".join(f"`{line}` in {file}" for file, line in found.items())
        raise UsageError(f"under {caller.name} these options belong in several files: {places}")
    return _which_exists(next(iter(found)), root)


def _which_exists(path: str, root: str | None) -> str:
    """Return a runtime's file, or the one that it reads instead while that is missing."""
    from criulint.criu.runtimes import runtimes

    for runtime in runtimes().values():
        for file in runtime.files:
            is_instead = file.only_without == path and open_target(path, root).is_new
            if is_instead and not open_target(file.path, root).is_new:
                return file.path
    return path


def new_findings(
    target: TargetFile,
    after: Source,
    caller: Caller | None,
    release: Release,
    commands: Sequence[str],
) -> list[Finding]:
    """Return the errors and warnings that a change introduces."""
    linter = Linter(release, context=Context(caller=caller, commands=tuple(commands)))
    before = {(each.code, each.message) for each in linter.check(target.source).findings}
    return [
        each
        for each in linter.check(after).findings
        if each.severity >= Severity.WARNING and (each.code, each.message) not in before
    ]


def write_target(target: TargetFile, after: Source) -> None:
    """Write the new content. UsageError if that fails; the file is then unchanged."""
    try:
        with _umask():
            if target.is_new:
                within = target.root and os.path.realpath(target.root)
                files.create(target.path, after.data, parents=True, within=within)
            else:
                files.replace(target.path, after.data, target.source.data, within=target.root)
    except OSError as error:
        raise UsageError(f"{escape(target.name)}: {error.strerror or error}") from None


@contextmanager
def _umask() -> Iterator[None]:
    old = os.umask(_UMASK)
    try:
        yield
    finally:
        os.umask(old)
