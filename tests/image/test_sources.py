# SPDX-License-Identifier: GPL-2.0-only
"""Where images come from: each source, compression and name gives the same findings."""

from __future__ import annotations

import gzip
import io
import json
import platform
from pathlib import Path
from typing import Any

import pytest

from criulint.cli import main
from criulint.image import ImageError
from criulint.image.reference import parse
from criulint.image.source import this_platform
from tests.image.make import STATUS, Made, image, member


def _bad(compression: str = "gzip") -> Made:
    return image(
        [
            member("etc/"),
            member("etc/passwd", "u:x:1:1::/home/u:/bin/sh\n"),
            member("var/lib/dpkg/status", STATUS.format("4.1.1-1")),
        ],
        [member("etc/criu/default.conf", "ghost-limit 10m\n")],
        [member("home/u/.criu/default.conf", "port 0\n"), member("opt/my.conf", "nonsense\n")],
        env=["PATH=/bin", "CRIU_CONFIG_FILE=/opt/my.conf"],
        compression=compression,
    )


_EXPECTED = [
    ("/etc/criu/default.conf", "CRIU206", 2),
    ("/home/u/.criu/default.conf", "CRIU106", 3),
    ("/opt/my.conf", "CRIU101", 3),
]


def _found(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[tuple[str, str, int]]:
    main(["image", "--isolated", "--format", "json", "--fail-on", "never", *map(str, arguments)])
    return [(one["image"]["path"], one["code"], one["image"]["layer"]) for one in json.loads(capsys.readouterr().out)]


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_every_source_says_the_same(compression: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = _bad(compression)
    layout = made.oci(tmp_path / "layout", "v1")
    archive = made.oci_archive(tmp_path / "oci.tar", "v1")
    docker = made.docker_archive(tmp_path / "docker.tar")
    packed = tmp_path / "docker.tar.gz"
    packed.write_bytes(gzip.compress(docker.read_bytes()))
    for name in (
        f"oci:{layout}",
        f"oci:{layout}:v1",
        f"oci-dir:{layout}:v1",
        layout,
        f"{layout}:v1",
        f"oci-archive:{archive}",
        f"oci-archive:{archive}:v1",
        archive,
        f"docker-archive:{docker}",
        f"docker-archive:{docker}:x:latest",
        docker,
        packed,
    ):
        assert _found(capsys, name) == _EXPECTED, name


def test_an_archive_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = _bad().docker_archive(tmp_path / "x.tar").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert _found(capsys, "docker-archive:-") == _EXPECTED


def _tree(directory: Path) -> Path:
    for name, text in {
        "etc/criu/default.conf": "ghost-limit 10m\n",
        "etc/passwd": "u:x:1:1::/home/u:/bin/sh\n",
        "home/u/.criu/default.conf": "port 0\n",
        "opt/my.conf": "nonsense\n",
        "var/lib/dpkg/status": STATUS.format("4.1.1-1"),
    }.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    return directory


def test_a_root_file_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = _tree(tmp_path / "rootfs")
    expected = [(path, code, 0) for path, code, _ in _EXPECTED[:2]]
    assert _found(capsys, f"dir:{tree}") == expected
    assert _found(capsys, tree) == expected


def test_a_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _tree(tmp_path / "rootfs")
    document = {
        "root": {"path": "rootfs"},
        "process": {"env": ["A=b"]},
        "annotations": {"org.criu.config": "/opt/my.conf"},
    }
    (tmp_path / "config.json").write_text(json.dumps(document), encoding="utf-8")
    expected = [(path, code, 0) for path, code, _ in _EXPECTED]
    assert _found(capsys, f"bundle:{tmp_path}") == expected
    assert _found(capsys, tmp_path) == expected


@pytest.mark.parametrize("where", ["label", "annotation", "variable"])
def test_files_that_something_names(where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "label": {"labels": {"org.criu.config": "/x/y"}},
        "annotation": {"annotations": {"org.criu.config": "/x/y"}},
        "variable": {"env": ["CRIU_CONFIG_FILE=/x/y"]},
    }
    made = image([member("x/z", "network-lock nftables\n"), member("x/y", link="z")], **kinds[where])
    found = _found(capsys, "--criu", "4.2", made.oci(tmp_path / "i"))
    assert [code for _, code, _ in found] == (["CRIU408"] if where == "variable" else ["CRIU404"])
    gone = image([member("x/q")], **kinds[where])
    main(["image", str(gone.oci(tmp_path / "gone"))])
    assert "/x/y is named as CRIU's configuration, and is not there" in capsys.readouterr().err


# --- lists


def _several(directory: Path) -> Path:
    for architecture in ("amd64", "arm64", "s390x"):
        made = image([member("etc/criu/runc.conf", f"bad-{architecture}\n")], architecture=architecture)
        made.oci(directory)
    index = json.loads((directory / "index.json").read_text(encoding="utf-8"))
    for entry, architecture in zip(index["manifests"], ("amd64", "arm64", "s390x"), strict=True):
        entry["platform"] = {"os": "linux", "architecture": architecture}
    inner = json.dumps({"schemaVersion": 2, "manifests": index["manifests"]}).encode()
    from tests.image.make import digest

    (directory / "blobs" / "sha256" / digest(inner).partition(":")[2]).write_bytes(inner)
    outer = {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": digest(inner), "size": len(inner)}
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [outer]}), encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    ("platform_", "words"),
    [
        ("linux/arm64", ["bad-arm64"]),
        ("linux/arm64/v8", ["bad-arm64"]),
        ("all", ["bad-amd64", "bad-arm64", "bad-s390x"]),
    ],
)
def test_platforms(platform_: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["image", "--format", "concise", "--platform", platform_, str(_several(tmp_path))])
    out = capsys.readouterr().out
    assert [word for word in ("bad-amd64", "bad-arm64", "bad-s390x") if f"`{word}`" in out] == words


