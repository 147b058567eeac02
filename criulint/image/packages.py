# SPDX-License-Identifier: MIT
"""The versions of CRIU and its callers in an image's files: package databases and programs.

Sources: dpkg, deb-control(5) and dpkg(1) (package states); apk-tools, lib/apk/db/installed; rpm,
lib/header.c and lib/backend/sqlite.c (v4.18); pacman, lib/libalpm/be_local.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from criulint.image import ImageError
from criulint.image.binaries import read_version
from criulint.image.databases import (
    Package,
    Readable,
    read_pacman_description,
    read_paths,
    read_rpm_database,
    read_stanzas,
)
from criulint.image.programs import find_package, find_program, version_in_path
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from criulint.image.budget import Budget

_PACMAN_DESCRIPTIONS = re.compile(r"/var/lib/pacman/local/([^/]+)/desc")
DPKG_DATABASE = "/var/lib/dpkg/status"
# dpkg's lists of a package's files, which distroless images have under another name.
_DPKG_LISTS = re.compile(
    r"/var/lib/dpkg/(?:info/([^/:]+)(?::[^/.]+)?\.list|status\.d/([^/]+)\.md5sums)"
)
_PACMAN_LISTS = re.compile(r"/var/lib/pacman/local/([^/]+)-[^/-]+-[^/-]+/files")
_DPKG_DATABASES = re.compile(r"/var/lib/dpkg/status(?:\.d/[^/]+)?")
APK_DATABASES = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
RPM_DATABASES = tuple(
    f"{directory}/rpmdb.sqlite"
    for directory in ("/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm")
)
# The formats of older versions of rpm, and of SUSE's.
_UNREAD_DATABASES = tuple(
    f"/{directory}/{name}"
    for directory in ("var/lib/rpm", "usr/lib/sysimage/rpm")
    for name in ("Packages", "Packages.db")
)
# The date of a snapshot, as in 4.2.0.20250101, is not part of it.
_UPSTREAM_VERSION = re.compile(
    r"(?ai)(?:\d+:)?v?(\d+(?:\.(?!20\d{6}(?!\d))\d+)+)(?:[~_.+-]?(rc[.-]?\d+))?"
)
# What a name in a list costs, in bytes; measured with CPython 3.11.
_BYTES_PER_FILE = 120
# No version is longer; an untrusted program may contain anything.
_MAX_VERSION = 64

#: Reads a file's content, which has the given number of bytes.
ReadContent = Callable[[Readable, int], None]


class SizedContent(Readable, AbstractContextManager["SizedContent"], Protocol):
    """The content of a file of `size` bytes, to be closed at the end."""

    size: int


class Version(NamedTuple):
    """A program's version as upstream numbers it, and the path of the file that gives it.

    `number` is empty if the version is not known; `path` is the program then.
    """

    number: str
    path: str


class VersionFinder:
    """Finds the versions of programs in the files of an image, within its budget.

    `directories` are more of those in which programs are looked for, such as those of PATH.
    """

    def __init__(self, budget: Budget, directories: tuple[str, ...] = ()) -> None:
        self._budget = budget
        self._directories = directories
        # Programs and databases with other names than usual, by path.
        self._expected: dict[str, str] = {}
        self._databases: dict[str, str] = {}
        #: By the path of a package database: the versions of programs, by name.
        self.packaged: dict[str, dict[str, str]] = {}
        #: By the path of a package database: the files in the packages of programs, where known.
        self.files: dict[str, dict[str, list[str]]] = {}
        #: By the path of a program that was read: the version in it, or None.
        self.stated: dict[str, str | None] = {}

    def expect(self, path: str, name: str) -> None:
        """Note that the file at a path is the program with this name."""
        self._expected[path] = name

    def expect_database(self, path: str, usual: str) -> None:
        """Note that the file at a path is the database with this usual path."""
        self._databases[path] = usual

    def find_reader(self, path: str) -> ReadContent | None:
        """Return the reader of the file at a path, or None if it cannot contain a version."""
        read = self._find_reader(path)
        if not read:
            return None

        def read_checked(content: Readable, size: int) -> None:
            limit = self._budget.limits.searched
            if size > limit:
                raise ImageError(
                    f"{escape(path)} has {size} bytes, and versions are looked for in files of at"
                    f" most {limit} (--limit searched=N allows more)"
                )
            read(content)

        return read_checked

    def _find_reader(self, path: str) -> Callable[[Readable], None] | None:
        program = self._find_program(path)
        if program:
            return lambda content: self._read_binary(path, program, content)
        budget = self._budget
        listed = _find_listed_program(path)
        if listed:
            return lambda content: self._record_files(path, listed, read_paths(content, budget))
        read = _find_database_reader(self._databases.get(path, path))
        return (lambda content: self._record(path, read(content, budget))) if read else None

    def _record(self, path: str, found: Iterator[Package]) -> None:
        """Keep the versions of programs; if several packages have one, the first."""
        self.packaged[path] = {}
        usual = self._databases.get(path, path)
        is_dpkg = _DPKG_DATABASES.fullmatch(usual) is not None
        for package in found:
            program = find_package(package.name, is_dpkg=is_dpkg)
            if program:
                self.packaged[path].setdefault(program, package.version)
                self._record_files(path, program, package.files)

    def _record_files(self, path: str, program: str, files: Iterable[str]) -> None:
        kept = self.files.setdefault(path, {}).setdefault(program, [])
        for file in files:
            self._budget.charge_memory(_BYTES_PER_FILE + len(file))
            kept.append(file)

    def _read_binary(self, path: str, name: str, content: Readable) -> None:
        stated = read_version(name, content, self._budget)
        self.stated[path] = stated or version_in_path(path, name)

    def find_program_file(self, name: str, exists: Callable[[str], bool]) -> Version | None:
        """Return the version in a file that was read as a program; one that has a version first.

        `exists` returns whether a path is in the image. None if the image does not have it.
        """
        programs = [
            Version(parse_upstream_version(stated or "") or "", path)
            for path, stated in sorted(self.stated.items())
            if self._find_program(path) == name and exists(path)
        ]
        return choose_version(programs)

    def find_package(self, name: str, exists: Callable[[str], bool]) -> Version | None:
        """Return the version of a program according to its package; `exists` is as above."""
        for path, packages in self.packaged.items():
            if name in packages and exists(path):
                return Version(parse_upstream_version(packages[name]) or "", path)
        return None

    def find_files(self, name: str, exists: Callable[[str], bool]) -> list[str]:
        """Return the files in the packages of a program, as far as the databases list them."""
        return [
            file
            for path, by_program in self.files.items()
            if name in by_program and exists(path)
            for file in by_program[name]
        ]

    def _find_program(self, path: str) -> str | None:
        return self._expected.get(path) or find_program(path, self._directories)


def choose_version(found: Sequence[Version]) -> Version | None:
    """Return the first version that is known, or else the first of them; None if there is none."""
    return next((each for each in found if each.number), next(iter(found), None))


def parse_upstream_version(text: str) -> str | None:
    """Return the upstream number in a distribution's version: 3.17.1 of ``1:3.17.1-2+deb12u2``.

    Return None if there is none.
    """
    found = _UPSTREAM_VERSION.match(text[: _MAX_VERSION + 1])
    if not found or found.end() > _MAX_VERSION:
        return None
    return f"{found[1]}-{found[2].lower()}" if found[2] else found[1]


def _find_database_reader(path: str) -> Callable[[Readable, Budget], Iterator[Package]] | None:
    """Return the function that reads the packages in a database, None for any other file."""
    if _DPKG_DATABASES.fullmatch(path):
        return partial(read_stanzas, name_key=b"Package:", version_key=b"Version:")
    if path in APK_DATABASES:
        return partial(read_stanzas, name_key=b"P:", version_key=b"V:")
    if path in RPM_DATABASES:
        return partial(read_rpm_database, has_files=_is_program)
    described = _PACMAN_DESCRIPTIONS.fullmatch(path)
    is_described = described and _is_pacman_package(described[1])
    return read_pacman_description if is_described else None


def _find_listed_program(path: str) -> str | None:
    """Return the program whose package's files a list contains, None for any other file."""
    dpkg = _DPKG_LISTS.fullmatch(path)
    if dpkg:
        return find_package(dpkg[1] or dpkg[2], is_dpkg=True)
    pacman = _PACMAN_LISTS.fullmatch(path)
    return find_package(pacman[1]) if pacman else None


def _is_program(package: str) -> bool:
    return find_package(package) is not None


def _is_pacman_package(directory: str) -> bool:
    """Return whether a directory of pacman's, named ``NAME-VERSION-RELEASE``, is a program's."""
    parts = directory.split("-")
    return any(find_package("-".join(parts[:end])) for end in range(1, len(parts)))


def find_unread_databases(exists: Callable[[str], bool]) -> list[str]:
    """Return the package databases that exist in unsupported formats."""
    return [path for path in _UNREAD_DATABASES if exists(path)]
