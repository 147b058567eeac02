# SPDX-License-Identifier: MIT
"""Root file systems that the package managers of distributions made: rpm, pacman and Nix.

Debian's are in `test_debian`. apk cannot be installed there: its databases are in
``files/apk``, as its releases have written them.
"""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path

import pytest

from tests.image.checks import run_image
from tests.image.make import image, read_tree
from tests.image.tools import needs, run

_VERSIONS = {"criu": "4.2~rc1", "runc": "1.1.5", "podman": "5.4.2", "bash": "5.2"}
_FOUND = {"criu": "4.2-rc1", "runc": "1.1.5", "podman": "5.4.2"}

pytestmark = pytest.mark.programs


def _find_programs(
    capsys: pytest.CaptureFixture[str], root: Path, directory: Path
) -> dict[str, str]:
    """Return what is found in a root, which has to be the same in an image of it."""
    layout = image(read_tree(root)).oci(directory)
    found = []
    for name in (layout, f"dir:{root}"):
        _, out, _ = run_image(capsys, "--format", "inventory", name)
        (record,) = json.loads(out)["images"]
        programs = [record["criu"], *record["runtimes"], *record["engines"]]
        found.append({each["name"]: each["version"] for each in programs if each})
    assert found[0] == found[1]
    return found[0]


def _write_program(directory: Path, name: str) -> None:
    program = directory / "usr" / "bin" / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    document = directory / "usr" / "share" / "doc" / name / "README"
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_text("x\n", encoding="utf-8")


def _make_rpm(directory: Path, name: str, version: str) -> Path:
    _write_program(directory / name, name)
    spec = directory / f"{name}.spec"
    spec.write_text(
        f"Name: {name}\nVersion: {version}\nRelease: 3.fc44\nSummary: x\nLicense: x\n"
        "BuildArch: noarch\n%description\nx\n"
        f"%install\ncp -a {directory}/{name}/usr %{{buildroot}}\n%files\n/usr/bin/{name}\n"
        f"/usr/share/doc/{name}/README\n",
        encoding="utf-8",
    )
    top = directory / f"build-{version}"
    run("rpmbuild", "-bb", "--quiet", f"--define=_topdir {top}", spec, HOME=str(directory))
    return next((top / "RPMS").rglob(f"{name}-*.rpm"))


@pytest.fixture(scope="module")
def rpms(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], Path]:
    """Packages that rpmbuild made, and a newer one of runc."""
    needs("rpm", "rpmbuild")
    if os.geteuid() != 0:
        pytest.skip("rpm needs root to change its root")
    directory = tmp_path_factory.mktemp("rpms")
    packages = [_make_rpm(directory, *each) for each in _VERSIONS.items()]
    return packages, _make_rpm(directory, "runc", "1.3.0")


