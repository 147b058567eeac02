# SPDX-License-Identifier: GPL-2.0-only
"""Where images come from: each source, compression and name gives the same findings."""

from __future__ import annotations

import gzip
import io
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from criulint.cli import main
from criulint.image import ImageError
from criulint.image.reference import host_platform, parse_reference
from tests.image.make import STATUS, Made, compressed, image, member, several, tar


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
    return [
        (one["image"]["path"], one["code"], one["image"]["layer"])
        for one in json.loads(capsys.readouterr().out)
    ]


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_every_source_says_the_same(
    compression: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"root": {"path": "/nonexistent"}}', "/nonexistent: No such file or directory"),
        ('{"root": {"path": "../other"}}', None),
        ('{"root": {"path": "a\\u0000b"}}', "is not a path"),
        ('{"root": 1, "process": {"env": 2, "cwd": 3}, "annotations": []}', None),
        ("[" * 100_000, "is not JSON"),
        (" " * (9 << 20), "more than 8388608 bytes"),
        (None, "is not a file"),
    ],
)
def test_a_bundle_that_means_harm(
    document: str | None, message: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if document is None and not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    bundle = tmp_path / "bundle"
    for tree in (bundle / "rootfs", tmp_path / "other"):
        (tree / "etc" / "criu").mkdir(parents=True)
        (tree / "etc" / "criu" / "runc.conf").write_text("nonsense\n", encoding="utf-8")
    if document is None:
        os.mkfifo(bundle / "config.json")
    else:
        (bundle / "config.json").write_text(document, encoding="utf-8")
    assert main(["image", "-q", "--format", "concise", f"bundle:{bundle}"]) == (2 if message else 1)
    captured = capsys.readouterr()
    assert (message or "") in captured.err
    assert ("nonsense" in captured.out) == (message is None)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """A directory and a file without the permission, for a root that has no right to all files."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root can lay down its rights")
    tree = _tree(tmp_path / "rootfs")
    (tree / "root").mkdir(mode=0)
    (tree / "etc" / "criu" / "default.conf").chmod(0)
    command = [
        "setpriv",
        "--bounding-set=-dac_override,-dac_read_search",
        sys.executable,
        "-m",
        "criulint",
        "image",
        f"dir:{tree}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    hidden = [
        line for line in done.stderr.splitlines() if "cannot be read: Permission denied" in line
    ]
    assert [line.split()[3] for line in hidden] == [
        "/root/.criu/default.conf",
        "/etc/criu/default.conf",
    ]
    assert "/home/u/.criu/default.conf:1:6: error: CRIU106" in done.stdout


def test_a_directory_of_skopeos(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its ``dir:`` is no root file system."""
    if not shutil.which("skopeo"):
        assert not os.environ.get("CI"), "skopeo is missing"
        pytest.skip("skopeo is missing")
    layout = _bad().oci(tmp_path / "layout", "v1")
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
        assert _found(capsys, name) == _EXPECTED


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_a_checkpoint_is_no_image(
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


# --- where files are


def _places(
    capsys: pytest.CaptureFixture[str], layout: Path, tree: Path | None = None
) -> list[tuple[str, str]]:
    found = sorted(
        (path, code) for path, code, _ in _found(capsys, "--select", "CRIU106,CRIU402", layout)
    )
    if tree:
        assert (
            sorted(
                (path, code)
                for path, code, _ in _found(capsys, "--select", "CRIU106,CRIU402", f"dir:{tree}")
            )
            == found
        )
    return found


@pytest.mark.parametrize(
    ("passwd", "env", "file", "shown"),
    [
        ("a:x:1:1::/:/bin/sh", [], ".criu/default.conf", "/.criu/default.conf"),
        (
            "a:x:1:1::/h//./u/:/bin/sh\nb:x:1:1::/h/u:\n",
            [],
            "h/u/.criu/default.conf",
            "/h/u/.criu/default.conf",
        ),
        (
            "a:x:1:1::relative:/bin/sh\nb:x\n:::::\n\x0c:x:1:1::/h:x\n\0",
            [],
            "h/.criu/default.conf",
            "/h/.criu/default.conf",
        ),
        ("a:x:1:1::/link:", [], "real/.criu/default.conf", "/link/.criu/default.conf"),
        ("", [], "root/.criu/default.conf", "/root/.criu/default.conf"),
        ("", ["HOME=/srv"], "srv/.criu/default.conf", "/srv/.criu/default.conf"),
        ("", ["CRIU_CONFIG_FILE=x.conf"], "work/x.conf", "/work/x.conf"),
    ],
)
def test_homes(
    passwd: str,
    env: list[str],
    file: str,
    shown: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each once, whatever the lines of /etc/passwd are like, and what the image's environment says."""
    made = image(
        [
            member("etc/passwd", passwd),
            member("link", link="real"),
            member(file, "shell-job\nport 0\n"),
        ],
        env=env,
    )
    made.config["config"]["WorkingDir"] = "/work"
    assert _places(capsys, made.oci(tmp_path / "i")) == [(shown, "CRIU106")]


def test_a_linked_directory_and_names_that_nobody_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A root file system says the same as an image, in the directories where such names are usual."""
    tree = tmp_path / "tree"
    for name in ("opt/x/default.conf", "opt/x/podman.conf", "home/u/.criurc"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("shell-job\nport 0\n", encoding="utf-8")
    (tree / "etc" / "criu.d").mkdir(parents=True)
    (tree / "etc" / "criu.d" / "x.conf").write_text("shell-job\nport 0\n", encoding="utf-8")
    (tree / "etc" / "criu").symlink_to("/opt/x")
    (tree / "etc" / "passwd").write_text("u:x:1:1::/home/u:/bin/sh\n", encoding="utf-8")
    members = [
        member(str(path.relative_to(tree)), link="/opt/x")
        if path.is_symlink()
        else member(str(path.relative_to(tree)), path.read_bytes())
        for path in sorted(tree.rglob("*"))
        if path.is_symlink() or path.is_file()
    ]
    found = _places(capsys, image(members).oci(tmp_path / "i"), tree)
    assert [path for path, code in found if code == "CRIU402"] == [
        "/etc/criu.d/x.conf",
        "/etc/criu/podman.conf",
        "/home/u/.criurc",
    ]
    assert ("/etc/criu/default.conf", "CRIU106") in found


def test_usr_etc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It becomes /etc where ostree deploys it: its files are checked as what they become."""
    layout = image([member("usr/etc/criu/runc.conf", "network-lock nftables\n")]).oci(
        tmp_path / "i"
    )
    assert _found(capsys, "--criu", "4.2", layout) == [("/usr/etc/criu/runc.conf", "CRIU404", 1)]


@pytest.mark.parametrize("where", ["label", "annotation", "variable"])
def test_files_that_something_names(
    where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "label": {"labels": {"org.criu.config": "/x/y"}},
        "annotation": {"annotations": {"org.criu.config": "/x/y"}},
        "variable": {"env": ["CRIU_CONFIG_FILE=/x/y"]},
    }
    made = image(
        [member("x/z", "network-lock nftables\n"), member("x/y", link="z")], **kinds[where]
    )
    found = _found(capsys, "--criu", "4.2", made.oci(tmp_path / "i"))
    assert [code for _, code, _ in found] == (["CRIU408"] if where == "variable" else ["CRIU404"])
    gone = image([member("x/q")], **kinds[where])
    main(["image", str(gone.oci(tmp_path / "gone"))])
    assert (
        "/x/y does not exist, but the image names it as CRIU's configuration"
        in capsys.readouterr().err
    )


# --- lists


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


def test_several_images_of_one_source_have_names(
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


def test_this_machines_platform_is_the_usual_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip("no image for this machine")
    main(["image", "--format", "concise", str(several(tmp_path))])
    assert f"`bad-{host_platform().partition('/')[2]}`" in capsys.readouterr().out


def test_a_platform_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["image", "--platform", "linux/riscv64", str(several(tmp_path / "several"))]) == 2
    told = capsys.readouterr().err
    for made in (_bad().oci(tmp_path / "one"), _bad().docker_archive(tmp_path / "one.tar")):
        assert main(["image", "--platform", "linux/riscv64", str(made)]) == 2
        assert "the image is for linux/amd64, not for linux/riscv64" in capsys.readouterr().err
    assert (
        "no image for linux/riscv64; available: linux/amd64, linux/arm64, linux/s390x (--platform)"
        in told
    )


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
        ("docker://host/a:v1", "registry", "host/a:v1", None),
        ("docker-daemon:a:v1", "docker-daemon", "a:v1", None),
        ("host/a:v1", "name", "host/a:v1", None),
        ("criu", "name", "criu", None),
    ],
)
def test_what_a_name_means(
    text: str, kind: str, location: str, tag: str | None, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    reference = parse_reference(text)
    assert (reference.kind, reference.location, reference.tag) == (kind, location, tag)


@pytest.mark.parametrize("text", ["oci:", "./gone", "/gone/x"])
def test_a_name_that_is_none(text: str) -> None:
    with pytest.raises(ImageError):
        parse_reference(text)


def test_a_path_with_a_colon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = _bad().oci(tmp_path / "a:b")
    assert _found(capsys, f"oci:{layout}") == _EXPECTED
    assert _found(capsys, layout) == _EXPECTED
