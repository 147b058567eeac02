# SPDX-License-Identifier: GPL-2.0-only
"""Which CRIU, runc and crun an image has: out of the databases of its packages, or out of the programs themselves.

Sources: dpkg, deb-control(5); apk-tools, lib/apk/db/installed; rpm, lib/header.c and lib/backend/sqlite.c (v4.18);
pacman, lib/libalpm/be_local.c;
CRIU, criu/crtools.c, the text behind ``--version`` (seen in 3.17.1, 4.1.1 and 4.2.1); crun, src/crun.c.
"""

from __future__ import annotations

import re
import struct
import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

#: What is looked for.
PROGRAMS = ("criu", "runc", "crun")

_CHUNK = 1 << 20
_BINARIES = re.compile(r"(?:/usr(?:/local)?)?/s?bin/(criu|runc|crun)")
_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_PACMAN = re.compile(r"/var/lib/pacman/local/(?:criu|runc|crun)-[^/]*/desc")
# CRIU's version stands before the text that prints it; crun's before that of its commit; Go keeps the linker's flags.
_IN_BINARY = {
    "criu": re.compile(rb"\0(\d+(?:\.\d+)+)\0Version: %s"),
    "crun": re.compile(rb"\0(\d+(?:\.\d+)+)\0(?:[^\0]*\0){0,4}commit: %s"),
    "runc": re.compile(rb"-X[ =]'?(?:main|github\.com/opencontainers/runc)\.version=(\d[\w.+~-]*)"),
}
_OVERLAP = 4096
_DPKG = re.compile(r"/var/lib/dpkg/status(?:\.d/[^/]+)?")
_APK = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
_RPM = tuple(
    f"{folder}/rpmdb.sqlite"
    for folder in ("/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm")
)
#: What rpm kept its packages in before, or does elsewhere.
_UNREAD = tuple(
    f"/{folder}/{name}"
    for folder in ("var/lib/rpm", "usr/lib/sysimage/rpm")
    for name in ("Packages", "Packages.db")
)
_NUMBER = re.compile(r"(?:\d+:)?v?(\d+(?:\.\d+)+)(?:[~_.+-]?(rc[.-]?\d+))?")

_RPM_NAME, _RPM_VERSION = 1000, 1001
_RPM_STRING = 6
_LARGEST_DATABASE = 512 << 20


class Content(Protocol):
    """The content of a file in a layer."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class Version(NamedTuple):
    """A program's version, as its makers number it, or nothing if nobody tells; and where that is told."""

    number: str
    told_by: str


class Versions:
    """Collects what the files of an image tell of versions."""

    def __init__(self) -> None:
        self._by_file: dict[str, dict[str, str]] = {}

    def look(self, path: str) -> Callable[[Content, int], None] | None:
        """What reads a file that may tell something; None for all others."""
        binary = _BINARIES.fullmatch(path)
        if binary:
            return lambda content, size: self._binary(path, binary[1], content)
        if _DPKG.fullmatch(path):
            return lambda content, size: self._tell(
                path, _stanzas(content, b"Package: ", b"Version: ")
            )
        if path in _APK:
            return lambda content, size: self._tell(path, _stanzas(content, b"P:", b"V:"))
        if path in _RPM:
            return lambda content, size: self._tell(path, _rpm(content, size))
        if _PACMAN.fullmatch(path):
            return lambda content, size: self._tell(path, _sections(content))
        return None

    def _tell(self, path: str, found: Iterator[tuple[str, str]]) -> None:
        self._by_file[path] = dict(found)

    def _binary(self, path: str, name: str, content: Content) -> None:
        self._by_file.pop(path, None)
        before = b""
        while data := content.read(_CHUNK):
            found = _IN_BINARY[name].search(before + data)
            if found:
                self._by_file[path] = {name: found[1].decode("ascii")}
                return
            before = data[-_OVERLAP:]

    def of(self, name: str, exists: Callable[[str], bool]) -> Version | None:
        """The version of a program; None if it is not there. `exists` says whether a path is in the image."""
        packaged = [path for path in self._by_file if not _BINARIES.fullmatch(path)]
        # Somebody's own build is found before that of a package.
        binaries = sorted(
            set(self._by_file) - set(packaged), key=lambda path: "/local/" not in path
        )
        local = [path for path in binaries if "/local/" in path]
        for path in (*local, *packaged, *binaries):
            text = self._by_file[path].get(name)
            number = upstream(text) if text and exists(path) else None
            if number:
                return Version(number, path)
        there = [path for path in (f"{folder}/{name}" for folder in _FOLDERS) if exists(path)]
        return Version("", there[0]) if there else None


