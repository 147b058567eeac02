# SPDX-License-Identifier: MIT
"""The versions of CRIU and its callers that an image's files say: package databases and programs.

Sources: dpkg, deb-control(5) and dpkg(1) (package states); apk-tools, lib/apk/db/installed; rpm,
lib/header.c and lib/backend/sqlite.c (v4.18); pacman, lib/libalpm/be_local.c.
"""

from __future__ import annotations

import re
import struct
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from criulint.image.binaries import read_version
from criulint.image.programs import find_package, find_program, version_in_path

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 20
_PACMAN_DESCRIPTIONS = re.compile(r"/var/lib/pacman/local/([^/]+)/desc")
# The states of a package in dpkg's database whose files are not there.
_DPKG_ABSENT = (b"not-installed", b"config-files")
DPKG_DATABASE = "/var/lib/dpkg/status"
_DPKG_DATABASES = re.compile(r"/var/lib/dpkg/status(?:\.d/[^/]+)?")
APK_DATABASES = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
RPM_DATABASES = tuple(
    f"{directory}/rpmdb.sqlite"
    for directory in ("/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm")
)
# The formats of older rpms, and of SUSE's.
_UNREAD_DATABASES = tuple(
    f"/{directory}/{name}"
    for directory in ("var/lib/rpm", "usr/lib/sysimage/rpm")
    for name in ("Packages", "Packages.db")
)
_UPSTREAM_VERSION = re.compile(r"(?:\d+:)?v?(\d+(?:\.\d+)+)(?:[~_.+-]?(rc[.-]?\d+))?")

_RPM_NAME, _RPM_VERSION = 1000, 1001
_RPM_STRING = 6
_MAX_RPM_TAGS = 10_000
_MAX_RPM_TEXT = 256
_MAX_RPM_DATABASE = 512 << 20


class Readable(Protocol):
    """The content of a file."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end."""


#: Reads a file's content, which has the given number of bytes; 0 if that is not known.
ReadContent = Callable[[Readable, int], None]


class Version(NamedTuple):
    """A program's version as upstream numbers it, and the path of the file that gives it.

    `number` is empty if the version is not known; `path` is the program then.
    """

    number: str
    path: str


class VersionFinder:
    """Finds the versions of programs in the files of an image.

    `directories` are more of those in which programs are looked for, such as those of PATH.
    """

    def __init__(self, directories: tuple[str, ...] = ()) -> None:
        self._directories = directories
        # Programs with other names than usual, by path.
        self._expected: dict[str, str] = {}
        #: By the path of a package database: the versions of programs, by name.
        self.packaged: dict[str, dict[str, str]] = {}
        #: By the path of a program that was read: the version that it tells, if it does.
        self.told: dict[str, str | None] = {}

    def expect(self, path: str, name: str) -> None:
        """Say that the file at a path is the program with this name."""
        self._expected[path] = name

    def find_reader(self, path: str) -> ReadContent | None:
        """Return what reads the file at a path, or None if it cannot contain a version."""
        program = self._find_program(path)
        if program:
            return lambda content, _size: self._read_binary(path, program, content)
        if _DPKG_DATABASES.fullmatch(path):
            return lambda content, _size: self._record(
                path, _read_stanzas(content, b"Package: ", b"Version: ")
            )
        if path in APK_DATABASES:
            return lambda content, _size: self._record(path, _read_stanzas(content, b"P:", b"V:"))
        if path in RPM_DATABASES:
            return lambda content, size: self._record(path, _read_rpm_database(content, size))
        described = _PACMAN_DESCRIPTIONS.fullmatch(path)
        if described and _is_pacman_package(described[1]):
            return lambda content, _size: self._record(path, _read_pacman_description(content))
        return None

    def _record(self, path: str, found: Iterator[tuple[str, str]]) -> None:
        """Keep the versions of programs; of several packages of one, the first."""
        versions: dict[str, str] = {}
        is_dpkg = _DPKG_DATABASES.fullmatch(path) is not None
        for package, version in found:
            program = find_package(package, is_dpkg=is_dpkg)
            if program:
                versions.setdefault(program, version)
        self.packaged[path] = versions

    def _read_binary(self, path: str, name: str, content: Readable) -> None:
        self.told[path] = read_version(name, content) or version_in_path(path, name)

    def version_of(self, name: str, exists: Callable[[str], bool]) -> Version | None:
        """Return the version of a program that a package has, or else a file that was read.

        `exists` returns whether a path is in the image. None if the image does not have it.
        """
        package = self.find_package(name, exists)
        if package:
            return package
        programs = [
            Version(parse_upstream_version(told or "") or "", path)
            for path, told in sorted(self.told.items())
            if self._find_program(path) == name and exists(path)
        ]
        return next((program for program in programs if program.number), next(iter(programs), None))

    def find_package(self, name: str, exists: Callable[[str], bool]) -> Version | None:
        """Return the version of a program that a package has; the arguments are as before."""
        for path, packages in self.packaged.items():
            if name in packages and exists(path):
                return Version(parse_upstream_version(packages[name]) or "", path)
        return None

    def _find_program(self, path: str) -> str | None:
        return self._expected.get(path) or find_program(path, self._directories)


