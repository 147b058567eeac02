# SPDX-License-Identifier: MIT
"""The versions in real package databases and real programs."""

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
from criulint.image.budget import Budget, Limits
from criulint.image.packages import VersionFinder, parse_upstream_version
from tests.image.make import (
    image,
    member,
)


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
        ("4.2~RC1-1", "4.2-rc1"),
        ("4.2.0.20250101git", "4.2.0"),
        ("4.2.0.20250101", "4.2.0"),
        ("4.2.20", "4.2.20"),
        ("unknown", None),
        ("", None),
    ],
)
def test_upstream_versions(text: str, number: str | None) -> None:
    assert parse_upstream_version(text) == number


def _find_version(path: str, data: bytes, name: str = "criu") -> str | None:
    versions = VersionFinder(Budget(Limits()))
    watch = versions.find_reader(path)
    assert watch
    watch(io.BytesIO(data), len(data))
    found = versions.find_package(name, lambda _: True)
    found = found or versions.find_program_file(name, lambda _: True)
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
    assert _find_version("/var/lib/dpkg/status", _DPKG) == "3.17.1"
    assert _find_version("/var/lib/dpkg/status", _DPKG, "runc") is None
    assert _find_version("/var/lib/dpkg/status", _DPKG, "crun") == "1.8.1"
    assert (
        _find_version("/var/lib/dpkg/status.d/criu", b"Package: criu\nVersion: 4.1.1-1\n")
        == "4.1.1"
    )


def test_real_dpkg_database() -> None:
    database = Path("/var/lib/dpkg/status")
    if not database.exists() or not shutil.which("criu"):
        pytest.skip("no Debian, or no CRIU")
    asked = ["dpkg-query", "--show", "--showformat=${Version}", "criu"]
    output = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    assert _find_version("/var/lib/dpkg/status", database.read_bytes()) == parse_upstream_version(
        output
    )


def test_apk() -> None:
    data = b"C:Q1x\nP:criu\nV:4.1.1-r2\nA:x86_64\n\nP:crun\nV:1.21-r0\n"
    assert _find_version("/lib/apk/db/installed", data) == "4.1.1"
    assert _find_version("/lib/apk/db/installed", data, "crun") == "1.21"


@pytest.mark.parametrize("data", [b"", b"garbage", b"SQLite format 3\0" + b"x" * 600])
def test_invalid_rpm_database(data: bytes) -> None:
    assert _find_version("/var/lib/rpm/rpmdb.sqlite", data) is None


def test_pacman() -> None:
    data = b"%NAME%\ncriu\n\n%VERSION%\n4.1.1-2\n\n%DESC%\n%NAME%\n"
    assert _find_version("/var/lib/pacman/local/criu-4.1.1-2/desc", data) == "4.1.1"
    finder = VersionFinder(Budget(Limits()))
    assert finder.find_reader("/var/lib/pacman/local/criu-plugins/desc") is not None
    assert finder.find_reader("/var/lib/pacman/local/bash-5.2-1/desc") is None
    assert (
        _find_version(
            "/var/lib/pacman/local/criu-plugins-1-1/desc",
            data.replace(b"\ncriu\n", b"\ncriu-plugins\n"),
        )
        is None
    )


@pytest.mark.parametrize("name", ["criu", "crun", "runc"])
def test_version_in_the_program(name: str) -> None:
    """The version found in a real program is the one that it prints."""
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not program:
        pytest.skip(f"{name} is missing")
    output = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False
    ).stdout.splitlines()[0]
    number = parse_upstream_version(output.split()[-1])
    found = _find_version(f"/usr/bin/{name}", Path(program).read_bytes(), name)
    # Debian's runc is linked without the flags that contain its version.
    assert found == number or (name == "runc" and found is None)


def _image_release(
    directory: Path, capsys: pytest.CaptureFixture[str], *layers: object
) -> tuple[str, str]:
    main(["image", "--format", "full", str(image(*layers).oci(directory))])  # type: ignore[arg-type]
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_files_are_checked_for_the_images_criu(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = member("var/lib/dpkg/status", _DPKG)
    bad = member("etc/criu/runc.conf", "allow-uprobes\n")
    out, err = _image_release(tmp_path / "a", capsys, [status, bad])
    assert "CRIU102" in out
    assert "1 file checked for CRIU 3.17.1" in err
    out, err = _image_release(tmp_path / "b", capsys, [bad])
    assert "is unknown" in err
    assert "is unknown; --criu RELEASE sets it" in err
    newer = member("var/lib/dpkg/status", _DPKG.replace(b"3.17.1-2", b"9.1-1"))
    _, err = _image_release(tmp_path / "c", capsys, [newer, bad])
    assert f"has CRIU 9.1, which has no schema; checking for {latest_release()} instead" in err
    removed = [member("var/lib/dpkg/status", "Package: bash\n")]
    _, err = _image_release(tmp_path / "d", capsys, [status, bad], removed)
    assert "is unknown" in err


def test_local_build_overrides_the_package(
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


def test_files_are_checked_for_the_images_runtime(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
    ("members", "reported"),
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
        (
            [member(_NDB[1:], "RpmP")],
            f"is unknown ({_NDB} has an unsupported format); --criu RELEASE sets it",
        ),
        (
            [member("usr/bin/runc", b"\x7fELF", mode=0o755)],
            "has runc of unknown version (/usr/bin/runc)",
        ),
        ([member("usr/sbin/criu", b"\x7fELF", mode=0o755)], "is unknown; --criu RELEASE sets it"),
    ],
)
def test_version_messages(
    members: list[Any], reported: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are the same for an image and a directory."""
    members = [*members, member("etc/criu/default.conf", "tcp-established\n")]
    tree = tmp_path / "tree"
    for info, data in members:
        (tree / info.name).parent.mkdir(parents=True, exist_ok=True)
        (tree / info.name).write_bytes(data)
    for name in (image(members).oci(tmp_path / "i"), f"dir:{tree}"):
        main(["image", "--fail-on", "never", str(name)])
        assert reported in capsys.readouterr().err
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
        number = reported.partition("has CRIU ")[2].partition(" ")[0]
        assert one["image"]["criu"] == number
        assert one["image"]["release"] == (number or latest_release())
        assert one["image"]["runtime"] == (
            "crun@1.8.1" if "crun" in reported else "runc" if "runc" in reported else ""
        )
