# SPDX-License-Identifier: MIT
"""The databases of dpkg, apk, pacman and rpm: the versions of some packages in them.

They are not trusted, so they are read piece by piece, and each step is charged to the image's
budget.

Sources: dpkg, deb-control(5); apk-tools, lib/apk/db/installed; pacman, lib/libalpm/be_local.c;
rpm, lib/header.c and lib/backend/sqlite.c (v4.18); SQLite, "Defense Against The Dark Arts".
"""

from __future__ import annotations

import os
import struct
import sys
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import quote

from criulint.image import ImageError
from criulint.image.scratch import scratch_directory

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping

    from criulint.image.budget import Budget

_CHUNK = 1 << 16
# How much of a line matters: its beginning.
_MAX_LINE = 4096
# The states of a package in dpkg's database whose files are not there.
_DPKG_ABSENT = (b"not-installed", b"config-files")

_RPM_NAME, _RPM_VERSION = 1000, 1001
_RPM_DIRECTORY_NUMBERS, _RPM_BASENAMES, _RPM_DIRECTORIES = 1116, 1117, 1118
_RPM_INT32, _RPM_STRING, _RPM_STRINGS = 4, 6, 8
_MAX_RPM_TAGS = 10_000
_MAX_RPM_TEXT = 256
# The most files of a package whose files matter; the largest such package has a few hundred.
_MAX_FILES = 2000
# Source: rpm, lib/header_internal.h, HEADER_DATA_MAX is 256 MiB; real ones have a few.
_MAX_RPM_HEADER = 16 << 20
# Steps of SQLite's virtual machine between two charges, and what they cost.
_SQLITE_STEPS = 1000
_SQLITE_WORK = 100
# In KiB.
_SQLITE_CACHE = 2000


class Package(NamedTuple):
    """An installed package: its name, its version, and the plain paths of the first files in it.

    The database may keep `files` elsewhere, or not at all; they are empty then.
    """

    name: str
    version: str
    files: tuple[str, ...] = ()


class Readable(Protocol):
    """The content of a file."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end."""


def _read_lines(content: Readable, budget: Budget) -> Iterator[bytes]:
    """Yield the lines, long ones cut, while keeping at most a chunk in memory."""
    rest = b""
    while data := content.read(_CHUNK):
        *lines, rest = (rest + data).split(b"\n")
        budget.charge_work(1 + len(lines))
        yield from lines
        rest = rest[:_MAX_LINE]
    yield rest


def _text(value: bytes) -> str:
    return value[:_MAX_LINE].strip().decode("utf-8", "replace")


def read_stanzas(
    content: Readable, budget: Budget, name_key: bytes, version_key: bytes
) -> Iterator[Package]:
    """Yield the packages in a database of paragraphs. apk's have the files in them."""
    name = version = directory = ""
    files: list[str] = []
    is_removed = False
    for line in chain(_read_lines(content, budget), (b"",)):
        if not line:  # the end of a paragraph
            if name and version and not is_removed:
                yield Package(name, version, tuple(files))
            name = version = directory = ""
            files = []
            is_removed = False
        elif line.startswith(name_key):
            name = _text(line[len(name_key) :])
        elif line.startswith(version_key):
            version = _text(line[len(version_key) :])
        elif line.startswith(b"Status:"):
            is_removed = line.split()[-1] in _DPKG_ABSENT
        elif line.startswith(b"F:"):
            directory = _text(line[2:])
        elif line.startswith(b"R:") and len(files) < _MAX_FILES:
            files.append(f"/{directory}/{_text(line[2:])}")


def read_paths(content: Readable, budget: Budget) -> Iterator[str]:
    """Yield the first paths in dpkg's or pacman's list of a package's files, one on each line.

    They are relative in some lists, and follow a checksum and two blanks in others.
    """
    for number, line in enumerate(_read_lines(content, budget)):
        if number == _MAX_FILES:
            return
        path = _text(line.rpartition(b"  ")[2])
        if path and not path.startswith("%"):
            yield f"/{path.removeprefix('./').lstrip('/')}"


def read_pacman_description(content: Readable, budget: Budget) -> Iterator[Package]:
    """Yield the package in pacman's description of it.

    They are on the lines after the first ``%NAME%`` and ``%VERSION%``.
    """
    following: dict[str, str] = {}
    key = ""
    for line in _read_lines(content, budget):
        text = _text(line)
        if key:
            following[key] = text
        key = text if text in ("%NAME%", "%VERSION%") and text not in following else ""
        if len(following) == 2:
            break
    name, version = following.get("%NAME%", ""), following.get("%VERSION%", "")
    if name and version:
        yield Package(name, version)


def read_rpm_database(
    content: Readable, budget: Budget, has_files: Callable[[str], bool]
) -> Iterator[Package]:
    """Yield the packages in rpm's database; nothing if it is broken.

    `has_files` returns whether the files of a package with a name are asked for.
    """
    import sqlite3

    with scratch_directory() as directory:
        path = os.path.join(directory, "rpmdb.sqlite")
        with open(path, "wb") as file:
            while data := content.read(_CHUNK):
                file.write(data)
        try:
            for blob in _RpmHeaders(path, budget):
                header = _parse_rpm_header(blob, budget)
                name, version = header.text(_RPM_NAME), header.text(_RPM_VERSION)
                if name and version:
                    files = tuple(header.files(budget)) if has_files(name) else ()
                    yield Package(name, version, files)
        except (sqlite3.Error, struct.error, UnicodeDecodeError):
            # It is broken. SQLite may quote the file in its error.
            return


