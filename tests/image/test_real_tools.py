# SPDX-License-Identifier: GPL-2.0-only
"""Images made by Buildah and umoci, moved by skopeo, out of a real registry; the view compared with what umoci unpacks."""

from __future__ import annotations

import base64
import json
import os
import random
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from criulint.cli import main
from criulint.host.filesystem import Kind
from criulint.image import Limits
from criulint.image.filesystem import Filesystem
from criulint.image.reference import parse
from criulint.image.source import images
from tests.image.make import image, member, tar
from tests.image.test_filesystem import applied, as_tar, whole_view
from tests.image.tools import Registry, needs, push, run

pytestmark = [
    pytest.mark.programs,
    pytest.mark.skipif(sys.platform != "linux", reason="the tools are those of Linux"),
]


_DOCKERFILE = """\
FROM scratch AS base
COPY busybox /bin/busybox
COPY busybox /bin/sh

FROM base
LABEL org.criu.config=/etc/criu/my.conf
ENV A=b
COPY default.conf \\
     /etc/criu/default.conf
RUN /bin/busybox mkdir -p /opt/x && \\
    echo 'port 0' > /etc/criu/runc.conf
# a comment
RUN echo 'network-lock nftables' > /etc/criu/my.conf
RUN /bin/busybox rm -r /etc/criu/runc.conf /opt && /bin/busybox ln -s criu/my.conf /etc/link && \\
    /bin/busybox ln /etc/criu/my.conf /etc/hard
CMD ["/bin/sh"]
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with what Buildah makes of the Dockerfile: ``layers``, a layer for each step, and ``one``."""
    needs("buildah", "busybox")
    if os.geteuid() != 0:
        pytest.skip("Buildah's RUN takes root here")
    directory = tmp_path_factory.mktemp("built")
    shutil.copy(str(shutil.which("busybox")), directory / "busybox")
    (directory / "default.conf").write_text("ghost-limit 10m\n", encoding="utf-8")
    (directory / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
    store = [
        "--root",
        str(directory / "store"),
        "--runroot",
        str(directory / "run"),
        "--storage-driver",
        "vfs",
    ]
    for name, option in (("layers", "--layers"), ("one", "--layers=false")):
        run(
            "buildah",
            *store,
            "bud",
            "--isolation",
            "chroot",
            "--quiet",
            option,
            "--tag",
            name,
            ".",
            cwd=directory,
        )
        run("buildah", *store, "push", "--quiet", name, f"oci:{directory / name}:v1")
    return directory


@pytest.mark.parametrize("kind", ["layers", "one"])
def test_the_step_and_its_line_are_named(
    built: Path, kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where Buildah made one layer of all steps."""
    monkeypatch.chdir(built)
    arguments = [
        "image",
        "--isolated",
        "--criu",
        "4.2",
        "--dockerfile",
        "Dockerfile",
        "--format",
        "json",
        f"oci:{kind}:v1",
    ]
    assert main(arguments) == 1
    told = {
        one["code"]: (
            one["image"]["path"],
            one["image"]["dockerfile"],
            one["image"]["line"],
            one["image"]["step"],
        )
        for one in json.loads(capsys.readouterr().out)
    }
    copied = told.pop("CRIU206")
    assert copied[:3] == ("/etc/criu/default.conf", "Dockerfile", 8)
    assert copied[3].startswith("COPY file:")
    assert told == {
        "CRIU404": (
            "/etc/criu/my.conf",
            "Dockerfile",
            13,
            "RUN echo 'network-lock nftables' > /etc/criu/my.conf",
        )
    }


def test_a_dockerfile_of_another_image_is_not_believed(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "Dockerfile"
    other.write_text("FROM x\nRUN something else\nRUN another thing\n", encoding="utf-8")
    main(["image", "--dockerfile", str(other), "--format", "json", f"oci:{built / 'layers'}:v1"])
    captured = capsys.readouterr()
    assert {one["image"]["dockerfile"] for one in json.loads(captured.out)} == {None}
    assert "was not made by" in captured.err


def _view(reference: str) -> Filesystem:
    with images(parse(reference), None, Limits()) as found:
        (one,) = found
        return whole_view(one.layers)


def _same_as_unpacked(view: Filesystem, rootfs: Path) -> None:
    """Everything in a directory is in the view, with the same kind, mode, owner, target and content; and nothing else is."""
    there = set()
    for directory, directories, files in os.walk(rootfs):
        for name in (*directories, *files):
            real = Path(directory) / name
            path = f"/{real.relative_to(rootfs)}"
            there.add(path)
            status, found = view.lstat(path), real.lstat()
            assert status, path
            assert status.mode == stat.S_IMODE(found.st_mode) or status.kind is Kind.LINK, path
            assert (status.uid, status.gid) == (found.st_uid, found.st_gid), path
            if real.is_symlink():
                assert (status.kind, status.target) == (Kind.LINK, os.readlink(real))
            elif real.is_dir():
                assert status.kind is Kind.DIRECTORY
            elif real.is_file():
                file = view.file(path)
                assert status.kind is Kind.FILE
                assert (
                    real.stat().st_size > Limits().file
                    if file is None
                    else file.data == real.read_bytes()
                ), path
    assert {path for path in view.names() if path != "/"} == there


@pytest.mark.parametrize("kind", ["layers", "one"])
def test_the_view_is_what_umoci_unpacks(built: Path, kind: str, tmp_path: Path) -> None:
    needs("umoci")
    run("umoci", "unpack", "--image", f"{built / kind}:v1", tmp_path / "bundle")
    _same_as_unpacked(_view(f"oci:{built / kind}:v1"), tmp_path / "bundle" / "rootfs")


@pytest.mark.parametrize("seed", range(12))
def test_random_layers_are_what_umoci_unpacks(seed: int, tmp_path: Path) -> None:
    needs("umoci")
    if os.geteuid() != 0:
        pytest.skip("umoci keeps owners only as root")
    chance = random.Random(seed)
    layers = []
    for _ in range(chance.randint(1, 5)):
        entries = [
            (
                chance.choice(["file", "file", "dir", "gone", "opaque", "hard"]),
                "/".join(chance.choices("abc", k=chance.randint(1, 3))),
                "/".join(chance.choices("abc", k=chance.randint(1, 3))),
            )
            for _ in range(chance.randint(1, 8))
        ]
        layers.append(entries)
    cleaned, expected = applied(layers)
    layout = tmp_path / "layout"
    image(*(as_tar(layer, number) for number, layer in enumerate(cleaned, 1))).oci(layout, "v1")
    run("umoci", "unpack", "--image", f"{layout}:v1", tmp_path / "bundle")
    view = _view(f"oci:{layout}:v1")
    _same_as_unpacked(view, tmp_path / "bundle" / "rootfs")
    assert {path[1:] for path in view.names() if path != "/"} == set(expected)


def test_umocis_own_whiteouts_and_links(tmp_path: Path) -> None:
    """A layer that umoci made of changes on disk: removed files, a replaced directory, hard links, odd modes."""
    needs("umoci")
    if os.geteuid() != 0:
        pytest.skip("umoci keeps owners only as root")
    layout, bundle = tmp_path / "layout", tmp_path / "bundle"
    first = [
        member("etc/criu/runc.conf", "x"),
        member("d/a", "1"),
        member("d/b/c", "2"),
        member("e/f", "3"),
        member("g", "4"),
    ]
    image(first).oci(layout, "v1")
    run("umoci", "unpack", "--image", f"{layout}:v1", bundle)
    rootfs = bundle / "rootfs"
    (rootfs / "etc" / "criu" / "runc.conf").unlink()
    shutil.rmtree(rootfs / "d")
    (rootfs / "d").write_text("now a file", encoding="utf-8")
    os.link(rootfs / "g", rootfs / "e" / "hard")
    (rootfs / "e").chmod(0o1777)
    (rootfs / "l").symlink_to("/e/f")
    os.chown(rootfs / "g", 12, 34)
    run("umoci", "repack", "--image", f"{layout}:v2", bundle)
    run("umoci", "unpack", "--image", f"{layout}:v2", tmp_path / "again")
    _same_as_unpacked(_view(f"oci:{layout}:v2"), tmp_path / "again" / "rootfs")


@pytest.mark.parametrize(
    "target", ["docker-archive:{}:x/y:v1", "oci-archive:{}:v1", "oci:{}:v1", "zstd", "dir"]
)
def test_what_skopeo_makes_of_an_image_says_the_same(
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
    told = [
        (one["code"], one["image"]["path"], one["image"]["layer"])
        for one in json.loads(capsys.readouterr().out)
    ]
    assert told == [("CRIU106", "/etc/criu/default.conf", 1), ("CRIU101", "/etc/criu/runc.conf", 2)]


# --- a registry


@pytest.fixture
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    needs("docker-registry", "skopeo", "htpasswd")
    made = Registry(tmp_path, getattr(request, "param", None))
    yield made
    made.stop()


def test_a_registry(registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = image([member("etc/criu/runc.conf", "port 0\n")])
    push(registry, made.oci(tmp_path / "layout", "v1"))
    reference = f"registry:{registry.address}/a/b:v1"
    assert main(["image", "--insecure", "--format", "json", reference]) == 1
    (told,) = json.loads(capsys.readouterr().out)
    assert told["path"] == f"{reference}:/etc/criu/runc.conf"
    digest = told["image"]["digest"]
    assert (
        main(
            ["image", "--insecure", "--format", "json", f"registry:{registry.address}/a/b@{digest}"]
        )
        == 1
    )
    (again,) = json.loads(capsys.readouterr().out)
    assert again["image"]["digest"] == digest
    assert main(["image", "--insecure", "-q", f"{registry.address}/a/b:v1"]) == 1
    capsys.readouterr()
    # Plain HTTP is spoken only if that is asked for.
    assert main(["image", reference]) == 2
    assert (
        "server gave HTTP response to HTTPS client (--insecure does without)"
        in capsys.readouterr().err
    )
    assert main(["image", "--insecure", f"registry:{registry.address}/a/gone:v1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "name unknown" in line or "manifest unknown" in line


@pytest.mark.parametrize("registry", ["me:secret"], indirect=True)
def test_a_registry_that_wants_a_password(
    registry: Registry,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    push(
        registry,
        image([member("etc/criu/runc.conf", "port 0\n")]).oci(tmp_path / "layout", "v1"),
        "--dest-creds",
        "me:secret",
    )
    reference = f"registry:{registry.address}/a/b:v1"
    nobody = tmp_path / "nobody.json"
    nobody.write_text("{}", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(nobody))
    assert main(["image", "--insecure", reference]) == 2
    assert "authentication required" in capsys.readouterr().err
    login = tmp_path / "auth.json"
    secret = base64.b64encode(b"me:secret").decode()
    login.write_text(json.dumps({"auths": {registry.address: {"auth": secret}}}), encoding="utf-8")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(login))
    assert main(["image", "--insecure", "-q", reference]) == 1


def test_a_local_store(
    built: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Buildah and Podman keep, read by skopeo."""
    needs("skopeo")
    configuration = built / "storage.conf"
    text = (
        f'[storage]\ndriver = "vfs"\ngraphroot = "{built / "store"}"\nrunroot = "{built / "run"}"\n'
    )
    configuration.write_text(text, encoding="utf-8")
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(configuration))
    for name in ("podman:localhost/layers:latest", "containers-storage:localhost/layers"):
        assert main(["image", "--criu", "4.2", "--format", "concise", name]) == 1
        assert "CRIU404" in capsys.readouterr().out


def test_the_recipe_of_the_guide(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Build, look, fail, and leave a SARIF report with the Dockerfile's path."""
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "images.md").read_text(encoding="utf-8")
    recipe, listed = re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
    program = built / "bin" / "criulint"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m criulint "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    configuration = built / "recipe.conf"
    text = (
        f'[storage]\ndriver = "vfs"\ngraphroot = "{built}/recipe"\nrunroot = "{built}/recipe-run"\n'
    )
    configuration.write_text(text, encoding="utf-8")
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "CONTAINERS_STORAGE_CONF": str(configuration),
        "BUILDAH_ISOLATION": "chroot",
        "GITHUB_WORKSPACE": str(built),
    }
    done = subprocess.run(
        ["sh", "-e", "-c", recipe],
        cwd=built,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert (
        "::warning title=CRIU206 number-misread,file=Dockerfile,line=8,endLine=8::" in done.stdout
    )
    (run,) = json.loads((built / "criulint.sarif").read_text(encoding="utf-8"))["runs"]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    told = {(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places}
    assert told == {("Dockerfile", 8), ("Dockerfile", 13)}
    (built / "images.txt").write_text("oci:build/node:ci\noci:layers:v1\n", encoding="utf-8")
    done = subprocess.run(
        ["sh", "-e", "-c", listed],
        cwd=built,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "oci:layers:v1:/etc/criu/default.conf" in (built / "criulint.xml").read_text(
        encoding="utf-8"
    )


def test_without_skopeo_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert main(["image", "registry:example.org/x"]) == 2
    assert "skopeo is needed for it, and is not installed" in capsys.readouterr().err


def test_a_daemon_that_is_not_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("skopeo")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    assert main(["image", "docker:x"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("criulint: error: docker:x: ")


def test_an_empty_tar_is_an_image_without_files(tmp_path: Path) -> None:
    layout = image(tar([])).oci(tmp_path / "layout", "v1")
    assert list(_view(f"oci:{layout}:v1").names()) == ["/"]