def parse_upstream_version(text: str) -> str | None:
    """Return the upstream number in a distribution's version: 3.17.1 of ``1:3.17.1-2+deb12u2``.

    Return None if there is none.
    """
    found = _UPSTREAM_VERSION.match(text)
    if not found:
        return None
    return f"{found[1]}-{found[2]}" if found[2] else found[1]


def _read_stanzas(
    content: Readable, name_key: bytes, version_key: bytes
) -> Iterator[tuple[str, str]]:
    """Yield the packages and versions in a database of paragraphs."""
    name = version = None
    removed = False
    for line in (*_read_lines(content), b""):
        if not line:
            if name and version and not removed:
                yield name, version
            name = version = None
            removed = False
        elif line.startswith(name_key):
            name = line.removeprefix(name_key).strip().decode("utf-8", "replace")
        elif line.startswith(version_key):
            version = line.removeprefix(version_key).strip().decode("utf-8", "replace")
        elif line.startswith(b"Status: "):
            removed = line.rpartition(b" ")[2].strip() in _DPKG_ABSENT


def _is_pacman_package(directory: str) -> bool:
    """Return whether a directory of pacman's, named ``NAME-VERSION-RELEASE``, is a program's."""
    parts = directory.split("-")
    return any(find_package("-".join(parts[:end])) for end in range(1, len(parts)))


def _read_pacman_description(content: Readable) -> Iterator[tuple[str, str]]:
    """Yield the name and version in pacman's description of a package.

    They are on the lines after ``%NAME%`` and ``%VERSION%``.
    """
    lines = [line.decode("utf-8", "replace").strip() for line in _read_lines(content)]
    following: dict[str, str] = {}
    for line, next_line in pairwise(lines):
        following.setdefault(line, next_line)
    name, version = following.get("%NAME%"), following.get("%VERSION%")
    if name and version:
        yield name, version


def _read_lines(content: Readable) -> Iterator[bytes]:
    """Yield the lines; of longer ones than a chunk, parts."""
    rest = b""
    while data := content.read(_CHUNK):
        *lines, rest = (rest + data).split(b"\n")
        yield from lines
        rest = rest[:_CHUNK]
    yield rest


def _read_rpm_database(content: Readable, size: int) -> Iterator[tuple[str, str]]:
    """Yield the packages and versions in rpm's database; nothing if it is broken or too large."""
    import sqlite3

    if size > _MAX_RPM_DATABASE:
        return
    with tempfile.TemporaryDirectory(prefix="criulint-") as directory:
        path = Path(directory) / "rpmdb.sqlite"
        with path.open("wb") as file:
            while data := content.read(_CHUNK):
                file.write(data)
        database = None
        try:
            database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
            for (blob,) in database.execute("SELECT blob FROM Packages"):
                if isinstance(blob, bytes):
                    found = _parse_rpm_header(blob)
                    if found.get(_RPM_NAME) and found.get(_RPM_VERSION):
                        yield found[_RPM_NAME], found[_RPM_VERSION]
        except sqlite3.Error:
            return
        finally:
            if database:
                database.close()


def _parse_rpm_header(blob: bytes) -> dict[int, str]:
    """Return the name and version in a header, by tag; nothing if it is malformed.

    A header is two counts, entries of four numbers each, and the data that they point into.
    """
    try:
        entries, length = struct.unpack_from(">II", blob)
        if entries > _MAX_RPM_TAGS or length > len(blob):
            return {}
        data = blob[8 + 16 * entries :]
        found = {}
        for number in range(entries):
            tag, kind, offset, _ = struct.unpack_from(">IIII", blob, 8 + 16 * number)
            if tag in (_RPM_NAME, _RPM_VERSION) and kind == _RPM_STRING and offset < len(data):
                text = data[offset : offset + _MAX_RPM_TEXT].split(b"\0")[0]
                found[tag] = text.decode("utf-8", "replace")
        return found
    except struct.error:
        return {}


def find_unread_databases(exists: Callable[[str], bool]) -> list[str]:
    """Return the package databases that exist, in formats that are not read."""
    return [path for path in _UNREAD_DATABASES if exists(path)]
