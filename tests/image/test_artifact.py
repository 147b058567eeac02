# SPDX-License-Identifier: MIT
"""What is offered as an image and is something else."""

from __future__ import annotations

import bz2
import json
import lzma
from typing import TYPE_CHECKING, Any

import pytest

from tests.image.checks import BAD_FILE, assert_refused, check_image
from tests.image.make import image, member, tar

if TYPE_CHECKING:
    from pathlib import Path

_ARCHIVE = tar([member("index.json", "{}")])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"FROM debian\nRUN true\n",
            "is a Dockerfile, not an image; check it with `criulint check`",
        ),
        (b"# syntax=x\nARG A=b\n\nfrom $A as b\n" + b"RUN true\n" * 200, "is a Dockerfile"),
        (b'{"schemaVersion": 2}', "is a JSON document, not an image"),
        (b"node:v1\nweb:v2\n", "is a text file, not an image; `criulint image - < FILE` reads"),
        ("é".encode() * 1000, "is a text file, not an image"),
        (b"x" + "é".encode() * 1000, "is a text file, not an image"),
        (b"\x1b[31m" + b"x" * 600, "is not a tar archive"),
        (b"\xff" * 600, "is not a tar archive"),
        (b"", "is not an image archive"),
        (
            lzma.compress(_ARCHIVE),
            "is compressed with xz, which is not supported; run `xz -d` on it first",
        ),
        (bz2.compress(_ARCHIVE), "is compressed with bzip2"),
        (b"PK\x03\x04" + bytes(600), "is a zip archive, not an image"),
        (tar([member("web/Chart.yaml", "x")]), "is a Helm chart, not an image"),
        (tar([member("etc/os-release", "x")]), "is a root file system, not an image; unpack it,"),
        (tar([member("x" * 99, "text")]), "is not an image archive"),
    ],
)
def test_files(
    data: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.tar").write_bytes(data)
    assert_refused(capsys, message, tmp_path / "x.tar")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["Chart.yaml", "templates"], "is a Helm chart, not an image"),
        (["Dockerfile", "src"], "is a build context, not an image"),
        (["Containerfile"], "is a build context, not an image"),
        (["x"], "is neither a root file system nor an image's layout"),
        ([], "is neither a root file system nor an image's layout"),
        (["Dockerfile", "etc"], None),
        (["usr"], None),
    ],
)
def test_directories(
    names: list[str], message: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A gate that looks at a directory of something else must not pass."""
    for name in names:
        (tmp_path / name).mkdir()
    if message:
        assert_refused(capsys, f"{message}", tmp_path)
        assert_refused(capsys, f"(dir:{tmp_path} checks it all the same)", tmp_path)
    else:
        assert check_image(capsys, tmp_path)[0] == 0
    assert check_image(capsys, f"dir:{tmp_path}")[0] == 0


def _descriptor(media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{'0' * 64}", "size": 2}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"config": _descriptor("application/vnd.cncf.helm.config.v1+json")},
            "is a Helm chart, not an image",
        ),
        ({"artifactType": "application/spdx+json"}, "is an SBOM, not an image"),
        (
            {"layers": [_descriptor("application/vnd.dev.cosign.simplesigning.v1+json")]},
            "is a signature of cosign, not an image",
        ),
        ({"config": _descriptor("text/x-odd")}, "is an artifact of the type text/x-odd, not an"),
        (
            {"layers": [_descriptor("application/vnd.oci.image.layer.v1.tar+gzip+encrypted")]},
            "is encrypted",
        ),
        ({"fsLayers": []}, "has a manifest of the old schema 1, which is not supported"),
    ],
)
def test_artifacts(
    changes: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = image([BAD_FILE]).oci(tmp_path / "i", **changes)
    assert_refused(capsys, message, layout)


@pytest.mark.parametrize(
    "mark",
    [
        {"artifactType": "application/vnd.example.sbom.v1"},
        {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}},
        {"platform": {"os": "unknown", "architecture": "unknown"}},
        {"annotations": {"kind": "dev.cosignproject.cosign/sigs"}},
    ],
)
def test_what_is_attached_to_an_image(
    mark: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not one of the images of a layout; alone, it is said to be none."""
    for name, artifact in (("i", True), ("j", False)):
        attached = image([member(f"statement-{name}")])
        layout = attached.oci(tmp_path / name, artifactType="application/vnd.in-toto+json")
        if artifact:
            image([BAD_FILE]).oci(layout)
        index = json.loads((layout / "index.json").read_text(encoding="utf-8"))
        index["manifests"][0].update(mark)
        if artifact:
            index["manifests"][1]["annotations"] = {"kind": "dev.cosignproject.cosign/image"}
        (layout / "index.json").write_text(json.dumps(index), encoding="utf-8")
    _, out, _ = check_image(capsys, "--platform=all", "--format=inventory", tmp_path / "i")
    (record,) = json.loads(out)["images"]
    assert [file["path"] for file in record["files"]] == ["/etc/criu/runc.conf"]
    assert_refused(capsys, "is an attestation, not an image", tmp_path / "j")


def test_a_part_of_a_layout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = image([BAD_FILE]).oci(tmp_path / "i")
    assert json.loads((layout / "index.json").read_text(encoding="utf-8"))
    assert_refused(capsys, "is a JSON document, not an image; name the", layout / "index.json")
