# SPDX-License-Identifier: MIT
"""CRIU, runtimes and engines as images have them."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from criulint.image.programs import PROGRAMS, find_package, find_program
from tests.image.checks import ELF, run_image
from tests.image.make import image, member, write_tree

if TYPE_CHECKING:
    from pathlib import Path

_STORE = "nix/store/0123456789abcdfghijklmnpqrsvwxyz"
_OTHER_STORE = "nix/store/zyxwvsrqpnmlkjihgfdcba9876543210"
# What Go's linker puts around its build information.
_BEGIN = bytes.fromhex("3077af0c9274080241e1c107e6d618e6")
_END = bytes.fromhex("f932433186182072008242104116d8f2")


def program(path: str, data: bytes = b"") -> Any:
    return member(path, ELF + data, mode=0o755)


def criu(path: str, version: str) -> Any:
    return program(path, b"x" * 3000 + b"\0" + version.encode() + b"\0Version: %s\n\0")


def built_by_go(path: str, information: str) -> Any:
    return program(path, b"x" * (1 << 20) + _BEGIN + information.encode() + _END)


def dpkg(state: str = "install ok installed", **packages: str) -> Any:
    stanzas = (
        f"Package: {name.replace('_', '-')}\nStatus: {state}\nVersion: {version}\n\n"
        for name, version in packages.items()
    )
    return member("var/lib/dpkg/status", "".join(stanzas))


def find_programs(
    capsys: pytest.CaptureFixture[str], directory: Path, *layers: list[Any], **more: Any
) -> dict[str, str]:
    """Return the versions of the programs in an image, by name."""
    return _find_programs(capsys, image(*layers, **more).oci(directory / "i"))


def _find_programs(capsys: pytest.CaptureFixture[str], name: object) -> dict[str, str]:
    _, out, _ = run_image(capsys, "--format", "inventory", name)
    (found,) = json.loads(out)["images"]
    programs = [*found["runtimes"], *found["engines"], *found["tools"]]
    programs += [found["criu"]] if found["criu"] else []
    return {each["name"]: each["version"] for each in programs}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        # packages
        ([dpkg(criu="4.1.1-1", podman="5.4.2+ds1-1")], {"criu": "4.1.1", "podman": "5.4.2"}),
        (
            [member("var/lib/dpkg/status", "Package: containerd.io\nVersion: 1.7.22-1\n")],
            {"containerd": "1.7.22"},
        ),
        ([dpkg(docker="1.5-2", docker_ce="5:27.3.1-1~debian.12")], {"docker": "27.3.1"}),
        ([dpkg("install ok half-configured", criu="4.1.1-1")], {"criu": "4.1.1"}),
        ([dpkg("install reinstreq half-installed", runc="1.1.5")], {"runc": "1.1.5"}),
        ([dpkg("install ok triggers-pending", crun="1.21-1")], {"crun": "1.21"}),
        ([dpkg("deinstall ok config-files", crun="1.21-1")], {}),
        ([dpkg("purge ok not-installed", crun="1.21-1")], {}),
        ([dpkg(liblxc1t64="1:6.0.4-4", incus="6.0.4-2")], {"lxc": "6.0.4", "incus": "6.0.4"}),
        (
            [
                member(
                    "lib/apk/db/installed",
                    "P:docker-engine\nV:27.3.1-r0\n\nP:cri-o-1.30\nV:1.30.2-r0\n",
                )
            ],
            {"docker": "27.3.1", "cri-o": "1.30.2"},
        ),
        (
            [member("usr/lib/apk/db/installed", "P:buildah\nV:1.38.0-r1\n\nP:youki\nV:0.5.1-r0\n")],
            {"buildah": "1.38.0", "youki": "0.5.1"},
        ),
        (
            [
                member(
                    "var/lib/pacman/local/podman-5.3.1-1/desc",
                    "%NAME%\npodman\n\n%VERSION%\n5.3.1-1\n",
                )
            ],
            {"podman": "5.3.1"},
        ),
        (
            [member("var/lib/dpkg/status.d/crun", "Package: crun\nVersion: 1.19-1\n")],
            {"crun": "1.19"},
        ),
        # programs
        ([criu("usr/sbin/criu", "v4.1.1")], {"criu": "4.1.1"}),
        ([criu("usr/sbin/criu", "4.1.1.acme")], {"criu": "4.1.1"}),
        ([criu("opt/acme/sbin/criu", "4.2-dirty")], {"criu": "4.2"}),
        ([program("usr/libexec/crio/crun"), program("usr/bin/crio")], {"crun": "", "cri-o": ""}),
        (
            [built_by_go("opt/bin/runc", "mod\tgithub.com/opencontainers/runc\tv1.3.0\n")],
            {"runc": "1.3.0"},
        ),
        (
            [
                built_by_go(
                    "usr/bin/dockerd",
                    'build\t-ldflags="-X \\"github.com/docker/docker/dockerversion.Version'
                    '=24.0.7\\""',
                )
            ],
            {"docker": "24.0.7"},
        ),
        (
            [built_by_go("usr/bin/runc", "mod\tgithub.com/opencontainers/runc\t(devel)\n")],
            {"runc": ""},
        ),
        (
            [
                built_by_go(
                    "usr/bin/incusd",
                    "mod\tgithub.com/lxc/incus/v6\tv6.0.5-0.20250101000000-0123456789ab\n",
                )
            ],
            {"incus": ""},
        ),
        # a dependency of another program is not the program
        (
            [built_by_go("usr/bin/podman", "dep\tgithub.com/opencontainers/runc\tv1.3.0\n")],
            {"podman": ""},
        ),
        # stores and links
        (
            [
                program(f"{_STORE}-cri-o-unwrapped-1.32.0/bin/crio"),
                member(
                    f"{_OTHER_STORE}-podman-wrapper-5.4.1/bin/podman", "#!/bin/sh\n", mode=0o755
                ),
                program(f"{_STORE}-moby-27.5.1/bin/dockerd"),
            ],
            {"cri-o": "1.32.0", "podman": "5.4.1", "docker": "27.5.1"},
        ),
        # Wolfi, and distroless images
        (
            [
                member("usr/lib/apk/db/installed", "C:Q1x=\nP:runc\nV:1.3.0-r2\nR:runc\n"),
                member("lib", link="usr/lib"),
            ],
            {"runc": "1.3.0"},
        ),
        (
            [
                member("var/lib/dpkg/status.d/criu", "Package: criu\nVersion: 4.1.1-1\n"),
                member("var/lib/dpkg/status.d/criu.md5sums", f"{'0' * 32}  usr/sbin/criu\n"),
            ],
            {"criu": "4.1.1"},
        ),
        ([program(f"{_STORE}-criu-4.1.1/bin/criu")], {"criu": "4.1.1"}),
        (
            [
                member(f"{_STORE}-runc-1.2.5/bin/runc", "#!/bin/sh\n", mode=0o755),
                member(f"{_OTHER_STORE}-profile/bin", link=f"/{_STORE}-runc-1.2.5/bin"),
                member("root/.nix-profile", link=f"/{_OTHER_STORE}-profile"),
            ],
            {"runc": "1.2.5"},
        ),
        (
            [
                criu("srv/criu-4.2.bin", "4.2"),
                member("usr/sbin/criu", link="../../srv/criu-4.2.bin"),
            ],
            {"criu": "4.2"},
        ),
        (
            [
                member("lib", link="usr/lib"),
                member("usr/lib/apk/db/installed", "P:criu\nV:4.2_rc1-r0\n"),
            ],
            {"criu": "4.2-rc1"},
        ),
        # Debian as an OSTree
        (
            [
                member("var/lib/dpkg", link="../../usr/share/dpkg/database"),
                member(
                    "usr/share/dpkg/database/status",
                    "Package: docker\nVersion: 1.5-2\n\nPackage: crun\nVersion: 1.21-1\n",
                ),
            ],
            {"crun": "1.21"},
        ),
        ([member("usr/sbin/criu", link="/gone")], {}),
        # A file that is not executable counts only if there is no other.
        (
            [
                member("usr/local/sbin/criu", criu("x", "4.2")[1]),
                criu("usr/sbin/criu", "4.1"),
                member("usr/bin/crun", ELF),
            ],
            {"criu": "4.1", "crun": ""},
        ),
        ([criu("home/x/criu", "4.2")], {}),
    ],
)
def test_programs(
    members: list[Any],
    expected: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A root file system has the same as a layer."""
    assert find_programs(capsys, tmp_path, members) == expected
    assert _find_programs(capsys, f"dir:{write_tree(members, tmp_path / 't')}") == expected


