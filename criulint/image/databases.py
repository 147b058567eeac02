# SPDX-License-Identifier: MIT
"""The databases of dpkg, apk, pacman and rpm: the versions of some packages in them.

A stranger wrote them, so they are read piece by piece, and each step is charged to the image's
budget.

Sources: dpkg, deb-control(5); apk-tools, lib/apk/db/installed; pacman, lib/libalpm/be_local.c;
rpm, lib/header.c and lib/backend/sqlite.c (v4.18); SQLite, "Defense Against The Dark Arts".
"""

from __future__ import annotations

import os
import struct
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from criulint.image import ImageError
from criulint.image.scratch import scratch_directory

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from criulint.image.limits import Budget

_CHUNK = 1 << 16
# The beginning of a line, which is all that matters of it.
_MAX_LINE = 4096
# The states of a package in dpkg's database whose files are not there.
_DPKG_ABSENT = (b"not-installed", b"config-files")

_RPM_NAME, _RPM_VERSION = 1000, 1001
_RPM_STRING = 6
_MAX_RPM_TAGS = 10_000
_MAX_RPM_TEXT = 256
# Source: rpm, lib/header_internal.h, HEADER_DATA_MAX is 256 MiB; real ones have a few.
_MAX_RPM_HEADER = 16 << 20
# Steps of SQLite's virtual machine between two charges, and what they cost.
_SQLITE_STEPS = 1000
_SQLITE_WORK = 100
# In KiB.
_SQLITE_CACHE = 2000


class Readable(Protocol):
    """The content of a file."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end."""


def _read_lines(content: Readable, budget: Budget) -> Iterator[bytes]:
    """Yield the lines, long ones cut, without keeping more than a chunk of them."""
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
    content: Readable, name_key: bytes, version_key: bytes, budget: Budget
) -> Iterator[tuple[str, str]]:
    """Yield the packages and their versions in a database of paragraphs."""
    name = version = ""
    removed = False
    for line in _read_lines(content, budget):
        if not line:
            if name and version and not removed:
                yield name, version
            name = version = ""
            removed = False
        elif line.startswith(name_key):
            name = _text(line[len(name_key) :])
        elif line.startswith(version_key):
            version = _text(line[len(version_key) :])
        elif line.startswith(b"Status: "):
            removed = line.rpartition(b" ")[2].strip() in _DPKG_ABSENT
    if name and version and not removed:
        yield name, version


def read_pacman_description(content: Readable, budget: Budget) -> Iterator[tuple[str, str]]:
    """Yield the package and its version in pacman's description of it.

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
        yield name, version


def read_rpm_database(content: Readable, budget: Budget) -> Iterator[tuple[str, str]]:
    """Yield the packages and their versions in rpm's database; nothing if it is broken."""
    import sqlite3

    with scratch_directory() as directory:
        path = os.path.join(directory, "rpmdb.sqlite")
        with open(path, "wb") as file:
            while data := content.read(_CHUNK):
                file.write(data)
        try:
            for blob in _RpmHeaders(path, budget):
                found = _parse_rpm_header(blob, budget)
                name, version = found.get(_RPM_NAME, ""), found.get(_RPM_VERSION, "")
                if name and version:
                    yield name, version
        except (sqlite3.Error, UnicodeDecodeError):  # SQLite may quote the file in its error
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
    """Allow to read the table of headers, and the function that tells a length."""
    import sqlite3

    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and first == "Packages":
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and second == "length":
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _parse_rpm_header(blob: bytes, budget: Budget) -> dict[int, str]:
    """Return the name and version in a header, by tag; nothing if it is malformed.

    A header is two counts, entries of four numbers each, and the data that they point into.
    """
    try:
        entries, length = struct.unpack_from(">II", blob)
        if entries > _MAX_RPM_TAGS or length > len(blob):
            return {}
        budget.charge_work(1 + entries)
        start = 8 + 16 * entries
        found = {}
        for number in range(entries):
            tag, kind, offset, _ = struct.unpack_from(">IIII", blob, 8 + 16 * number)
            if tag in (_RPM_NAME, _RPM_VERSION) and kind == _RPM_STRING:
                text = blob[start + offset : start + offset + _MAX_RPM_TEXT].split(b"\0")[0]
                found[tag] = text.decode("utf-8", "replace")
        return found
    except struct.error:
        return {}
