# SPDX-License-Identifier: MIT
"""Packages from Debian's suites, unpacked outside the system and not installed.

This needs Debian's ``apt-get`` and ``dpkg-deb``, and no privileges. The mirror is one that the
machine's own apt configuration names; apt verifies packages with ``debian-archive-keyring``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: A suite that holds only part of a distribution -> the suite that the rest comes from.
_BASES = {"experimental": "sid"}

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class DebianError(Exception):
    """A package that is not available here; the text says why, and what to do."""


def unpack(
    names: Sequence[str],
    suite: str,
    path: Path,
    check: Callable[[Sequence[Path]], None] = lambda _: None,
) -> None:
    """Unpack packages of a suite, with their dependencies, to a new path.

    `check` is called with the package files first. DebianError if they are not available.
    """
    with tempfile.TemporaryDirectory(prefix=f".{suite}-", dir=path.parent) as temporary:
        packages = Apt(Path(temporary), [suite]).download(*names)
        check(packages)
        root = Path(temporary) / "root"
        root.mkdir()
        # Where /bin and the like are links into /usr, a script of a package makes them.
        if not any(_holds(file, "./lib/") for file in packages):
            for name in ("bin", "sbin", "lib", "lib64"):
                (root / name).symlink_to(Path("usr") / name)
        for file in packages:
            run_command(["dpkg-deb", "-x", str(file), str(root)])
        root.rename(path)


class Apt:
    """apt with its own state, which knows only the given suites and those that they extend.

    DebianError on a system without apt or Debian's keyring.
    """

    def __init__(self, state: Path, suites: Sequence[str]) -> None:
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise DebianError("this needs apt-get and dpkg-deb of Debian")
        if not _KEYRING.exists():
            raise DebianError(f"{_KEYRING} is missing: install the package debian-archive-keyring")
        self._state = state
        bases = [_BASES[suite] for suite in suites if suite in _BASES]
        self._suites = list(dict.fromkeys([*suites, *bases]))
        for name in ("lists/partial", "archives/partial", "etc/apt.conf.d", "etc/preferences.d"):
            (state / name).mkdir(parents=True)
        (state / "status").touch()
        architecture = run_command(["dpkg", "--print-architecture"]).strip()
        # The system's network settings (proxies and the like), and none of its hooks.
        network = [
            line
            for line in run_command(["apt-config", "dump"]).splitlines()
            if line.startswith("Acquire::")
        ]
        own = {
            "APT::Architecture": architecture,
            "APT::Architectures": architecture,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Dir::Cache": str(state),
            "Dir::Cache::archives": str(state / "archives"),
            "Dir::Etc": str(state / "etc"),
            "Dir::Etc::sourcelist": str(state / "etc/sources.list"),
            "Dir::State": str(state),
            "Dir::State::lists": str(state / "lists"),
            "Dir::State::status": str(state / "status"),
        }
        lines = [*network, *(f'{key} "{value}";' for key, value in own.items())]
        (state / "apt.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def download(self, *names: str) -> list[Path]:
        """Return the files of packages and their dependencies.

        They come from the first suite where it has the packages. DebianError if no mirror of the
        system has them.
        """
        # apt installs nothing from experimental on its own, where a package may need libraries that
        # are as new as itself.
        preferences = (
            f"Package: src:{name}\nPin: release a={self._suites[0]}\nPin-Priority: 990\n"
            for name in names
        )
        (self._state / "etc/preferences.d/own.pref").write_text(
            "\n".join(preferences), encoding="utf-8"
        )
        self._update(lambda: self._run("apt-get", "install", "-y", "--download-only", *names))
        return sorted((self._state / "archives").glob("*.deb"))

    def versions(self, packages: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return the versions of packages: package -> suite -> version, without Debian's revision.

        DebianError if no mirror of the system has the suites.
        """
        answer = self._update(lambda: self._run("apt-cache", "madison", *packages))
        found: dict[str, dict[str, str]] = {}
        for line in answer.splitlines():
            package, version, source = (part.strip() for part in line.split("|"))
            if source.endswith("Packages"):
                suite = source.split()[1].partition("/")[0]
                found.setdefault(package, {}).setdefault(suite, upstream(version))
        return found

    def _update(self, then: Callable[[], str]) -> str:
        """Read the indexes of the first mirror with which `then` works, and return its result."""
        failures = []
        for mirror in _mirrors():
            sources = "".join(
                f"deb [signed-by={_KEYRING}] {mirror} {suite} main\n" for suite in self._suites
            )
            (self._state / "etc/sources.list").write_text(sources, encoding="utf-8")
            try:
                self._run("apt-get", "-q", "update", "--error-on=any")
                return then()
            except DebianError as error:
                failures.append(str(error))
        raise DebianError(
            "; ".join(failures) or "the apt configuration of this machine names no mirror"
        )

    def _run(self, *command: str) -> str:
        return run_command(command, APT_CONFIG=str(self._state / "apt.conf"))


def _mirrors() -> list[str]:
    """Return the archives in the system's apt configuration, those of its own suites first."""
    text = run_command(
        [
            "apt-get",
            "indextargets",
            "--no-release-info",
            "--format",
            "$(REPO_URI) $(COMPONENT)",
            "Created-By: Packages",
        ]
    )
    uris = [line.split()[0] for line in text.splitlines() if line.endswith(" main")]
    return list(dict.fromkeys(uris))


def upstream(version: str) -> str:
    """Return a package's version without Debian's parts: ``1.1.5+ds1-1+deb12u1`` is ``1.1.5``."""
    version = version.partition(":")[2] or version
    return re.split(r"[+~]", version.rpartition("-")[0] or version)[0]


def _holds(package: Path, name: str) -> bool:
    return any(
        line.endswith(f" {name}")
        for line in run_command(["dpkg-deb", "-c", str(package)]).splitlines()
    )


def _only(root: Path, pattern: str) -> Path:
    found = sorted(root.glob(pattern))
    if not found:
        raise DebianError(f"{root} has no {pattern}: remove it, and it will be set up again")
    return found[0]


def loading(root: Path) -> list[str]:
    """Return the words that start a program with the C library of an unpacked suite."""
    loader = _only(root, "lib*/ld-linux*.so.*")
    libraries = ":".join(
        str(path)
        for pattern in ("lib/*-linux-gnu*", "usr/lib/*-linux-gnu*")
        for path in root.glob(pattern)
    )
    return [str(loader), "--library-path", libraries]


def run_command(command: Sequence[str], **environment: str) -> str:
    """Return what a command prints. DebianError, with its message, if it fails."""
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "LC_ALL": "C", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
    except OSError as error:
        raise DebianError(f"cannot run {command[0]}: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        complaints = (error.stderr.strip() or error.stdout.strip()).splitlines() or ["no message"]
        # apt marks errors with an E.
        complaint = next((line for line in complaints if line.startswith("E: ")), complaints[-1])
        raise DebianError(f"{command[0]} failed: {complaint}") from error
    return done.stdout