@pytest.mark.parametrize(
    "directory",
    [
        *("usr/bin", "sbin", "usr/local/sbin", "usr/libexec/crio", "usr/lib/cri-o-runc/sbin"),
        *("usr/lib/criu", "usr/local/lib/podman", "usr/local/libexec/crio", "opt", "opt/criu"),
        *("opt/criu/sbin", "opt/acme/criu/4.2/bin", f"{_STORE}-criu-4.2/bin"),
        f"gnu/store/{_STORE.rpartition('/')[2]}-criu-4.2/sbin",
    ],
)
def test_places_of_programs(
    directory: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = [criu(f"{directory}/criu", "4.2")]
    assert find_programs(capsys, tmp_path, members) == {"criu": "4.2"}
    tree = write_tree(members, tmp_path / "t")
    assert _find_programs(capsys, f"dir:{tree}") == {"criu": "4.2"}


def test_path_of_the_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first program on PATH counts, wherever that leads."""
    members = [criu("a/criu", "4.1"), criu("b/criu", "4.2"), criu("usr/sbin/criu", "3.17.1")]
    for number, (path, version) in enumerate(
        [("/b:/a", "4.2"), ("/a:/b", "4.1"), ("/none", "3.17.1"), ("x:", "3.17.1"), ("", "3.17.1")]
    ):
        directory = tmp_path / str(number)
        found = find_programs(capsys, directory, members, env=[f"PATH={path}"])
        assert found == {"criu": version}


_PROGRAM, _PACKAGE = program("usr/sbin/criu"), dpkg(criu="4.1.1-1")


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([[_PACKAGE]], {"criu": "4.1.1"}),
        ([[_PACKAGE, _PROGRAM], [member("usr/sbin/.wh.criu")]], {}),
        ([[_PACKAGE, _PROGRAM], [member("usr/.wh.sbin")]], {}),
        ([[_PACKAGE, _PROGRAM], [member("usr/sbin/.wh..wh..opq")]], {}),
        ([[_PACKAGE, _PROGRAM], [member("usr/sbin/criu", link="/bin/false")]], {"criu": "4.1.1"}),
        # moved, and put back
        (
            [[_PACKAGE, _PROGRAM], [member("usr/sbin/.wh.criu"), program("usr/local/sbin/criu")]],
            {"criu": "4.1.1"},
        ),
        ([[_PACKAGE, _PROGRAM], [member("usr/sbin/.wh.criu")], [_PROGRAM]], {"criu": "4.1.1"}),
        ([[_PACKAGE, _PROGRAM], [dpkg("deinstall ok config-files", criu="4.1.1")]], {"criu": ""}),
    ],
)
def test_a_program_that_a_later_layer_removed(
    layers: list[list[Any]],
    expected: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert find_programs(capsys, tmp_path, *layers) == expected


_LIST = "/.\n/usr\n/usr/sbin\n/usr/sbin/criu\n/usr/share/doc/criu/copyright\n"


@pytest.mark.parametrize(
    "database",
    [
        [_PACKAGE, member("var/lib/dpkg/info/criu.list", _LIST)],
        [_PACKAGE, member("var/lib/dpkg/info/criu:amd64.list", _LIST)],
        [
            member("var/lib/dpkg/status.d/criu", "Package: criu\nVersion: 4.1.1-1\n"),
            member(
                "var/lib/dpkg/status.d/criu.md5sums",
                f"{'0' * 32}  usr/sbin/criu\n{'1' * 32}  usr/share/doc/criu/copyright\n",
            ),
        ],
        [
            member(
                "lib/apk/db/installed",
                "P:criu\nV:4.1.1-r0\nF:usr/sbin\nR:criu\na:0:0:755\nF:usr/share/doc/criu\n"
                "R:copyright\n\n",
            )
        ],
        [
            member(
                "var/lib/pacman/local/criu-4.1.1-2/desc", "%NAME%\ncriu\n\n%VERSION%\n4.1.1-2\n"
            ),
            member(
                "var/lib/pacman/local/criu-4.1.1-2/files",
                "%FILES%\nusr/\nusr/sbin/criu\nusr/share/doc/criu/copyright\n\n%BACKUP%\n",
            ),
        ],
    ],
)
def test_a_package_without_its_program(
    database: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If other files of it are there, the program was removed; else the database is all there is.

    It does not matter how it was removed: by the same step, or by a layer that is no longer one.
    """
    rest = member("usr/share/doc/criu/copyright", "x")
    for number, (files, expected) in enumerate(
        (
            ([_PROGRAM, rest], {"criu": "4.1.1"}),
            ([rest], {}),
            ([], {"criu": "4.1.1"}),
            ([criu("opt/criu/sbin/criu", "4.2"), rest], {"criu": "4.2"}),
        )
    ):
        members = [*database, *files]
        assert find_programs(capsys, tmp_path / str(number), members) == expected
        tree = write_tree(members, tmp_path / str(number) / "t")
        assert _find_programs(capsys, f"dir:{tree}") == expected


def test_a_disagreement_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not a note, which `-q` would hide; the program counts."""
    config = member("etc/criu/default.conf", "tcp-established\n")
    members = [dpkg(criu="3.17.1-2"), criu("usr/sbin/criu", "4.1.1.acme"), config]
    layout = image(members).oci(tmp_path / "i")
    _, _, err = run_image(capsys, "-q", layout)
    message = (
        "/usr/sbin/criu is CRIU 4.1.1, not 3.17.1 as /var/lib/dpkg/status says; checking for the"
        " program's version"
    )
    assert err == f"criulint: {layout}: {message}\n"
    # A package may leave out what a vendor adds, and zeros.
    for number, version in enumerate(("4.1.1-5", "1:4.1.1+ds1-2", "4.1.1.0-1")):
        members[0] = dpkg(criu=version)
        _, _, err = run_image(capsys, "-q", image(members).oci(tmp_path / str(number)))
        assert err == ""


_TITLES = {"runc": "runc", "crun": "crun", "youki": "youki", "lxc": "LXC"}
_ENGINE_TITLES = {"podman": "Podman", "cri-o": "CRI-O", "docker": "Docker", "incus": "Incus"}
_PACKAGES = {"docker": "docker.io"}


@pytest.mark.parametrize(
    "names",
    [
        pair
        for count in (1, 2)
        for pair in itertools.combinations(
            ("runc", "crun", "youki", "podman", "cri-o", "docker"), count
        )
    ],
    ids="-".join,
)
def test_all_that_are_there_count_and_no_others(
    names: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Runtimes silence no rule about engines, and engines none about runtimes."""
    status = "".join(
        f"Package: {_PACKAGES.get(name, name)}\nStatus: install ok installed\nVersion: 9.9-1\n\n"
        for name in names
    )
    members = [
        member("var/lib/dpkg/status", status),
        member("etc/criu/default.conf", "tcp-established\n"),
        member("root/.criu/default.conf", "ghost-limit 64M\n"),
    ]
    _, out, _ = run_image(
        capsys,
        "--select",
        "CRIU401,CRIU408",
        "--format",
        "json",
        image(members).oci(tmp_path / "i"),
    )
    found = {one["code"]: one for one in json.loads(out)}
    runtimes = [name for name in names if name in _TITLES]
    if runtimes:
        message = found["CRIU401"]["message"].partition(":")[0]
        assert set(message.removeprefix("overridden by ").split(", ")) == set(runtimes)
    # Without a runtime it may be any of an engine's.
    assert found["CRIU401"]["severity"] == ("warning" if runtimes else "info")
    stripping = [_ENGINE_TITLES[name] for name in names if name in ("podman", "cri-o")]
    if stripping:
        message = found["CRIU408"]["message"].partition(": ")[0]
        assert all(title in message for title in stripping)
        assert found["CRIU408"]["severity"] == "warning"
    else:
        assert "CRIU408" not in found
    for title in {*_TITLES.values(), *_ENGINE_TITLES.values()} - {
        *(_TITLES.get(name) or _ENGINE_TITLES[name] for name in names)
    }:
        if runtimes:
            assert all(title not in one["message"] for one in found.values())


@pytest.mark.parametrize(
    ("packages", "severity", "says"),
    [
        ({"runc": "1.1.5"}, None, ""),
        (
            {"crun": "1.20"},
            "warning",
            "crun knows the annotation `org.criu.config` only from 1.26 on",
        ),
        ({"crun": "1.26", "criu": "4.2"}, None, ""),
        (
            {"crun": "1.26", "criu": "4.1.1"},
            "warning",
            "libcriu RPC config files supported in CRIU",
        ),
        ({"youki": "0.5"}, "warning", "youki does not know the annotation"),
        ({"lxc": "6.0"}, "warning", "LXC does not know the annotation"),
        ({"runc": "1.3", "youki": "0.5"}, "info", "youki does not know the annotation"),
        ({}, None, ""),
    ],
)
@pytest.mark.parametrize("where", ["labels", "annotations"])
def test_an_annotation_is_for_a_runtime_that_knows_it(
    where: str,
    packages: dict[str, str],
    severity: str | None,
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    named = {where: {"org.criu.config": "/x.conf"}}
    layout = image(
        [dpkg(**{"criu": "4.2", **packages}), member("x.conf", "tcp-close\n")],
        **named,  # type: ignore[arg-type]
    ).oci(tmp_path / "i")
    from criulint.cli import main

    main(["image", "--isolated", "--select", "CRIU403", "--format", "json", str(layout)])
    found = json.loads(capsys.readouterr().out)
    assert [one["severity"] for one in found] == ([severity] if severity else [])
    assert all(says in one["message"] for one in found)


def test_names_of_packages_and_programs() -> None:
    for name, known in PROGRAMS.items():
        assert find_package(name, is_dpkg=name == "docker") in (name, None)
        for executable in known.executables:
            assert find_program(f"/usr/bin/{executable}") == name
            assert find_program(f"/srv/{executable}") is None
            assert find_program(f"/srv/{executable}", ("/srv",)) == name
    for other in (
        "docker-cli",
        "crun-wasm",
        "podman-docker",
        "libcriu2",
        "python3-criu",
        "x" * 999,
    ):
        assert find_package(other) is None
