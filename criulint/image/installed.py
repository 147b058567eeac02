# SPDX-License-Identifier: MIT
"""Which CRIU, runtimes and engines an image has.

A program that contains its version counts more than a package database; of several programs, the
first on PATH counts. A package counts unless its program was removed afterwards.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from criulint.host.filesystem import FileSystem, Kind, resolve_path
from criulint.image.packages import (
    APK_DATABASES,
    DPKG_DATABASE,
    RPM_DATABASES,
    Version,
    VersionFinder,
    choose_version,
    parse_upstream_version,
)
from criulint.image.programs import (
    BY_EXECUTABLE,
    DEFAULT_PATH,
    PRIVATE_DIRECTORIES,
    PROGRAMS,
    STORES,
    Store,
    find_program,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from criulint.image.packages import SizedContent

_MAX_PATH_DIRECTORIES = 100
_EXECUTABLE = 0o111


class Disagreement(NamedTuple):
    """A program whose version differs from its package's."""

    name: str
    program: Version
    package: Version


class InstalledPrograms(NamedTuple):
    """The programs of an image by name, and where programs and packages disagree."""

    versions: dict[str, Version]
    disagreements: list[Disagreement]


class SearchedTree(FileSystem, Protocol):
    """A file system in which programs are looked for."""

    def has(self, path: str) -> bool:
        """Return whether there is anything at a plain path."""

    def content(self, path: str) -> SizedContent | None:
        """Open the file that a path leads to; None if there is none, or it cannot be read."""


class ProgramTree(FileSystem, Protocol):
    """A file system whose programs were read."""

    def has(self, path: str) -> bool:
        """Return whether there is anything at a plain path."""


def path_directories(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the directories in which a shell finds programs, in order."""
    words = environment.get("PATH", "").split(":")[:_MAX_PATH_DIRECTORIES]
    given = [posixpath.normpath(word) for word in words if word.startswith("/")]
    return tuple(dict.fromkeys((*given, *DEFAULT_PATH)))


def find_unread_files(
    tree: FileSystem, versions: VersionFinder, directories: tuple[str, ...]
) -> list[str]:
    """Return the plain paths of programs and databases that were not read: links lead to them.

    From then on `versions` has a reader for each.
    """
    unread = []
    for database in (DPKG_DATABASE, *APK_DATABASES, *RPM_DATABASES):
        seen = resolve_path(tree, database)
        if seen and seen.status.kind is Kind.FILE and seen.path not in versions.packaged:
            versions.expect_database(seen.path, database)
            unread.append(seen.path)
    for name in PROGRAMS:
        for _, resolved in _executables(tree, name, (*directories, *PRIVATE_DIRECTORIES)):
            if resolved not in versions.stated:
                versions.expect(resolved, name)
                unread.append(resolved)
    return list(dict.fromkeys(unread))


def find_installed(
    tree: ProgramTree,
    versions: VersionFinder,
    directories: tuple[str, ...],
    removed: Collection[str] = (),
) -> InstalledPrograms:
    """Return the programs of an image.

    `directories` are those of PATH, and `removed` the paths of programs that are no longer there.
    """
    gone = {find_program(path, directories) for path in removed}
    found = InstalledPrograms({}, [])
    for name in PROGRAMS:
        package = versions.find_package(name, tree.has)
        program = _find_on_path(tree, versions, name, directories)
        if program and program.number and package and not _agree(program, package):
            found.disagreements.append(Disagreement(name, program, package))
        if package and not program and (name in gone or _is_incomplete(tree, versions, name)):
            package = None
        elsewhere = versions.find_program_file(name, tree.has)
        version = choose_version([each for each in (program, package, elsewhere) if each])
        if version:
            found.versions[name] = version
    return found


def _is_incomplete(tree: ProgramTree, versions: VersionFinder, name: str) -> bool:
    """Return whether files of a program's packages are there, but not its executables.

    If layers were unpacked, or squashed, nothing else shows what was removed.
    """
    files = versions.find_files(name, tree.has)
    executables = dict.fromkeys(path for path in files if find_program(path) == name)
    others = (path for path in files if path not in executables)
    return (
        bool(executables)
        and not any(_is_there(tree, path) for path in executables)
        and any(_is_there(tree, path) for path in others)
    )


def _is_there(tree: FileSystem, path: str) -> bool:
    """Return whether there is anything but a directory at a path."""
    seen = resolve_path(tree, path)
    return seen is not None and seen.status.kind not in (Kind.MISSING, Kind.DIRECTORY)


def _find_on_path(
    tree: ProgramTree, versions: VersionFinder, name: str, directories: tuple[str, ...]
) -> Version | None:
    """Return the first program on PATH, or in a usual place; None if there is none."""
    for path, resolved in _executables(tree, name, (*directories, *PRIVATE_DIRECTORIES)):
        stated = versions.stated.get(resolved) or ""
        return Version(parse_upstream_version(stated) or "", path)
    return None


def _executables(
    tree: FileSystem, name: str, directories: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """Yield the paths of a program's executables, and the plain paths that they lead to.

    Those that are not executable come last: execvp(3) passes over them.
    """
    others = []
    for directory in directories:
        for executable in PROGRAMS[name].executables:
            path = posixpath.join(directory, executable)
            seen = resolve_path(tree, path)
            if not seen or seen.status.kind is not Kind.FILE:
                continue
            if seen.status.mode & _EXECUTABLE:
                yield path, seen.path
            else:
                others.append((path, seen.path))
    yield from others


def _agree(first: Version, second: Version) -> bool:
    """Return whether two versions are the same; a package may omit a vendor's suffix."""
    return not second.number or _numbers(first.number) == _numbers(second.number)


def _numbers(version: str) -> list[str]:
    numbers = re.findall(r"\d+", version)
    while numbers and numbers[-1] == "0":
        numbers.pop()
    return numbers


def search_tree(tree: SearchedTree, versions: VersionFinder, directories: tuple[str, ...]) -> None:
    """Let `versions` read the files of a whole file system that may contain versions."""
    status = f"{DPKG_DATABASE}.d"
    pacman = "/var/lib/pacman/local"
    paths = []
    for directory in (status, "/var/lib/dpkg/info"):
        paths += [f"{directory}/{name}" for name in _list(tree, directory)]
    for name in _list(tree, pacman):
        paths += [f"{pacman}/{name}/{file}" for file in ("desc", "files")]
    paths += _paths_elsewhere(tree)
    paths += find_unread_files(tree, versions, directories)
    for path in dict.fromkeys(paths):
        read = versions.find_reader(path)
        content = tree.content(path) if read else None
        if read and content:
            with content:
                read(content, content.size)


def _paths_elsewhere(tree: FileSystem) -> Iterator[str]:
    """Yield the plain paths of programs in the directories of `STORES`."""
    for store in STORES:
        yield from _find_below(tree, store, store.path, 0)


def _find_below(tree: FileSystem, store: Store, directory: str, depth: int) -> Iterator[str]:
    """Yield the plain paths of programs in and below a directory, at a depth in a store."""
    for name in tree.listdir(directory) or ():
        path = f"{directory}/{name}"
        if depth >= store.lowest and name in BY_EXECUTABLE:
            yield path
        # Anything but a directory has no names in it.
        if depth < store.highest or (depth == store.highest and name in ("bin", "sbin")):
            yield from _find_below(tree, store, path, depth + 1)


def _list(tree: FileSystem, path: str) -> list[str]:
    """Return the names in a directory; none if it is something else."""
    seen = resolve_path(tree, path)
    if not seen or seen.status.kind is not Kind.DIRECTORY:
        return []
    return tree.listdir(seen.path) or []