def test_this_machines_platform_is_the_usual_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip("no image for this machine")
    main(["image", "--format", "concise", str(_several(tmp_path))])
    assert f"`bad-{this_platform().partition('/')[2]}`" in capsys.readouterr().out


def test_a_platform_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["image", "--platform", "linux/riscv64", str(_several(tmp_path))]) == 2
    told = capsys.readouterr().err
    assert "no image for linux/riscv64; there is linux/amd64, linux/arm64, linux/s390x (--platform)" in told


# --- names


@pytest.mark.parametrize(
    ("text", "kind", "location", "tag"),
    [
        ("docker-archive:/x.tar", "docker-archive", "/x.tar", None),
        ("docker-archive:/x.tar:a/b:v1", "docker-archive", "/x.tar", "a/b:v1"),
        ("oci-dir:/x:v1", "oci", "/x", "v1"),
        ("oci:/x", "oci", "/x", None),
        ("dir:/", "dir", "/", None),
        ("podman:a/b", "podman", "a/b", None),
        ("docker:a", "docker-daemon", "a", None),
        ("registry:host:5000/a@sha256:0", "registry", "host:5000/a@sha256:0", None),
        ("registry://host/a", "registry", "host/a", None),
        ("host/a:v1", "name", "host/a:v1", None),
        ("criu", "name", "criu", None),
    ],
)
def test_what_a_name_means(text: str, kind: str, location: str, tag: str | None, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    reference = parse(text)
    assert (reference.kind, reference.location, reference.tag) == (kind, location, tag)


@pytest.mark.parametrize("text", ["oci:", "./gone", "/gone/x"])
def test_a_name_that_is_none(text: str) -> None:
    with pytest.raises(ImageError):
        parse(text)


def test_a_path_with_a_colon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = _bad().oci(tmp_path / "a:b")
    assert _found(capsys, f"oci:{layout}") == _EXPECTED
    assert _found(capsys, layout) == _EXPECTED
