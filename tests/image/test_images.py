# SPDX-License-Identifier: MIT
"""Every source gives the same findings, and broken ones are refused in one line."""

from __future__ import annotations

import gzip
import io
import json
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from criulint.cli import main
from criulint.image.budget import Limits
from criulint.image.images import open_images
from criulint.image.reference import host_platform, parse_reference
from tests.image.checks import (
    BAD_FILE,
    EXPECTED_FINDINGS,
    assert_refused,
    check_image,
    find_in_image,
    image_with_findings,
)
from tests.image.make import (
    compressed,
    digest,
    image,
    member,
    several,
    tar,
)
from tests.image.tools import needs, run

pytestmark = pytest.mark.usefixtures("no_leftovers")


@pytest.mark.programs
@pytest.mark.parametrize(
    "target", ["docker-archive:{}:x/y:v1", "oci-archive:{}:v1", "oci:{}:v1", "zstd", "dir"]
)
def test_image_copied_by_skopeo(
    target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs("skopeo")
    layout = image(
        [member("etc/criu/default.conf", "port 0\n")], [member("etc/criu/runc.conf", "nonsense\n")]
    ).oci(tmp_path / "layout", "v1")
    out = tmp_path / "out"
    options: list[str] = []
    name = target.format(out)
    if target == "zstd":
        name, options = f"oci:{out}:v1", ["--dest-compress-format", "zstd"]
    elif target == "dir":
        name = f"oci:{out}"
    run("skopeo", "--insecure-policy", "copy", "--quiet", *options, f"oci:{layout}:v1", name)
    main(["image", "--isolated", "--criu", "4.2.1", "--format", "json", name])
    reported = [
        (one["code"], one["image"]["path"], one["image"]["layer"])
        for one in json.loads(capsys.readouterr().out)
    ]
    assert reported == [
        ("CRIU106", "/etc/criu/default.conf", 1),
        ("CRIU101", "/etc/criu/runc.conf", 2),
    ]


def _index(directory: Path, document: object) -> Path:
    directory.mkdir()
    (directory / "oci-layout").write_text("{}", encoding="utf-8")
    text = document if isinstance(document, str) else json.dumps(document)
    (directory / "index.json").write_text(text, encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "index.json is not JSON"),
        ("[]", "index.json is not a JSON object"),
        ("{}", "index.json has no list of manifests"),
        ({"manifests": {}}, "index.json has no list of manifests"),
        ({"manifests": [1]}, "index.json has no list of manifests"),
        ({"manifests": []}, "the index has no images"),
        ({"manifests": [{}]}, "'None' is not a digest"),
        ({"manifests": [{"digest": "sha256:../../etc/passwd", "size": 1}]}, "is not a digest"),
        ({"manifests": [{"digest": "md5:" + "0" * 32, "size": 1}]}, "is not a digest"),
        ({"manifests": [{"digest": "sha256:" + "0" * 64}]}, "has the size None"),
        ({"manifests": [{"digest": "sha256:" + "0" * 64, "size": -1}]}, "has the size -1"),
        ({"manifests": [{"digest": "sha256:" + "0" * 64, "size": True}]}, "has the size True"),
        (
            {"manifests": [{"digest": "sha256:" + "0" * 64, "size": 10**12}]},
            "more than the 8388608 allowed",
        ),
        ({"manifests": [{"digest": "sha256:" + "0" * 64, "size": 5}]}, "No such file or directory"),
        ("[" * 200_000, "index.json is not JSON"),
        ('{"manifests": ' + "[" * 100_000, "index.json is not JSON"),
    ],
)
def test_invalid_indexes(
    document: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(capsys, message, _index(tmp_path / "i", document))


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**20)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["all", "gzip"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def _replace(document: Any, path: list[int], value: Any) -> Any:
    """Return a document with the value at `path` replaced; its numbers select keys."""
    if not path or not isinstance(document, (dict, list)) or not document:
        return value
    keys = list(document) if isinstance(document, dict) else range(len(document))
    key = keys[path[0] % len(keys)]
    changed = document.copy()
    changed[key] = _replace(document[key], path[1:], value)
    return changed


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.sampled_from(["config", "manifest", "index"]),
    path=st.lists(st.integers(0, 20), max_size=5),
    value=_JSON,
)
def test_random_documents(
    which: str, path: list[int], value: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any mistake in a document with a right digest is at most one line of error."""
    made = image(
        [BAD_FILE],
        env=["CRIU_CONFIG_FILE=/etc/criu/runc.conf"],
        labels={"org.criu.config": "/x"},
        annotations={"a": "b"},
    )
    with tempfile.TemporaryDirectory(dir=tmp_path) as scratch:
        layout = Path(scratch)
        blobs = layout / "blobs" / "sha256"
        made.oci(layout)

        def put(document: Any, changed: bool) -> dict[str, Any]:
            data = json.dumps(_replace(document, path, value) if changed else document).encode()
            (blobs / digest(data).partition(":")[2]).write_bytes(data)
            return {"digest": digest(data), "size": len(data)}

        index = json.loads((layout / "index.json").read_text(encoding="utf-8"))
        manifest = json.loads(
            (blobs / index["manifests"][0]["digest"].partition(":")[2]).read_text(encoding="utf-8")
        )
        manifest["config"] |= put(made.config, which == "config")
        index["manifests"][0] |= put(manifest, which == "manifest") | {
            "platform": {"os": "linux", "architecture": "amd64"}
        }
        index = _replace(index, path, value) if which == "index" else index
        (layout / "index.json").write_text(json.dumps(index), encoding="utf-8")
        status, _, err = check_image(capsys, "-q", "--platform", "linux/amd64", layout)
        assert status in (0, 1, 2), err
        assert len(err.splitlines()) == int(status == 2)


def test_deeply_nested_index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = tmp_path / "i"
    image([BAD_FILE]).oci(directory)
    entry = json.loads((directory / "index.json").read_text(encoding="utf-8"))["manifests"][0]
    for _ in range(8):
        inner = json.dumps({"manifests": [entry]}).encode()
        (directory / "blobs" / "sha256" / digest(inner).partition(":")[2]).write_bytes(inner)
        entry = {
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "digest": digest(inner),
            "size": len(inner),
        }
    (directory / "index.json").write_text(json.dumps({"manifests": [entry]}), encoding="utf-8")
    assert_refused(capsys, "indexes that are nested", directory)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": 5}, "has no list of layers"),
        ({"config": None}, "names no configuration"),
        ({"layers": []}, "the manifest has 0 layers, but the configuration has 1"),
    ],
)
def test_invalid_manifests(
    change: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(capsys, message, image([BAD_FILE]).oci(tmp_path / "i", **change))


@pytest.mark.parametrize(
    ("config", "status"),
    [
        ({"config": 5}, 1),
        ({"config": {"Env": 5, "Labels": []}}, 1),
        ({"config": {"Env": [1, None, "X"], "Labels": {"org.criu.config": 5}}}, 1),
        ({"history": 5}, 1),
        ({"history": [1, {"created_by": 5}, {"empty_layer": "x"}]}, 1),
        ({"os": 5, "architecture": []}, 1),
        ({"rootfs": 5}, 2),
        ({"rootfs": {"diff_ids": "x"}}, 2),
        ({"rootfs": {"diff_ids": [5]}}, 2),
    ],
)
def test_odd_types_in_the_configuration(
    config: dict[str, Any], status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_image(capsys, "-q", image([BAD_FILE], **config).oci(tmp_path / "i"))[0] == status


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Layers": 5}, "names no layers"),
        ({"Config": 5}, "names no configuration"),
        ({"Layers": ["gone.tar"]}, "has no gone.tar"),
        ({"Layers": ["../../../etc/passwd"]}, "has no etc/passwd"),
        ({"Config": "/etc/passwd"}, "has no etc/passwd"),
    ],
)
def test_invalid_docker_archives(
    changes: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(
        capsys,
        message,
        f"docker-archive:{image([BAD_FILE]).docker_archive(tmp_path / 'x.tar', **changes)}",
    )


def test_docker_archive_with_linked_layers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Old versions of Docker write equal layers that way."""
    made = image([BAD_FILE], [BAD_FILE])
    config = json.dumps(made.config).encode()
    manifest = [{"Config": "c.json", "RepoTags": None, "Layers": ["a/layer.tar", "b/layer.tar"]}]
    path = tmp_path / "x.tar"
    path.write_bytes(
        tar(
            [
                member("c.json", config),
                member("a/layer.tar", made.layers[0]),
                member("b/layer.tar", link="../a/layer.tar"),
                member("manifest.json", json.dumps(manifest)),
            ]
        )
    )
    assert check_image(capsys, path)[0] == 1


@pytest.mark.parametrize("link", ["../../etc/passwd", "/etc/passwd", "b/layer.tar"])
def test_docker_archive_link_does_not_lead_out(
    link: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image([BAD_FILE])
    manifest = [{"Config": "c.json", "Layers": ["b/layer.tar"]}]
    members = [
        member("c.json", json.dumps(made.config)),
        member("b/layer.tar", link=link),
        member("manifest.json", json.dumps(manifest)),
    ]
    path = tmp_path / "x.tar"
    path.write_bytes(tar(members))
    assert_refused(capsys, "has no ", path)


def test_names_in_a_docker_archive_are_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "\x1b[2Jc.json"
    manifest = [{"Config": name, "Layers": []}]
    path = tmp_path / "x.tar"
    path.write_bytes(tar([member(name, "nonsense"), member("manifest.json", json.dumps(manifest))]))
    assert_refused(capsys, r"\x1b[2Jc.json is not JSON", path)


def test_skopeo_directory_with_a_large_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "version").write_text("Directory Transport Version: 1.1\n", encoding="utf-8")
    (tmp_path / "manifest.json").write_text(json.dumps({"schemaVersion": 2}), encoding="utf-8")
    assert_refused(
        capsys, "manifest.json has more than 10 bytes", "--limit", "document=10", tmp_path
    )


def test_invalid_archives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert_refused(capsys, "is not a file", f"docker-archive:{fifo}")
    assert_refused(capsys, "is a directory; oci: and dir: read", f"oci-archive:{tmp_path}")
    assert_refused(capsys, "is not a directory; docker-archive: and", f"oci:{__file__}")
    assert_refused(capsys, "No such file or directory", f"docker-archive:{tmp_path}/gone")
    (tmp_path / "text").write_text("hello\n", encoding="utf-8")
    assert_refused(capsys, "text", tmp_path / "text")
    (tmp_path / "empty").touch()
    assert_refused(capsys, "is not an image archive", tmp_path / "empty")


def test_archive_that_is_a_decompression_bomb(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.tar.gz"
    with gzip.open(path, "wb", 6) as file:
        for _ in range(300):
            file.write(bytes(1 << 20))
    assert_refused(capsys, "grows more than 300 times", path)


@pytest.mark.parametrize("stdin", [False, True])
def test_archive_that_is_larger_than_the_disk(
    stdin: bool,
    small_disk: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = gzip.compress(bytes(20 << 20))
    path = tmp_path / "x.tar.gz"
    path.write_bytes(data)
    if stdin:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.decompress(data))))
    name = "docker-archive:-" if stdin else path
    assert_refused(capsys, f"it would fill the disk: {small_disk} has room for ", name)
    assert list(small_disk.iterdir()) == []