class _RpmHeaders:
    """The headers in rpm's database, an SQLite file that may be hostile.

    Its schema can hold views, virtual and generated columns, and triggers, which are programs: only
    a plain table is read, and nothing but reading is authorized. SQLite's own steps are charged.
    """

    def __init__(self, path: str, budget: Budget) -> None:
        self._path = path
        self._budget = budget
        self._error: ImageError | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Yield the headers. Raise sqlite3.Error or UnicodeDecodeError if it is broken."""
        import sqlite3

        uri = f"file:{quote(self._path)}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            self._defend(database)
            try:
                yield from self._read(database)
            except (sqlite3.Error, UnicodeDecodeError):
                if self._error:
                    raise self._error from None
                raise

    def _read(self, database: sqlite3.Connection) -> Iterator[bytes]:
        tables = database.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'Packages'"
            " AND tbl_name = 'Packages' AND rootpage > 1"
        )
        if not tables.fetchone():
            return
        columns = database.execute("PRAGMA table_xinfo(Packages)").fetchmany(_MAX_RPM_TAGS)
        if any(hidden for *_, hidden in columns):
            return
        database.set_authorizer(_authorize_reading)
        # The length is stored apart, so that no larger value is loaded.
        rows = database.execute(
            "SELECT CASE WHEN length(blob) <= ? THEN blob END FROM Packages NOT INDEXED",
            (_MAX_RPM_HEADER,),
        )
        for (blob,) in rows:
            if isinstance(blob, bytes):
                yield blob

    def _defend(self, database: sqlite3.Connection) -> None:
        """Switch off what a hostile schema or a broken page could use."""
        import sqlite3

        database.set_progress_handler(self._charge, _SQLITE_STEPS)
        if sys.version_info >= (3, 11):
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 4 * _MAX_RPM_HEADER)
        if sys.version_info >= (3, 12):
            database.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        for setting in (
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "mmap_size = 0",
            f"cache_size = -{_SQLITE_CACHE}",
            "query_only = ON",
        ):
            database.execute(f"PRAGMA {setting}").close()

    def _charge(self) -> int:
        try:
            self._budget.charge_work(_SQLITE_WORK)
        except ImageError as error:
            self._error = error
            return 1
        return 0


def _authorize_reading(action: int, first: str | None, second: str | None, *_: object) -> int:
    """Allow reading the table of headers, and the function that returns a length."""
    import sqlite3

    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and first == "Packages":
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and second == "length":
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


class _RpmHeader(NamedTuple):
    """A header: by tag the kind, the place in `data`, and the count of its values."""

    entries: Mapping[int, tuple[int, int, int]]
    data: bytes

    def text(self, tag: int) -> str:
        """Return a text; empty if there is none."""
        kind, place, _ = self.entries.get(tag, (0, 0, 0))
        if kind != _RPM_STRING:
            return ""
        return self.data[place : place + _MAX_RPM_TEXT].split(b"\0")[0].decode("utf-8", "replace")

    def files(self, budget: Budget) -> Iterator[str]:
        """Yield the paths of the first files; nothing if they are malformed."""
        kind, place, count = self.entries.get(_RPM_DIRECTORY_NUMBERS, (0, 0, 0))
        if kind != _RPM_INT32:
            return
        names = self._texts(_RPM_BASENAMES, budget)
        directories = self._texts(_RPM_DIRECTORIES, budget)
        for number, name in enumerate(names[:count]):
            index = struct.unpack_from(">I", self.data, place + 4 * number)[0]
            if index < len(directories):
                yield f"{directories[index]}{name}"

    def _texts(self, tag: int, budget: Budget) -> list[str]:
        kind, place, count = self.entries.get(tag, (0, 0, 0))
        if kind != _RPM_STRINGS:
            return []
        length = min(count, _MAX_FILES)
        found = self.data[place : place + length * _MAX_LINE].split(b"\0", length)[:length]
        budget.charge_work(1 + len(found))
        return [_text(each) for each in found]


def _parse_rpm_header(blob: bytes, budget: Budget) -> _RpmHeader:
    """Return a header; one without entries if it is malformed.

    It is two counts, entries of four numbers each, and the data that they point into.
    """
    try:
        count, length = struct.unpack_from(">II", blob)
        if count > _MAX_RPM_TAGS or length > len(blob):
            return _RpmHeader({}, b"")
        budget.charge_work(1 + count)
        entries = {}
        for number in range(count):
            tag, *entry = struct.unpack_from(">IIII", blob, 8 + 16 * number)
            entries[tag] = tuple(entry)
        return _RpmHeader(entries, blob[8 + 16 * count :])
    except struct.error:
        return _RpmHeader({}, b"")
