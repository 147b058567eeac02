# SPDX-License-Identifier: MIT
"""The entries of a layer's tar archive."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criulint.image import ImageError
from criulint.image.budget import Budget, Limits
from criulint.image.layer import read_entries
from tests.image.make import (
    member,
    tar,
    tar_header,
)


class ByteStream:
    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        assert size <= 2 << 20, "no header makes us ask for more at once"
        return self._file.read(size)

    def skip(self, size: int, /) -> bool:
        left = len(self._file.getbuffer()) - self._file.tell()
        self._file.seek(min(size, left), os.SEEK_CUR)
        return size <= left


@pytest.mark.parametrize(
    "data",
    [
        tar_header(b"huge", b"\x80\0\0\0\x7f" + b"\xff" * 7),
        tar_header(b"huge", b"77777777777\0"),
        tar_header(b"negative", b"\xff" * 12),
        tar_header(b"pax", b"77777777777\0", b"x") + b"12 path=aaa\n",
        tar_header(b"long", b"77777777777\0", b"L") + b"x" * 600,
        tar_header(b"pax", b"00000000024\0", b"x") + b"99999999 path=x\n".ljust(512, b"\0"),
        tar_header(b"pax", b"00000000024\0", b"x") + b"-5 path=xxxxxxxxxxxx".ljust(512, b"\0"),
        tar_header(b"pax", b"00000000024\0", b"x") + b"20 size=-1\n         ".ljust(512, b"\0"),
        tar_header(b"sparse", b"00000000000\0", b"S")[:482] + b"\1" + b"\0" * 29,
        b"\0" * 100,
    ],
)
def test_invalid_headers(data: bytes) -> None:
    with pytest.raises(ImageError):
        list(read_entries(ByteStream(data), "layer 1", Budget(Limits())))


@pytest.mark.parametrize("size", [1, 7, 511, 512, 513])
def test_an_archive_that_ends_after_its_content(size: int) -> None:
    """umoci writes neither the padding nor an end mark, and Go does not miss them."""
    data = tar([member("x", b"y" * size)])[: 512 + size]
    for padding in (0, -size % 512 // 2, -size % 512):
        stream = ByteStream(data + bytes(padding))
        (path,) = [entry.path for entry, _ in read_entries(stream, "layer 1", Budget(Limits()))]
        assert path == "/x"
    with pytest.raises(ImageError, match="truncated"):
        list(read_entries(ByteStream(data[:-1]), "layer 1", Budget(Limits())))


def _pax_header(kind: bytes, record: bytes) -> bytes:
    return tar_header(b"pax", b"%011o\0" % len(record), kind) + record.ljust(512, b"\0")


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        (_pax_header(b"x", b"12 path=pax\n"), "/pax"),
        (_pax_header(b"g", b"12 path=all\n"), "/name"),
        (_pax_header(b"x", b"12 path=one\n") + _pax_header(b"x", b"12 path=two\n"), "/two"),
        (tar_header(b"long", b"00000000005\0", b"L") + b"long\0".ljust(512, b"\0"), "/long"),
        (
            tar_header(b"long", b"00000000005\0", b"L")
            + b"long\0".ljust(512, b"\0")
            + _pax_header(b"x", b"12 path=pax\n"),
            "/long",
        ),
        (_pax_header(b"x", b"8 path=\n"), "/name"),
    ],
)
def test_names_match_unpackers(headers: bytes, path: str) -> None:
    (entry,) = (
        entry
        for entry, _ in read_entries(
            ByteStream(headers + tar_header(b"name", b"00000000000\0")), "layer 1", Budget(Limits())
        )
    )
    assert entry.path == path


@settings(max_examples=300)
@given(st.binary(max_size=2000), st.integers(0, 1023))
def test_random_bytes_in_a_layer(data: bytes, offset: int) -> None:
    """There are entries or an ImageError, and nothing else."""
    whole = tar([member("etc/criu/runc.conf", "x"), member("l" * 150, link="y"), member("é", "z")])
    mutated = whole[:offset] + data + whole[offset + len(data) :]
    try:
        for entry, content in read_entries(ByteStream(mutated), "layer 1", Budget(Limits())):
            assert entry.path.startswith("/")
            assert ".." not in entry.path.split("/")
            content.read(10)
    except ImageError as error:
        message = str(error)
    else:
        message = "layer 1"
    assert message.startswith("layer 1")