def upstream(text: str) -> str | None:
    """The number that a program's makers give to what a distribution calls ``1:3.17.1-2+deb12u2``."""
    found = _NUMBER.match(text)
    return (f"{found[1]}-{found[2]}" if found[2] else found[1]) if found else None


def _stanzas(content: Content, name_mark: bytes, version_mark: bytes) -> Iterator[tuple[str, str]]:
    """The programs and versions in a database of paragraphs."""
    name = version = None
    removed = False
    for line in (*_lines(content), b""):
        if not line:
            if name in PROGRAMS and version and not removed:
                yield name, version
            name = version = None
            removed = False
        elif line.startswith(name_mark):
            name = line.removeprefix(name_mark).strip().decode("utf-8", "replace")
        elif line.startswith(version_mark):
            version = line.removeprefix(version_mark).strip().decode("utf-8", "replace")
        elif line.startswith(b"Status: "):
            removed = b" installed" not in line


def _sections(content: Content) -> Iterator[tuple[str, str]]:
    """The program and the version in pacman's description of a package: lines below ``%NAME%`` and ``%VERSION%``."""
    lines = [line.decode("utf-8", "replace").strip() for line in _lines(content)]
    told = dict([*pairwise(lines)][::-1])  # the first one counts
    if told.get("%NAME%") in PROGRAMS and told.get("%VERSION%"):
        yield told["%NAME%"], told["%VERSION%"]


def _lines(content: Content) -> Iterator[bytes]:
    rest = b""
    while data := content.read(_CHUNK):
        *lines, rest = (rest + data).split(b"\n")
        yield from lines
        rest = rest[:_CHUNK]
    yield rest


def _rpm(content: Content, size: int) -> Iterator[tuple[str, str]]:
    """The programs and versions in rpm's database; nothing if it is broken."""
    import sqlite3

    if size > _LARGEST_DATABASE:
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
                    found = _rpm_header(blob)
                    if found.get(_RPM_NAME) in PROGRAMS and found.get(_RPM_VERSION):
                        yield found[_RPM_NAME], found[_RPM_VERSION]
        except sqlite3.Error:
            return
        finally:
            if database:
                database.close()


def _rpm_header(blob: bytes) -> dict[int, str]:
    """Name and version in a header: two counts, as many entries of four numbers, and the data that they point into."""
    try:
        entries, length = struct.unpack_from(">II", blob)
        if entries > 10_000 or length > len(blob):
            return {}
        data = blob[8 + 16 * entries :]
        found = {}
        for number in range(entries):
            tag, kind, offset, _ = struct.unpack_from(">IIII", blob, 8 + 16 * number)
            if tag in (_RPM_NAME, _RPM_VERSION) and kind == _RPM_STRING and offset < len(data):
                found[tag] = data[offset : offset + 256].split(b"\0")[0].decode("utf-8", "replace")
        return found
    except struct.error:
        return {}


def unread(exists: Callable[[str], bool]) -> list[str]:
    """The databases that may tell versions, and are not read."""
    return [path for path in _UNREAD if exists(path)]


def look_around(
    versions: Versions,
    open_file: Callable[[str], BinaryIO | None],
    names: Callable[[str], list[str] | None],
) -> None:
    """Look into the files of a whole file system that tell versions.

    `open_file` gives None for what is not there, and `names` are those in a directory.
    """
    paths = ["/var/lib/dpkg/status", *_APK, *_RPM]
    paths += [f"/var/lib/dpkg/status.d/{name}" for name in names("/var/lib/dpkg/status.d") or ()]
    paths += [f"/var/lib/pacman/local/{name}/desc" for name in names("/var/lib/pacman/local") or ()]
    paths += [f"{folder}/{name}" for name in PROGRAMS for folder in _FOLDERS]
    for path in paths:
        watch = versions.look(path)
        content = open_file(path) if watch else None
        if watch and content:
            with content:
                watch(content, 0)