def test_context_closes_the_archive(tmp_path: Path) -> None:
    path = image([BAD_FILE]).docker_archive(tmp_path / "x.tar")
    with open_images(parse_reference(str(path)), None, Limits()) as found:
        assert [len(one.read().layers) for one in found] == [1]


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_every_source_gives_the_same_findings(
    compression: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image_with_findings(compression)
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
        assert find_in_image(capsys, name) == EXPECTED_FINDINGS, name


def test_archive_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = image_with_findings().docker_archive(tmp_path / "x.tar").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert find_in_image(capsys, "docker-archive:-") == EXPECTED_FINDINGS


def test_skopeo_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its ``dir:`` is not taken for a root file system."""
    if not shutil.which("skopeo"):
        assert not os.environ.get("CI"), "skopeo is missing"
        pytest.skip("skopeo is missing")
    layout = image_with_findings().oci(tmp_path / "layout", "v1")
    command = [
        "skopeo",
        "--insecure-policy",
        "copy",
        "--quiet",
        f"oci:{layout}:v1",
        f"dir:{tmp_path / 'copy'}",
    ]
    subprocess.run(command, check=True)
    for name in (f"dir:{tmp_path / 'copy'}", tmp_path / "copy"):
        assert find_in_image(capsys, name) == EXPECTED_FINDINGS


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_checkpoint_is_not_an_image(
    compression: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [
        "checkpoint/",
        "checkpoint/core-1.img",
        "config.dump",
        "spec.dump",
        "network.status",
        "rootfs-diff.tar",
    ]
    file = tmp_path / "checkpoint.tar"
    file.write_bytes(compressed(tar(map(member, names)), compression))
    assert main(["image", str(file)]) == 2
    assert (
        capsys.readouterr().err
        == f"criulint: error: {file} is a checkpoint of a container, not an image\n"
    )


@pytest.mark.parametrize(
    ("platform_", "words"),
    [
        ("linux/arm64", ["bad-arm64"]),
        ("linux/arm64/v8", ["bad-arm64"]),
        ("all", ["bad-amd64", "bad-arm64", "bad-s390x"]),
    ],
)
def test_platforms(
    platform_: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["image", "--format", "concise", "--platform", platform_, str(several(tmp_path))])
    out = capsys.readouterr().out
    assert [word for word in ("bad-amd64", "bad-arm64", "bad-s390x") if f"`{word}`" in out] == words


def test_names_of_several_images_in_one_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["image", "--format", "json", "--platform", "all", str(several(tmp_path / "i"))])
    assert [one["image"]["image"] for one in json.loads(capsys.readouterr().out)] == [
        f"{tmp_path / 'i'}[linux/{architecture}]" for architecture in ("amd64", "arm64", "s390x")
    ]
    for tag in ("v1", "v2"):
        image([member("etc/criu/runc.conf", f"{tag}\n")]).oci(tmp_path / "tags", tag)
    main(["image", "--format", "json", str(tmp_path / "tags")])
    assert [one["image"]["image"] for one in json.loads(capsys.readouterr().out)] == [
        f"{tmp_path / 'tags'}:{tag}" for tag in ("v1", "v2")
    ]


def test_default_platform_is_the_hosts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip("no image for this machine")
    main(["image", "--format", "concise", str(several(tmp_path))])
    assert f"`bad-{host_platform().partition('/')[2]}`" in capsys.readouterr().out


def test_missing_platform(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["image", "--platform", "linux/riscv64", str(several(tmp_path / "several"))]) == 2
    reported = capsys.readouterr().err
    for made in (
        image_with_findings().oci(tmp_path / "one"),
        image_with_findings().docker_archive(tmp_path / "one.tar"),
    ):
        assert main(["image", "--platform", "linux/riscv64", str(made)]) == 2
        assert "the image is for linux/amd64, not for linux/riscv64" in capsys.readouterr().err
    assert (
        "no image for linux/riscv64; available: linux/amd64, linux/arm64, linux/s390x (--platform)"
        in reported
    )
