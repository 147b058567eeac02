# SPDX-License-Identifier: GPL-2.0-only
"""Which CRIU, runc and crun an image has, told by real databases and real programs."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from criulint.cli import main
from criulint.criu.releases import latest_release
from criulint.image.packages import Versions, upstream
from tests.image.make import image, member


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3.17.1-2+deb12u2", "3.17.1"),
        ("4.1.1-r0", "4.1.1"),
        ("1:4.2-1.fc44", "4.2"),
        ("1.1.5+ds1-1+deb12u1", "1.1.5"),
        ("1.2.0~rc.3+ds1-2", "1.2.0-rc.3"),
        ("1.0.0-rc93", "1.0.0-rc93"),
        ("v4.1", "4.1"),
        ("unknown", None),
        ("", None),
    ],
)
def test_upstream_versions(text: str, number: str | None) -> None:
    assert upstream(text) == number


def _told(path: str, data: bytes, name: str = "criu") -> str | None:
    versions = Versions()
    watch = versions.look(path)
    assert watch
    watch(io.BytesIO(data), len(data))
    found = versions.of(name, lambda path: True)
    return (found.number or None) if found else None


_DPKG = b"""\
Package: libcriu2
Status: install ok installed
Version: 9.9

Package: criu
Status: install ok installed
Description: x
 Package: criu
 Version: 0.0
Version: 3.17.1-2

Package: runc
Status: deinstall ok config-files
Version: 1.1.5

