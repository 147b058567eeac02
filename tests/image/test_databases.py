# SPDX-License-Identifier: MIT
"""Package databases that a stranger wrote: nothing in them is run, and each has a bound."""

from __future__ import annotations

import io
import sqlite3
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criulint.image import ImageError
from criulint.image.budget import Budget, Limits
from criulint.image.databases import (
    Package,
    read_pacman_description,
    read_rpm_database,
    read_stanzas,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("no_leftovers")

_PLAIN = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"
_INSERT = "INSERT INTO Packages (blob) VALUES ({})"
_ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c{}) "


def _header(name: str = "criu", version: str = "4.1.1") -> bytes:
    data = f"{name}\0{version}\0".encode()
    entries = struct.pack(">IIIIIIII", 1000, 6, 0, 1, 1001, 6, len(name) + 1, 1)
    return struct.pack(">II", 2, len(data)) + entries + data


def _make(directory: Path, *statements: str) -> bytes:
    path = directory / "database"
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path.read_bytes()


def _read(data: bytes, **limits: int) -> list[Package]:
    budget = Budget(Limits()._replace(**limits))
    return list(read_rpm_database(io.BytesIO(data), budget, lambda _: True))


def _hex(data: bytes) -> str:
    return f"x'{data.hex()}'"


def test_plain_table(tmp_path: Path) -> None:
    data = _make(
        tmp_path,
        _PLAIN,
        "CREATE INDEX Name ON Packages (blob)",
        _INSERT.format(_hex(_header())),
        _INSERT.format(_hex(_header("bash", "5"))),
        _INSERT.format("'text'"),
        _INSERT.format("1"),
    )
    assert _read(data) == [Package("criu", "4.1.1"), Package("bash", "5")]


@pytest.mark.parametrize(
    "statements",
    [
        [f"CREATE VIEW Packages AS {_ENDLESS.format('')}SELECT x AS blob FROM c"],
        [f"CREATE VIEW Packages AS {_ENDLESS.format('')}SELECT count(*) AS blob FROM c"],
        ["CREATE VIEW Packages AS SELECT zeroblob(900000000) AS blob"],
        [
            _PLAIN.replace("Packages", "Other"),
            f"INSERT INTO Other (blob) VALUES ({_hex(_header())})",
            "CREATE VIEW Packages AS SELECT blob FROM Other",
        ],
        [
            "CREATE TABLE Packages (hnum, blob BLOB AS (zeroblob(900000000)))",
            "INSERT INTO Packages (hnum) VALUES (1)",
        ],
        [
            f"CREATE TABLE Packages (hnum, blob BLOB AS ({_hex(_header())}) VIRTUAL)",
            "INSERT INTO Packages (hnum) VALUES (1)",
        ],
        [
            "CREATE TABLE Packages (hnum, blob BLOB AS (randomblob(10)) STORED)".replace(
                "randomblob(10)", _hex(_header())
            ),
            "INSERT INTO Packages (hnum) VALUES (1)",
        ],
        ["CREATE VIRTUAL TABLE Packages USING fts5(blob)"],
        ["CREATE VIRTUAL TABLE Packages USING rtree(blob, a, b)"],
        ["CREATE TABLE Other (blob)"],
        ["CREATE TABLE Packages (hnum)"],
        [],
    ],
)
def test_whatever_else_is_not_read(statements: list[str], tmp_path: Path) -> None:
    assert _read(_make(tmp_path, *statements)) == []


def test_huge_header_is_not_loaded(tmp_path: Path) -> None:
    data = _make(
        tmp_path,
        _PLAIN,
        _INSERT.format(f"zeroblob({20 << 20})"),
        _INSERT.format(_hex(_header())),
    )
    assert _read(data) == [Package("criu", "4.1.1")]


def test_the_steps_of_sqlite_count(tmp_path: Path) -> None:
    rows = f"{_ENDLESS.format(' LIMIT 100000')}INSERT INTO Packages SELECT x, x'00' FROM c"
    data = _make(tmp_path, _PLAIN, rows)
    assert _read(data) == []
    with pytest.raises(ImageError, match="more than 10000 steps"):
        _read(data, work=10_000)


def test_pages_that_lead_in_circles(tmp_path: Path) -> None:
    """A page of the table is its own child, or that of many."""
    rows = f"{_ENDLESS.format(' LIMIT 3000')}INSERT INTO Packages SELECT x, zeroblob(3000) FROM c"
    data = bytearray(_make(tmp_path, _PLAIN, rows))
    size = int.from_bytes(data[16:18], "big")
    inner = 0
    for page in range(1, len(data) // size):
        start = page * size
        if data[start] != 5:  # an inner page of a table
            continue
        inner += 1
        cells = int.from_bytes(data[start + 3 : start + 5], "big")
        for child in (page + 1, 3):
            changed = bytearray(data)
            for cell in range(cells):
                place = int.from_bytes(changed[start + 12 + 2 * cell :][:2], "big")
                changed[start + place : start + place + 4] = child.to_bytes(4, "big")
            assert _read(bytes(changed), work=2_000_000) == []
    assert inner


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_broken_databases(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    whole = bytearray(
        _make(
            tmp_path_factory.mktemp("db"),
            _PLAIN,
            *[_INSERT.format(_hex(_header() + bytes(900)))] * 20,
        )
    )
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    try:
        found = _read(bytes(whole), work=2_000_000)
    except ImageError:
        return
    assert all(isinstance(each.name, str) and each.name for each in found)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 40))
def test_texts_are_read_in_pieces(data: bytes, repeat: int) -> None:
    for read in (
        lambda content, budget: read_stanzas(content, budget, b"P:", b"V:"),
        read_pacman_description,
    ):
        list(read(io.BytesIO(data * repeat), Budget(Limits())))


def test_stanza_over_the_edges_of_pieces() -> None:
    for shift in range(65_500, 65_560):
        text = b"x" * shift + b"\n\nP:criu\nV:4.1.1\n\n"
        found = read_stanzas(io.BytesIO(text), Budget(Limits()), b"P:", b"V:")
        assert list(found) == [Package("criu", "4.1.1")]