@pytest.mark.parametrize("database", ["/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"])
def test_rpm(
    database: str,
    rpms: tuple[list[Path], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    packages, newer = rpms
    root = tmp_path / "root"
    root.mkdir()
    rpm = ["rpm", f"--root={root}", f"--define=_dbpath {database}", "--define=_db_backend sqlite"]
    run(*rpm, "-i", "--nodeps", *packages)
    assert (root / f"{database}/rpmdb.sqlite".lstrip("/")).exists()
    assert _find_programs(capsys, root, tmp_path / "i1") == _FOUND
    run(*rpm, "-U", "--nodeps", newer)
    run(*rpm, "-e", "--nodeps", "criu")
    expected = {"runc": "1.3.0", "podman": "5.4.2"}
    assert _find_programs(capsys, root, tmp_path / "i2") == expected
    (root / "usr" / "bin" / "podman").unlink()
    assert _find_programs(capsys, root, tmp_path / "i3") == {"runc": "1.3.0"}


def _make_pacman_package(directory: Path, name: str, version: str) -> Path:
    tree = directory / f"{name}-{version}"
    _write_program(tree, name)
    (tree / ".PKGINFO").write_text(
        f"pkgname = {name}\npkgbase = {name}\npkgver = {version}-1\npkgdesc = x\nurl = x\n"
        "builddate = 1\npackager = x\nsize = 1\narch = any\nlicense = x\n",
        encoding="utf-8",
    )
    package = directory / f"{name}-{version}-1-any.pkg.tar.gz"
    with tarfile.open(package, "w:gz") as archive:
        for member in (".PKGINFO", "usr"):
            archive.add(tree / member, member)
    return package


def test_pacman(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs("pacman")
    if os.geteuid() != 0:
        pytest.skip("pacman needs root")
    root = tmp_path / "root"
    (root / "var" / "lib" / "pacman").mkdir(parents=True)
    (tmp_path / "pacman.conf").write_text(
        "[options]\nSigLevel = Never\nLocalFileSigLevel = Never\n", encoding="utf-8"
    )
    places = {
        "root": root,
        "dbpath": root / "var" / "lib" / "pacman",
        "config": tmp_path / "pacman.conf",
        "cachedir": tmp_path / "cache",
        "gpgdir": tmp_path / "keys",
        "hookdir": tmp_path / "hooks",
        "logfile": tmp_path / "log",
    }
    options = [f"--{name}={path}" for name, path in places.items()]
    pacman = ["pacman", *options, "--noconfirm", "-dd"]
    packages = [
        _make_pacman_package(tmp_path, name, version.replace("~", ""))
        for name, version in _VERSIONS.items()
    ]
    run(*pacman, "-U", *packages)
    assert _find_programs(capsys, root, tmp_path / "i1") == _FOUND
    # Arch's packages of Docker and LXC have an epoch.
    run(*pacman, "-U", _make_pacman_package(tmp_path, "lxc", "1:6.0.4"))
    run(*pacman, "-R", "criu")
    expected = {"runc": "1.1.5", "podman": "5.4.2", "lxc": "6.0.4"}
    assert _find_programs(capsys, root, tmp_path / "i2") == expected
    (root / "usr" / "bin" / "podman").unlink()
    expected = {"runc": "1.1.5", "lxc": "6.0.4"}
    assert _find_programs(capsys, root, tmp_path / "i3") == expected


@pytest.mark.parametrize("place", ["lib/apk/db", "usr/lib/apk/db"])
@pytest.mark.parametrize(
    "database",
    sorted((Path(__file__).parent / "files" / "apk").iterdir()),
    ids=lambda path: path.name,
)
def test_apk(
    database: Path, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Alpine and Wolfi keep it in different places.

    The root has the files that the database lists; ``apk info -v`` said 4.2_rc1-r0 and so on.
    """
    root = tmp_path / "root"
    (root / place).mkdir(parents=True)
    (root / place / "installed").write_bytes(database.read_bytes())
    for name in _VERSIONS:
        _write_program(root, name)
    assert _find_programs(capsys, root, tmp_path / "i1") == _FOUND
    (root / "usr" / "bin" / "podman").unlink()
    expected = {name: version for name, version in _FOUND.items() if name != "podman"}
    assert _find_programs(capsys, root, tmp_path / "i2") == expected


def test_nix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A store with a profile, and one without: paths in it tell the versions."""
    needs("nix-store", "nix-env")
    root = tmp_path / "root"
    store = ["--store", str(root), "--option", "sandbox", "false", "--option", "substituters", ""]
    store += ["--option", "build-users-group", ""]
    added = []
    for name, version in (("criu", "4.2-rc1"), ("runc", "1.1.5"), ("podman-unwrapped", "5.4.2")):
        tree = tmp_path / f"{name}-{version}"
        program = tree / "bin" / name.partition("-")[0]
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n", encoding="utf-8")
        program.chmod(0o755)
        added.append(run("nix-store", *store, "--add", tree, HOME=str(tmp_path)).strip())
    assert _find_programs(capsys, root, tmp_path / "i1") == _FOUND
    profile = root / "nix" / "var" / "nix" / "profiles" / "default"
    run("nix-env", *store, "--profile", profile, "--install", *added, HOME=str(tmp_path))
    assert profile.is_symlink()
    assert _find_programs(capsys, root, tmp_path / "i2") == _FOUND
