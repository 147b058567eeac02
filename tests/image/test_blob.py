# SPDX-License-Identifier: MIT
"""Layers are verified and decompressed, and hostile ones are refused."""

from __future__ import annotations

import gzip
import os
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest
import zstandard

from tests.image.checks import (
    BAD_FILE,
    assert_refused,
    image_with_history,
    run_image,
)
from tests.image.make import (
    Made,
    compressed,
    digest,
    image,
    member,
    tar,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("no_leftovers")


def test_without_isal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "isal", None)
    assert (
        run_image(capsys, "--format", "concise", image_with_history().oci(tmp_path / "i"))[0] == 1
    )


def test_without_zstandard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert run_image(capsys, image_with_history().oci(tmp_path / "i"))[0] == 1
    status, _, err = run_image(capsys, image_with_history(compression="zstd").oci(tmp_path / "j"))
    assert status == 2
    assert "install criulint with the extra `image`" in err


def _replace_blob(made: Made, directory: Path, number: int, data: bytes) -> Path:
    """Write a layout in which the stored bytes of a layer are replaced."""
    made.oci(directory)
    name = digest(compressed(made.layers[number], made.compression)).partition(":")[2]
    (directory / "blobs" / "sha256" / name).write_bytes(data)
    return directory


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("flip", ""),
        ("cut", ""),
        ("longer", "is larger than its descriptor says"),
        ("empty", "is truncated: 0 of"),
        ("other", ""),
    ],
)
def test_layer_is_verified(
    change: str, message: str, compression: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image([BAD_FILE, member("x", os.urandom(5000))], compression=compression)
    stored = compressed(made.layers[0], compression)
    data = {
        "flip": stored[:-700] + bytes([stored[-700] ^ 1]) + stored[-699:],
        "cut": stored[:-700],
        "longer": stored + b"\0" * 512,
        "empty": b"",
        "other": compressed(tar([member("etc/criu/runc.conf", "tcp-close\n")]), compression),
    }[change]
    assert_refused(capsys, message, _replace_blob(made, tmp_path / "i", 0, data))


def test_wrong_diff_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = image([BAD_FILE])
    made.config["rootfs"]["diff_ids"] = [digest(b"something else")]
    assert_refused(capsys, "decompressed, does not match its digest", made.oci(tmp_path / "i"))


def test_layer_of_a_docker_archive_is_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image([BAD_FILE])
    made.config["rootfs"]["diff_ids"] = [digest(b"something else")]
    assert_refused(capsys, "does not match its digest", made.docker_archive(tmp_path / "x.tar"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"not a tar archive" * 100, "is not a tar archive"),
        (b"\x1f\x8b\x08\0garbage", "cannot be decompressed"),
        (b"\x28\xb5\x2f\xfdgarbage", "cannot be decompressed"),
        (
            gzip.compress(tar([member("a", os.urandom(20_000))]))[:-5000],
            "cannot be decompressed: it is truncated",
        ),
        (tar([member("a", "x" * 2000)])[:1500], "does not match its digest"),
    ],
)
def test_invalid_layers(
    data: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image([BAD_FILE])
    made.oci(tmp_path / "i")
    name = digest(data)
    (tmp_path / "i" / "blobs" / "sha256" / name.partition(":")[2]).write_bytes(data)
    layers = [
        {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": name, "size": len(data)}
    ]
    directory = tmp_path / "j"
    (tmp_path / "i" / "blobs").rename(tmp_path / "blobs")
    made.oci(directory, layers=layers)
    for blob in (tmp_path / "blobs" / "sha256").iterdir():
        blob.rename(directory / "blobs" / "sha256" / blob.name)
    assert_refused(capsys, message, directory)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_decompression_bomb(
    compression: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Many zeros, which shrink a thousand times and more, are refused."""
    directory = tmp_path / "i"
    made = image([BAD_FILE])
    made.oci(directory)
    size = 400 << 20
    info = tarfile.TarInfo("zeros")
    info.size = size
    path = tmp_path / "bomb"
    chunk = bytes(1 << 20)
    with gzip.open(path, "wb", 6) if compression == "gzip" else zstandard.open(path, "wb") as file:
        file.write(info.tobuf())
        for _ in range(size >> 20):
            file.write(chunk)
        file.write(bytes(1024))
    data = path.read_bytes()
    assert len(data) < size // 900
    name = digest(data)
    (directory / "blobs" / "sha256" / name.partition(":")[2]).write_bytes(data)
    entry = [
        {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": name, "size": len(data)}
    ]
    (directory / "index.json").unlink()
    made.oci(directory, layers=entry)
    assert_refused(
        capsys,
        "grows more than 300 times when decompressed (--limit ratio=N allows more)",
        directory,
    )


def test_zstd_window_too_large(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = b"\x28\xb5\x2f\xfd\x00" + bytes([(31 - 10) << 3]) + b"\x01\x00\x00"
    made = image([BAD_FILE])
    directory = tmp_path / "i"
    made.oci(directory)
    name = digest(frame)
    (directory / "blobs" / "sha256" / name.partition(":")[2]).write_bytes(frame)
    (directory / "index.json").unlink()
    made.oci(directory, layers=[{"mediaType": "x", "digest": name, "size": len(frame)}])
    assert_refused(capsys, "cannot be decompressed", directory)
