# SPDX-License-Identifier: MIT
"""The configuration files that CRIU reads on this host, or in a directory taken as its root."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from criulint.criu.context import Context, Role
from criulint.criu.outcome import Outcome
from criulint.criu.paths import CONFIG_VARIABLE, MACHINE_HOME
from criulint.criu.precedence import ConfigFile, FileNames, candidate_files
from criulint.criu.reading import Reading
from criulint.criu.settings import Settings
from criulint.host.filesystem import resolve_path
from criulint.host.local import Directory
from criulint.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from criulint.criu.precedence import Invocation

    Opener = Callable[[str, int], int]

# The most bytes of all files that CRIU may not read.
_MAX_OTHERS = 1 << 20


class FileReader(Protocol):
    """A function that returns the bytes of a file, opened by `opener` if it is not None."""

    def __call__(self, path: str, *, opener: Opener | None = None) -> bytes:
        """Return the bytes of a file."""


class ConfigFiles:
    """The files that a caller makes CRIU read.

    `root` is the directory taken as ``/``, None for this host. `config` is what ``--config`` names,
    `rpc` what an RPC client does. `read` returns the bytes of a file; what it raises is passed on.
    `machine` are the files of a machine that is not here, by their paths there; None for this host
    or the `root`.
    """

    def __init__(
        self,
        root: str | None,
        config: str | None,
        rpc: str | None,
        read: FileReader,
        machine: Mapping[str, Source] | None = None,
    ) -> None:
        self._root = root
        self._read_bytes = read
        # The real paths of the files that were read, and what they hold, by their names for people.
        self._found: dict[str, tuple[str, Source]] = {}
        self._machine = machine
        inside = root is not None or machine is not None
        self._names = FileNames(
            home=MACHINE_HOME if inside else os.environ.get("HOME", ""),
            variable="" if inside else os.environ.get(CONFIG_VARIABLE, ""),
            config=config,
            rpc=rpc,
        )

    def read(self, invocation: Invocation, release: str) -> list[ConfigFile]:
        """Return the files in CRIU's order, with what CRIU reads in them."""
        return [self._read(file, invocation, release) for file in self._find(invocation, release)]

    def others(self, directory: str, paths: Iterable[str]) -> Iterator[tuple[str, Source]]:
        """Yield the name and the content of each ``*.conf`` in a directory, and of `paths`.

        Files that do not exist or cannot be read are left out, and so are those after the first
        megabyte.
        """
        left = _MAX_OTHERS
        _, real = self.locate(directory)
        try:
            inside = sorted(entry for entry in os.listdir(real) if entry.endswith(".conf"))
        except OSError:
            inside = []
        for path in (*(f"{directory}/{entry}" for entry in inside), *paths):
            name, real = self.locate(path)
            if os.path.isfile(real):
                source = self._read_real(name, real, is_named=False)
                left -= len(source.data)
                if left < 0:
                    return
                yield name, source

    @property
    def named(self) -> tuple[str | None, str | None]:
        """What ``--config`` names, and an RPC client; None if nothing does."""
        return self._names.config, self._names.rpc

    def modification_time(self, name: str) -> float | None:
        """Return when a file that was read changed last, in seconds since 1970; None if unknown.

        `name` is its name for people.
        """
        try:
            return os.stat(self._found[name][0]).st_mtime
        except (KeyError, OSError):
            return None

    def source(self, name: str) -> Source:
        """Return a file that was read, under its name for people."""
        return self._found[name][1]

    def inside(self, name: str) -> str:
        """Return the path of a file on its machine, given the name that messages show."""
        return name if self._root is None else "/" + os.path.relpath(name, self._root)

    def locate(self, path: str) -> tuple[str, str]:
        """Return a file's name for people, and its real path; links in a root stay in it."""
        root = self._root
        if root is None:
            return path, path
        directory = Directory(root)
        found = resolve_path(directory, path)
        name = os.path.join(root, path.lstrip("/"))
        if found is None or found.missing:
            return name, os.devnull
        return name, os.fsdecode(directory.real(found.path))

    def _find(self, invocation: Invocation, release: str) -> Iterator[ConfigFile]:
        def exists(path: str) -> bool:
            if self._machine is not None:
                return path in self._machine
            return os.path.isfile(self.locate(path)[1])

        return candidate_files(self._names, invocation, release, exists)

    def _read_real(self, name: str, real: str, *, is_named: bool) -> Source:
        root = self._root
        opener = None if is_named or root is None else Directory(root).opener
        source = Source(self._read_bytes(real, opener=opener), name)
        self._found[name] = (real, source)
        return source

    def _read(self, file: ConfigFile, invocation: Invocation, release: str) -> ConfigFile:
        """Return a file with what CRIU reads in it, if CRIU reads it."""
        is_named = file.role is Role.CLI or not os.path.isabs(file.path)
        if self._machine is not None and (file.path in self._machine or not is_named):
            return self._read_machine(file, self._machine.get(file.path), invocation, release)
        path, real = (file.path, file.path) if is_named else self.locate(file.path)
        file = file._replace(path=path)
        if file.state != "read":
            return file
        if not os.path.isfile(real):
            return file._replace(state="missing")
        source = self._read_real(path, real, is_named=is_named)
        return read_source(file, source, invocation, release)

    def _read_machine(
        self, file: ConfigFile, source: Source | None, invocation: Invocation, release: str
    ) -> ConfigFile:
        if source:
            file = file._replace(path=source.path or "")
        if file.state != "read":
            return file
        if source is None:
            return file._replace(state="missing")
        return read_source(file, source, invocation, release)


def read_source(
    file: ConfigFile, source: Source, invocation: Invocation, release: str
) -> ConfigFile:
    """Return a file with what CRIU reads in it."""
    reading = Reading(source, release)
    outcome = Outcome(reading, file.role)
    if outcome.stop:
        stop = outcome.stop
        from criulint.filetype import foreign_type

        foreign = foreign_type(reading)
        return file._replace(
            state=outcome.state,
            reason=stop.message,
            error=stop,
            foreign=foreign.name if foreign else "",
        )
    context = Context(file.role, commands=(invocation.command,))
    return file._replace(settings=Settings(reading, context))


def first_stop(files: list[ConfigFile]) -> ConfigFile | None:
    """Return the first file at which CRIU, or its caller, stops."""
    return next((file for file in files if file.state in ("refused", "exits", "crashes")), None)
