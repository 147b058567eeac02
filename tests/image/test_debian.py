# SPDX-License-Identifier: MIT
"""Images with Debian's own packages: their real databases and programs."""

from __future__ import annotations

import json
import os
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from criulint.image.packages import parse_upstream_version
from tests.image.checks import run_image
from tests.image.make import image, member, read_tree
from tests.image.tools import needs, run

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGES = ("criu", "runc", "crun", "podman")
_CONFIG = member("etc/criu/default.conf", "tcp-established\n")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A root with packages that dpkg itself has unpacked, and their versions."""
    needs("dpkg", "apt-get")
    if os.geteuid() != 0:
        pytest.skip("dpkg needs root")
    directory = tmp_path_factory.mktemp("debian")
    root = directory / "root"
    for name in ("info", "updates"):
        (root / "var" / "lib" / "dpkg" / name).mkdir(parents=True)
    for name in ("status", "available"):
        (root / "var" / "lib" / "dpkg" / name).touch()
    # The user _apt cannot write into pytest's directories.
    run("apt-get", "-o", "APT::Sandbox::User=root", "download", "-q", *_PACKAGES, cwd=directory)
    packages = sorted(directory.glob("*.deb"))
    forced = ("--force-depends", "--force-script-chrootless")
    run("dpkg", f"--root={root}", *forced, "--unpack", *packages)
    versions = {}
    for package in packages:
        name, version = run("dpkg-deb", "--show", package).split()
        versions[name] = parse_upstream_version(version) or ""
    return root, versions


@pytest.mark.programs
def test_packages_of_debian(
    installed: tuple[Path, dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unpacked packages count, and the programs that tell their versions agree with them."""
    root, versions = installed
    layout = image(read_tree(root), [_CONFIG]).oci(tmp_path / "i")
    (tmp_path / "link").symlink_to(root)
    for name in (layout, f"dir:{root}"):
        status, out, err = run_image(capsys, "--format", "inventory", name)
        (found,) = json.loads(out)["images"]
        programs: list[Any] = [found["criu"], *found["runtimes"], *found["engines"]]
        assert {each["name"]: each["version"] for each in programs} == versions
        assert found["criu"]["path"].endswith("bin/criu")
        assert "checking for the program's version" not in err
        if name is layout:
            codes = [(one["code"], one["severity"]) for one in found["findings"]]
            assert (status, codes) == (1, [("CRIU401", "warning")])


@pytest.mark.programs
def test_a_package_whose_program_was_removed_or_replaced(
    installed: tuple[Path, dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, versions = installed
    name = "usr/sbin/criu" if (root / "usr/sbin/criu").exists() else "usr/bin/criu"
    directory, _, _ = name.rpartition("/")
    real = (root / name).read_bytes()
    assert versions["criu"].encode() in real
    other = real.replace(versions["criu"].encode(), b"4.1.1."[: len(versions["criu"])])
    for number, (layer, expected) in enumerate(
        (
            (member(f"{directory}/.wh.criu"), None),
            (member(name, other, mode=0o755), parse_upstream_version("4.1.1.")),
        )
    ):
        layers = [read_tree(root), [layer, _CONFIG]]
        layout = image(*layers).oci(tmp_path / str(number))
        _, out, err = run_image(capsys, "--format", "inventory", layout)
        (found,) = json.loads(out)["images"]
        assert (found["criu"] and found["criu"]["version"]) == expected
        assert ("checking for the program's version" in err) == (expected is not None)


def _options_of(suite: str) -> list[str]:
    """Return how mmdebstrap is to make a suite; experimental is not complete without sid."""
    # A mirror may be some weeks old.
    options = ["--aptopt=Acquire::Check-Valid-Until false"]
    if suite != "experimental":
        return [*options, suite]
    more = "s/ sid / experimental /p"
    add = f"cd \"$1/etc/apt\" && sed -n '{more}' sources.list > sources.list.d/more.list"
    prefer = '--aptopt=APT::Default-Release "experimental"'
    return [*options, f"--setup-hook={add}", prefer, "sid"]


@pytest.mark.suites
@pytest.mark.parametrize("suite", ["bookworm", "trixie", "sid", "experimental"])
def test_suites_of_debian(suite: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """mmdebstrap makes the root, Buildah an image of it, and skopeo moves that."""
    needs("mmdebstrap", "buildah", "skopeo")
    archive = tmp_path / "root.tar"
    include = f"--include={','.join(_PACKAGES)}"
    run("mmdebstrap", "--variant=apt", include, *_options_of(suite), archive)
    (tmp_path / "default.conf").write_text("tcp-established\n", encoding="utf-8")
    (tmp_path / "Dockerfile").write_text(
        "FROM scratch\nADD root.tar /\nCOPY default.conf /etc/criu/\n"
        "RUN chmod 600 /etc/criu/default.conf\n",
        encoding="utf-8",
    )
    store = [f"--root={tmp_path}/store", f"--runroot={tmp_path}/run", "--storage-driver=vfs"]
    build = ["bud", "--isolation=chroot", "--layers", "--quiet", "--tag=node", "."]
    run("buildah", *store, *build, cwd=tmp_path)
    run("buildah", *store, "push", "--quiet", "node", f"oci:{tmp_path}/i:v1")
    moved = f"docker-archive:{tmp_path}/moved.tar:node:v1"
    run("skopeo", "--insecure-policy", "copy", "--quiet", f"oci:{tmp_path}/i:v1", moved)
    with tarfile.open(archive) as root:
        status_file = root.extractfile("./var/lib/dpkg/status")
        assert status_file is not None
        stanzas = status_file.read().decode().split("\n\n")
    versions = {}
    for stanza in stanzas:
        fields = dict(line.partition(": ")[::2] for line in stanza.splitlines())
        if fields.get("Package") in _PACKAGES:
            versions[fields["Package"]] = parse_upstream_version(fields["Version"])
    dockerfile = tmp_path / "Dockerfile"
    for name in (f"oci:{tmp_path}/i:v1", moved.rpartition(":node")[0]):
        _, out, _ = run_image(capsys, "--dockerfile", dockerfile, "--format", "inventory", name)
        (found,) = json.loads(out)["images"]
        programs = [found["criu"], *found["runtimes"], *found["engines"]]
        assert {each["name"]: each["version"] for each in programs if each} == versions
        (finding,) = [one for one in found["findings"] if one["code"] == "CRIU401"]
        assert finding["image"]["line"] == 3
