# SPDX-License-Identifier: MIT
"""CRIU and the programs that call it: what they are called in packages and in file systems.

The names of packages are those of Debian, Ubuntu, Alpine, Wolfi, Arch, Fedora and openSUSE, and of
the vendors' own repositories.
"""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple


class KnownProgram(NamedTuple):
    """A program: its name in criulint, its executables, and its packages (regular expressions).

    `module` is the Go module that it is built from, empty if it is not written in Go.
    """

    name: str
    executables: tuple[str, ...]
    packages: str
    module: str = ""


_PROGRAMS = (
    KnownProgram("criu", ("criu",), r"criu"),
    KnownProgram("runc", ("runc",), r"(?:moby-)?runc", r"github\.com/opencontainers/runc"),
    KnownProgram("crun", ("crun",), r"crun"),
    KnownProgram("youki", ("youki",), r"youki"),
    # The library calls CRIU, whatever program uses it.
    KnownProgram("lxc", ("lxc-checkpoint", "lxc-start"), r"lxc|liblxc1(?:t64)?|liblxc|lxc-libs"),
    KnownProgram(
        "podman",
        ("podman",),
        r"podman",
        r"(?:github\.com/containers|go\.podman\.io)/podman(?:/v\d+)?",
    ),
    KnownProgram("cri-o", ("crio",), r"cri-o(?:-?\d[\d.]*)?", r"github\.com/cri-o/cri-o"),
    KnownProgram(
        "containerd",
        ("containerd",),
        r"(?:moby-)?containerd(?:\.io|-?\d[\d.]*)?",
        r"github\.com/containerd/containerd(?:/v\d+)?",
    ),
    KnownProgram(
        "docker",
        ("dockerd",),
        r"docker\.io|docker-ce|docker-engine|moby(?:-engine)?|dockerd",
        r"github\.com/(?:docker/docker|moby/moby)(?:/v\d+)?",
    ),
    KnownProgram(
        "incus", ("incusd",), r"incus(?:-base|-feature|-lts)?", r"github\.com/lxc/incus(?:/v\d+)?"
    ),
    KnownProgram(
        "buildah", ("buildah",), r"buildah", r"(?:github\.com/containers|go\.podman\.io)/buildah"
    ),
)
#: All programs by name.
PROGRAMS = {program.name: program for program in _PROGRAMS}
# In Debian `docker` is something else.
_DOCKER = "docker"

#: The names of programs by those of their executables.
BY_EXECUTABLE = {
    executable: program.name for program in _PROGRAMS for executable in program.executables
}
_PACKAGES = re.compile(
    "|".join(f"(?P<p{number}>{program.packages})" for number, program in enumerate(_PROGRAMS))
)
#: Where programs are found unless PATH says otherwise.
DEFAULT_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
#: Where engines keep runtimes of their own, and vendors their programs.
PRIVATE_DIRECTORIES = (
    "/usr/libexec/crio",
    "/usr/local/libexec/crio",
    "/usr/lib/cri-o-runc/sbin",
    "/usr/libexec/podman",
    "/usr/lib/podman",
    "/usr/local/lib/podman",
    "/opt/bin",
    "/opt/sbin",
    "/run/current-system/sw/bin",
    "/nix/var/nix/profiles/default/bin",
    "/root/.nix-profile/bin",
)


class Store(NamedTuple):
    """A directory below which there are programs.

    They are `lowest` to `highest` directories further down, or in ``bin`` or ``sbin`` there.
    """

    path: str
    lowest: int
    highest: int


#: Where vendors, engines and package managers keep programs of their own.
STORES = (
    Store("/opt", 0, 5),
    *(Store(f"/usr/{name}", 1, 1) for name in ("lib", "libexec", "local/lib", "local/libexec")),
    Store("/nix/store", 1, 1),
    Store("/gnu/store", 1, 1),
)
# Where programs are: the usual directories, and those in the stores.
_DIRECTORY = re.compile(
    "|".join(
        (
            r"(?:/usr(?:/local)?)?/s?bin",
            *(
                rf"{path}(?:/[^/]+){{{lowest},{highest}}}(?:/s?bin)?"
                for path, lowest, highest in STORES
            ),
        )
    ),
    re.DOTALL,
)
_STORE = re.compile(
    r"/(?:nix|gnu)/store/[0-9a-z]{32}-(?P<name>[^/]{0,255}?)-(?P<version>\d[^/]{0,255})/.*",
    re.DOTALL,
)
# Nix wraps programs that need others on their PATH.
_WRAPPING = re.compile(r"-(?:un)?wrap(?:ped|per)\Z")
_MAX_PACKAGE_NAME = 64


def find_package(name: str, *, is_dpkg: bool = False) -> str | None:
    """Return the program that a package of this name installs, None if it is another package."""
    if len(name) > _MAX_PACKAGE_NAME:
        return None
    if name == _DOCKER:
        return None if is_dpkg else _DOCKER
    found = _PACKAGES.fullmatch(name)
    return _PROGRAMS[int((found.lastgroup or "p0")[1:])].name if found else None


def find_program(path: str, directories: tuple[str, ...] = ()) -> str | None:
    """Return the program whose executable is at a plain path, None if it is something else.

    `directories` are more of those in which programs are looked for.
    """
    directory, name = posixpath.split(path)
    program = BY_EXECUTABLE.get(name)
    if program and (directory in directories or _DIRECTORY.fullmatch(directory)):
        return program
    return None


def version_in_path(path: str, name: str) -> str | None:
    """Return the version of a program in the name of its directory in a Nix store."""
    found = _STORE.fullmatch(path)
    if not found:
        return None
    package = _WRAPPING.sub("", found["name"])
    return found["version"] if find_package(package) == name else None