Package: crun
Version: 1.8.1-1
Status: install ok installed
"""


def test_dpkg() -> None:
    assert _told("/var/lib/dpkg/status", _DPKG) == "3.17.1"
    assert _told("/var/lib/dpkg/status", _DPKG, "runc") is None
    assert _told("/var/lib/dpkg/status", _DPKG, "crun") == "1.8.1"
    assert _told("/var/lib/dpkg/status.d/criu", b"Package: criu\nVersion: 4.1.1-1\n") == "4.1.1"


def test_a_real_database_of_dpkgs() -> None:
    database = Path("/var/lib/dpkg/status")
    if not database.exists() or not shutil.which("criu"):
        pytest.skip("no Debian, or no CRIU")
    asked = ["dpkg-query", "--show", "--showformat=${Version}", "criu"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    assert _told("/var/lib/dpkg/status", database.read_bytes()) == upstream(said)


def test_apk() -> None:
    data = b"C:Q1x\nP:criu\nV:4.1.1-r2\nA:x86_64\n\nP:crun\nV:1.21-r0\n"
    assert _told("/lib/apk/db/installed", data) == "4.1.1"
    assert _told("/lib/apk/db/installed", data, "crun") == "1.21"


@pytest.mark.parametrize("data", [b"", b"garbage", b"SQLite format 3\0" + b"x" * 600])
def test_an_rpm_database_that_is_none(data: bytes) -> None:
    assert _told("/var/lib/rpm/rpmdb.sqlite", data) is None


@pytest.mark.programs
def test_rpm(tmp_path: Path) -> None:
    """A database that rpm itself wrote, of a package that rpmbuild made."""
    for program in ("rpm", "rpmbuild"):
        if not shutil.which(program):
            assert not os.environ.get("CI"), f"{program} is missing"
            pytest.skip(f"{program} is missing")
    for name, version in (("criu", "4.1.1"), ("bash", "5.2"), ("crun", "1.21")):
        spec = tmp_path / f"{name}.spec"
        spec.write_text(
            f"Name: {name}\nVersion: {version}\nRelease: 3.fc44\nSummary: x\nLicense: x\nBuildArch: noarch\n"
            "%description\nx\n%files\n",
            encoding="utf-8",
        )
        command = ["rpmbuild", "-bb", "--quiet", f"--define=_topdir {tmp_path}/build", str(spec)]
        subprocess.run(
            command, check=True, capture_output=True, env={**os.environ, "HOME": str(tmp_path)}
        )
    packages = [str(path) for path in (tmp_path / "build").rglob("*.rpm")]
    database = tmp_path / "db"
    options = ["--dbpath", str(database), "--define=_db_backend sqlite"]
    subprocess.run(
        ["rpm", "-i", "--justdb", "--nodeps", *options, *packages], check=True, capture_output=True
    )
    data = (database / "rpmdb.sqlite").read_bytes()
    assert _told("/var/lib/rpm/rpmdb.sqlite", data) == "4.1.1"
    assert _told("/usr/lib/sysimage/rpm/rpmdb.sqlite", data, "crun") == "1.21"


def test_pacman() -> None:
    data = b"%NAME%\ncriu\n\n%VERSION%\n4.1.1-2\n\n%DESC%\n%NAME%\n"
    assert _told("/var/lib/pacman/local/criu-4.1.1-2/desc", data) == "4.1.1"
    assert Versions().look("/var/lib/pacman/local/criu-plugins/desc") is not None
    assert (
        _told(
            "/var/lib/pacman/local/criu-plugins-1-1/desc",
            data.replace(b"\ncriu\n", b"\ncriu-plugins\n"),
        )
        is None
    )


@pytest.mark.parametrize("name", ["criu", "crun", "runc"])
def test_the_program_itself(name: str) -> None:
    """What a real one says of itself is what is found in it."""
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not program:
        pytest.skip(f"{name} is missing")
    said = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False
    ).stdout.splitlines()[0]
    number = upstream(said.split()[-1])
    found = _told(f"/usr/bin/{name}", Path(program).read_bytes(), name)
    # Debian's runc is linked without the flags that tell its version.
    assert found == number or (name == "runc" and found is None)


def _image_release(
    directory: Path, capsys: pytest.CaptureFixture[str], *layers: object
) -> tuple[str, str]:
    main(["image", "--format", "full", str(image(*layers).oci(directory))])  # type: ignore[arg-type]
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_the_images_own_criu_reads_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = member("var/lib/dpkg/status", _DPKG)
    bad = member("etc/criu/runc.conf", "allow-uprobes\n")
    out, err = _image_release(tmp_path / "a", capsys, [status, bad])
    assert "CRIU102" in out
    assert "1 file checked for CRIU 3.17.1" in err
    out, err = _image_release(tmp_path / "b", capsys, [bad])
    assert "which CRIU" in err
    assert "is not known; --criu RELEASE tells" in err
    newer = member("var/lib/dpkg/status", _DPKG.replace(b"3.17.1-2", b"9.1-1"))
    _, err = _image_release(tmp_path / "c", capsys, [newer, bad])
    assert "has CRIU 9.1, for which there is no schema; taking 4.2.1 for it" in err
    removed = [member("var/lib/dpkg/status", "Package: bash\n")]
    _, err = _image_release(tmp_path / "d", capsys, [status, bad], removed)
    assert "is not known" in err


def test_ones_own_build_counts_more_than_the_package(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = member(
        "usr/local/sbin/criu",
        b"\x7fELF\0" + b"x" * 3_000_000 + b"\x004.1.1\0Version: %s\n\0",
        mode=0o755,
    )
    _, err = _image_release(
        tmp_path / "a",
        capsys,
        [member("var/lib/dpkg/status", _DPKG), own, member("etc/criu/runc.conf", "x\n")],
    )
    assert "for CRIU 4.1.1" in err


def test_the_images_runtime_reads_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = "Package: {}\nStatus: install ok installed\nVersion: {}\n\n"
    files = [
        member("etc/criu/default.conf", "tcp-established\n"),
        member("etc/criu/crun.conf", "shell-job\n"),
    ]
    runc = member(
        "var/lib/dpkg/status", status.format("criu", "4.1.1") + status.format("runc", "1.1.5")
    )
    main(
        [
            "image",
            "--format",
            "json",
            "--fail-on",
            "never",
            str(image([runc, *files]).oci(tmp_path / "a")),
        ]
    )
    codes = {(one["image"]["path"], one["code"]) for one in json.loads(capsys.readouterr().out)}
    # runc 1.1.5 overrides the one, and does not read the other.
    assert ("/etc/criu/default.conf", "CRIU401") in codes
    assert ("/etc/criu/crun.conf", "CRIU403") in codes


_NDB = "/usr/lib/sysimage/rpm/Packages.db"


@pytest.mark.parametrize(
    ("members", "told"),
    [
        (
            [member("var/lib/dpkg/status", _DPKG)],
            "has CRIU 3.17.1 (/var/lib/dpkg/status), crun 1.8.1 (/var/lib/dpkg/status)",
        ),
        (
            [member("var/lib/dpkg/status.d/criu", "Package: criu\nVersion: 4.1.1-1\n")],
            "has CRIU 4.1.1 (/var/lib/dpkg/status.d/criu)",
        ),
        (
            [
                member(
                    "var/lib/pacman/local/criu-4.1.1-2/desc", "%NAME%\ncriu\n\n%VERSION%\n4.1.1-2\n"
                )
            ],
            "has CRIU 4.1.1 (/var/lib/pacman/local/criu-4.1.1-2/desc)",
        ),
        ([member(_NDB[1:], "RpmP")], f"is not known ({_NDB} is not read); --criu RELEASE tells"),
        (
            [member("usr/bin/runc", b"\x7fELF", mode=0o755)],
            "has runc of an unknown version (/usr/bin/runc)",
        ),
        ([member("usr/sbin/criu", b"\x7fELF", mode=0o755)], "is not known; --criu RELEASE tells"),
    ],
)
def test_what_is_told_of_versions(
    members: list[Any], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an image, and in a directory."""
    members = [*members, member("etc/criu/default.conf", "tcp-established\n")]
    tree = tmp_path / "tree"
    for info, data in members:
        (tree / info.name).parent.mkdir(parents=True, exist_ok=True)
        (tree / info.name).write_bytes(data)
    for name in (image(members).oci(tmp_path / "i"), f"dir:{tree}"):
        main(["image", "--fail-on", "never", str(name)])
        assert told in capsys.readouterr().err
    main(
        [
            "image",
            "--fail-on",
            "never",
            "-q",
            "--format",
            "json",
            "--extend-select",
            "CRIU4",
            str(tmp_path / "i"),
        ]
    )
    captured = capsys.readouterr()
    assert captured.err == ""
    for one in json.loads(captured.out):
        number = told.partition("has CRIU ")[2].partition(" ")[0]
        assert one["image"]["criu"] == number
        assert one["image"]["release"] == (number or latest_release())
        assert one["image"]["runtime"] == (
            "crun@1.8.1" if "crun" in told else "runc" if "runc" in told else ""
        )
