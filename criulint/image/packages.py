# SPDX-License-Identifier: MIT
"""The versions of CRIU, runc and crun in an image: from package databases, or the programs.

Sources: dpkg, deb-control(5); apk-tools, lib/apk/db/installed; rpm, lib/header.c and
lib/backend/sqlite.c (v4.18); pacman, lib/libalpm/be_local.c; CRIU, criu/crtools.c, the text
of ``--version`` (seen in 3.17.1, 4.1.1 and 4.2.1); crun, src/crun.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from criulint.image import ImageError
from criulint.image.databases import (
    Readable,
    read_pacman_description,
    read_rpm_database,
    read_stanzas,
)
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.image.limits import Budget

#: The programs whose versions are looked for.
PROGRAMS = ("criu", "runc", "crun")

_CHUNK = 1 << 20
_BINARIES = re.compile(r"(?:/usr(?:/local)?)?/s?bin/(criu|runc|crun)")
_DIRECTORIES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_PACMAN_DESCRIPTIONS = re.compile(r"/var/lib/pacman/local/(?:criu|runc|crun)-[^/]*/desc")
# CRIU's version is stored before the text that prints it, and crun's before the text that
# prints its commit. Go keeps the flags of the linker.
_VERSION_IN_BINARY = {
    "criu": re.compile(rb"\0(\d+(?:\.\d+)+)\0Version: %s"),
    "crun": re.compile(rb"\0(\d+(?:\.\d+)+)\0(?:[^\0]*\0){0,4}commit: %s"),
    "runc": re.compile(rb"-X[ =]'?(?:main|github\.com/opencontainers/runc)\.version=(\d[\w.+~-]*)"),
}
# How much of a chunk is searched again with the next one.
_OVERLAP = 4096
_DPKG_DATABASES = re.compile(r"/var/lib/dpkg/status(?:\.d/[^/]+)?")
_APK_DATABASES = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
_RPM_DATABASES = tuple(
    f"{directory}/rpmdb.sqlite"
    for directory in ("/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm")
)
# The formats of older rpms, and of SUSE's.
_UNREAD_DATABASES = tuple(
    f"/{directory}/{name}"
    for directory in ("var/lib/rpm", "usr/lib/sysimage/rpm")
    for name in ("Packages", "Packages.db")
)
_UPSTREAM_VERSION = re.compile(r"(?a)(?:\d+:)?v?(\d+(?:\.\d+)+)(?:[~_.+-]?(rc[.-]?\d+))?")
# No version is longer; the programs of strangers may contain anything.
_MAX_VERSION = 64

#: Reads a file's content, which has the given number of bytes.
ReadContent = Callable[[Readable, int], None]


class SizedContent(Readable, AbstractContextManager["SizedContent"], Protocol):
    """The content of a file of `size` bytes, which is closed at the end."""

    size: int


class Version(NamedTuple):
    """A program's version as upstream numbers it, and the path of the file that gives it.

    `number` is empty if the version is not known; `path` is the program then.
    """

    number: str
    path: str


class VersionFinder:
    """Finds the versions of programs in the files of an image, within its budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._by_file: dict[str, dict[str, str]] = {}

    def find_reader(self, path: str) -> ReadContent | None:
        """Return what reads the file at a path, or None if it cannot contain a version."""
        read = self._find_reader(path)
        if not read:
            return None

        def read_checked(content: Readable, size: int) -> None:
            limit = self._budget.limits.searched
            if size > limit:
                raise ImageError(
                    f"{escape(path)} has {size} bytes, and versions are looked for in {limit}"
                    " at most (--limit searched=N allows more)"
                )
            read(content)

        return read_checked

    def _find_reader(self, path: str) -> Callable[[Readable], None] | None:
        budget = self._budget
        binary = _BINARIES.fullmatch(path)
        if binary:
            return lambda content: self._read_binary(path, binary[1], content)
        if _DPKG_DATABASES.fullmatch(path):
            return lambda content: self._record(
                path, read_stanzas(content, b"Package: ", b"Version: ", budget)
            )
        if path in _APK_DATABASES:
            return lambda content: self._record(path, read_stanzas(content, b"P:", b"V:", budget))
        if path in _RPM_DATABASES:
            return lambda content: self._record(path, read_rpm_database(content, budget))
        if _PACMAN_DESCRIPTIONS.fullmatch(path):
            return lambda content: self._record(path, read_pacman_description(content, budget))
        return None

    def _record(self, path: str, found: Iterator[tuple[str, str]]) -> None:
        self._by_file[path] = {name: version for name, version in found if name in PROGRAMS}

    def _read_binary(self, path: str, name: str, content: Readable) -> None:
        self._by_file.pop(path, None)
        before = b""
        while data := content.read(_CHUNK):
            self._budget.charge_characters(len(data))
            found = _VERSION_IN_BINARY[name].search(before + data)
            if found:
                self._by_file[path] = {name: found[1].decode("ascii")}
                return
            before = data[-_OVERLAP:]

    def version_of(self, name: str, exists: Callable[[str], bool]) -> Version | None:
        """Return the version of a program, or None if the image does not have it.

        `exists` returns whether a path is in the image.
        """
        packaged = [path for path in self._by_file if not _BINARIES.fullmatch(path)]
        binaries = [path for path in self._by_file if _BINARIES.fullmatch(path)]
        local = [path for path in binaries if "/local/" in path]
        others = [path for path in binaries if "/local/" not in path]
        # A shell finds a local build before the one of a package.
        for path in (*local, *packaged, *others):
            text = self._by_file[path].get(name)
            number = parse_upstream_version(text) if text and exists(path) else None
            if number:
                return Version(number, path)
        for directory in _DIRECTORIES:
            program = f"{directory}/{name}"
            if exists(program):
                return Version("", program)
        return None


def parse_upstream_version(text: str) -> str | None:
    """Return the upstream number in a distribution's version: 3.17.1 of ``1:3.17.1-2+deb12u2``.

    Return None if there is none.
    """
    found = _UPSTREAM_VERSION.match(text[: _MAX_VERSION + 1])
    if not found or found.end() > _MAX_VERSION:
        return None
    return f"{found[1]}-{found[2]}" if found[2] else found[1]


def find_unread_databases(exists: Callable[[str], bool]) -> list[str]:
    """Return the package databases that exist, in formats that are not read."""
    return [path for path in _UNREAD_DATABASES if exists(path)]


def search_tree(
    versions: VersionFinder,
    open_file: Callable[[str], SizedContent | None],
    listdir: Callable[[str], list[str] | None],
) -> None:
    """Let `versions` read the files of a whole file system that may contain versions.

    `open_file` returns None for a file that does not exist; `listdir` returns the names in
    a directory.
    """
    paths = ["/var/lib/dpkg/status", *_APK_DATABASES, *_RPM_DATABASES]
    paths += [f"/var/lib/dpkg/status.d/{name}" for name in listdir("/var/lib/dpkg/status.d") or ()]
    pacman = "/var/lib/pacman/local"
    paths += [f"{pacman}/{name}/desc" for name in listdir(pacman) or ()]
    paths += [f"{directory}/{name}" for name in PROGRAMS for directory in _DIRECTORIES]
    for path in paths:
        read = versions.find_reader(path)
        content = open_file(path) if read else None
        if read and content:
            with content:
                read(content, content.size)
