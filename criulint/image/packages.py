# SPDX-License-Identifier: MIT
"""The versions of CRIU, runc and crun in an image: from package databases, or the programs.

Sources: dpkg, deb-control(5); apk-tools, lib/apk/db/installed; rpm, lib/header.c and
lib/backend/sqlite.c (v4.18); pacman, lib/libalpm/be_local.c; CRIU, criu/crtools.c, the text
of ``--version`` (seen in 3.17.1, 4.1.1 and 4.2.1); crun, src/crun.c.
"""

from __future__ import annotations

import re
import struct
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Finds the versions of programs in the files of an image."""

    def __init__(self) -> None:
        self._by_file: dict[str, dict[str, str]] = {}

    def find_reader(self, path: str) -> ReadContent | None:
        """Return what reads the file at a path, or None if it cannot contain a version."""
        binary = _BINARIES.fullmatch(path)
        if binary:
            return lambda content, _size: self._read_binary(path, binary[1], content)
        if _DPKG_DATABASES.fullmatch(path):
            return lambda content, _size: self._record(
                path, _read_stanzas(content, b"Package: ", b"Version: ")
            )
        if path in _APK_DATABASES:
            return lambda content, _size: self._record(path, _read_stanzas(content, b"P:", b"V:"))
        if path in _RPM_DATABASES:
            return lambda content, size: self._record(path, _read_rpm_database(content, size))
        if _PACMAN_DESCRIPTIONS.fullmatch(path):
            return lambda content, _size: self._record(path, _read_pacman_description(content))
        return None

    def _record(self, path: str, found: Iterator[tuple[str, str]]) -> None:
        self._by_file[path] = dict(found)

    def _read_binary(self, path: str, name: str, content: Readable) -> None:
        self._by_file.pop(path, None)
        before = b""
        while data := content.read(_CHUNK):
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
    found = _UPSTREAM_VERSION.match(text)
    if not found:
        return None
    return f"{found[1]}-{found[2]}" if found[2] else found[1]


def _read_stanzas(
    content: Readable, name_key: bytes, version_key: bytes
) -> Iterator[tuple[str, str]]:
    """Yield the programs and versions in a database of paragraphs."""
    name = version = None
    removed = False
    for line in (*_read_lines(content), b""):
        if not line:
            if name in PROGRAMS and version and not removed:
                yield name, version
            name = version = None
            removed = False
        elif line.startswith(name_key):
            name = line.removeprefix(name_key).strip().decode("utf-8", "replace")
        elif line.startswith(version_key):
            version = line.removeprefix(version_key).strip().decode("utf-8", "replace")
        elif line.startswith(b"Status: "):
            removed = b" installed" not in line


def _read_pacman_description(content: Readable) -> Iterator[tuple[str, str]]:
    """Yield the program and version in pacman's description of a package.

    They are on the lines after ``%NAME%`` and ``%VERSION%``.
    """
    lines = [line.decode("utf-8", "replace").strip() for line in _read_lines(content)]
    following: dict[str, str] = {}
    for line, next_line in pairwise(lines):
        following.setdefault(line, next_line)
    name, version = following.get("%NAME%"), following.get("%VERSION%")
    if name in PROGRAMS and version:
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
    """Yield the programs and versions in rpm's database; nothing if it is broken or too large."""
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
                    if found.get(_RPM_NAME) in PROGRAMS and found.get(_RPM_VERSION):
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


def search_tree(
    versions: VersionFinder,
    open_file: Callable[[str], BinaryIO | None],
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
                read(content, 0)
