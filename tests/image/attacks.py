# SPDX-License-Identifier: MIT
"""Images that cost more than they should, each made in a size."""

from __future__ import annotations

import gzip
import json
import sqlite3
import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zstandard

from tests.image.checks import BAD_FILE
from tests.image.make import Made, digest, image, member, tar, tar_header

if TYPE_CHECKING:
    from collections.abc import Callable

_DEEP = "/".join(["d"] * 300)
_INDEX = "application/vnd.oci.image.index.v1+json"


def _with_file(path: str, data: bytes) -> Made:
    return image([BAD_FILE, member(path, data)])


def _extended(data: bytes, kind: bytes, count: int) -> Made:
    """Return an image with extended headers before its entries."""
    header = tar_header(b"x", b"%011o\0" % len(data), kind)
    block = header + data.ljust(-(-len(data) // 512) * 512, b"\0")
    return image(block * count + tar([BAD_FILE]))


def _sparse(count: int) -> Made:
    """Return an image with a sparse file of which the map goes on and on."""
    header = bytearray(tar_header(b"s", b"00000000000\0", b"S"))
    header[482] = 1
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    more = bytearray(512)
    more[504] = 1
    return image(bytes(header) + bytes(more) * count + bytes(512) + tar([BAD_FILE]))


def _rpm(count: int, table: str, row: bytes) -> Made:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "db"
        connection = sqlite3.connect(path)
        connection.execute(table)
        if row:
            rows = ((row,) for _ in range(count))
            connection.executemany("INSERT INTO Packages (blob) VALUES (?)", rows)
        connection.commit()
        connection.close()
        return _with_file("var/lib/rpm/rpmdb.sqlite", path.read_bytes())


def _homes(count: int, history: int) -> Made:
    users = "".join(f"u:x:1:1::/h{number}:/bin/sh\n" for number in range(count))
    files = [member(f"h{number}/.criu/default.conf", "port 0\n") for number in range(count)]
    step: dict[str, Any] = {"created_by": "RUN /bin/sh -c " + "x " * history}
    steps = [{**step, "empty_layer": True}, step]
    return image([member("etc/passwd", users), *files], history=steps)


def _links(count: int, target: str, below: str) -> Made:
    pairs = [(member("a", link=target), member(f"a/{below}{number}")) for number in range(count)]
    return image([BAD_FILE, *(one for pair in pairs for one in pair)])


_TABLE = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)"
_HEADER = struct.pack(">II", 100, 0) + bytes(1600)

#: By what grows: makes an image of a size.
IMAGES: dict[str, Callable[[int], Made]] = {
    "links that lengthen paths": lambda n: _links(n, "/b/" + "/".join(["x" * 100] * 20), ""),
    "links and deep paths": lambda n: _links(n, "b/c", _DEEP + "/"),
    "links over links": lambda n: image(
        [BAD_FILE]
        + [member(f"l{number}", link=f"l{number + 1}") for number in range(30)]
        + [member(f"l0/{number}") for number in range(n)]
    ),
    "deep paths": lambda n: image(
        [BAD_FILE, *(member(f"{number}/{_DEEP}") for number in range(n))]
    ),
    "hidden deep paths": lambda n: image(
        [BAD_FILE, *(member(f"{_DEEP}/{number}/x") for number in range(n))],
        [member("d/.wh..wh..opq")],
    ),
    "names": lambda n: image([BAD_FILE, *(member(f"{number}") for number in range(10 * n))]),
    "one name": lambda n: image([member("etc/criu/runc.conf", "port 0\n")] * (10 * n)),
    "whiteouts": lambda n: image([BAD_FILE], [member(f".wh.{number}") for number in range(10 * n)]),
    "hard links": lambda n: image(
        [BAD_FILE, *(member(f"h{number}", hard=BAD_FILE[0].name) for number in range(10 * n))]
    ),
    "hard links to nothing": lambda n: image(
        [BAD_FILE], *([member(f"{number}", hard=f"gone{number}")] for number in range(n))
    ),
    "layers": lambda n: image([BAD_FILE], *([member(f"{number}")] for number in range(n))),
    "pax records": lambda n: _extended(b"5 a=\n" * (20 * n), b"x", 1),
    "pax headers": lambda n: _extended(b"5 a=\n", b"x", 10 * n),
    "long names": lambda n: _extended(b"x" * 4000, b"K", 10 * n),
    "maps of sparse files": lambda n: _sparse(10 * n),
    "empty lines in dpkg's database": lambda n: _with_file("var/lib/dpkg/status", b"\n" * 50 * n),
    "packages of dpkg": lambda n: _with_file(
        "var/lib/dpkg/status", b"Package: criu\nVersion: 4.1\n\n" * 20 * n
    ),
    "packages of apk": lambda n: _with_file("lib/apk/db/installed", b"P:criu\nV:4.1\n\n" * 20 * n),
    "lines of pacman's": lambda n: _with_file(
        "var/lib/pacman/local/criu-1-1/desc", b"%NAME%\n" * 50 * n
    ),
    "one line": lambda n: _with_file("var/lib/dpkg/status", b"x" * 1000 * n),
    "headers of rpm": lambda n: _rpm(n, _TABLE, _HEADER),
    "a large header of rpm": lambda n: _rpm(1, _TABLE, bytes(1000 * n)),
    "zeros": lambda n: _with_file("zeros", bytes(100_000 * n)),
    "homes": lambda n: _homes(n, 10),
    "homes and history": lambda n: _homes(n, 100_000),
    "history": lambda n: image([BAD_FILE], history=[{"created_by": "COPY " + "a/" * 100 * n}]),
}


def _write_dag(count: int, directory: Path) -> None:
    """Write indexes that name each other `count` times."""
    image([BAD_FILE]).oci(directory)

    def put(entries: list[dict[str, Any]]) -> dict[str, Any]:
        data = json.dumps({"manifests": entries}).encode()
        (directory / "blobs/sha256" / digest(data).partition(":")[2]).write_bytes(data)
        return {"mediaType": _INDEX, "digest": digest(data), "size": len(data)}

    entry = put([])
    for _ in range(3):
        entry = put([entry] * count)
    (directory / "index.json").write_text(json.dumps({"manifests": [entry]}), encoding="utf-8")


def _write_stream(start: bytes, compression: str, directory: Path) -> None:
    """Write an image whose layer begins with members or frames without content."""
    made = image([BAD_FILE], compression="none")
    end = gzip.compress if compression == "gzip" else zstandard.ZstdCompressor().compress
    stored = start + end(made.layers[0])
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    (blobs / digest(stored).partition(":")[2]).write_bytes(stored)
    media_type = f"application/vnd.oci.image.layer.v1.tar+{compression}"
    layer = {"mediaType": media_type, "digest": digest(stored), "size": len(stored)}
    made.oci(directory, layers=[layer])


_MEMBER = gzip.compress(b"", mtime=0)
_FRAME = b"\x50\x2a\x4d\x18\0\0\0\0" + zstandard.ZstdCompressor().compress(b"")

#: Writes a layout of a size into a directory.
LAYOUTS: dict[str, Callable[[int, Path], None]] = {
    "indexes": _write_dag,
    "members of gzip": lambda n, path: _write_stream(_MEMBER * 100 * n, "gzip", path),
    "frames of zstd": lambda n, path: _write_stream(_FRAME * 100 * n, "zstd", path),
    **{
        name: lambda n, path, make=make: make(n).oci(path) and None  # type: ignore[misc]
        for name, make in IMAGES.items()
    },
}
