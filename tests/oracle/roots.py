# SPDX-License-Identifier: GPL-2.0-only
"""Real CRIUs to ask: packages of four Debian suites, unpacked beside the system and not installed.

``python -m tests.oracle.roots`` sets all of them up and prints where they are. They are put under the directory that the
environment variable ``CRIULINT_ORACLE`` names, default ``criulint-oracle`` in the user's cache directory, and stay there.

It takes Debian's ``apt-get`` and ``dpkg-deb``, and no privileges. The mirror is one that the machine's own apt
configuration names; apt checks the packages with the machine's ``debian-archive-keyring``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

#: CRIU release -> the Debian suite whose package it is.
SUITES = {"3.17.1": "bookworm", "4.1.1": "trixie", "4.2.1": "sid", "4.3": "experimental"}
#: A suite that holds only part of a distribution -> the suite that the rest comes from.
_BASES = {"experimental": "sid"}

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class RootError(Exception):
    """A CRIU that can't be had here; the text says why, and what to do."""


class Root:
    """An unpacked suite with the CRIU of `release` in it."""

    def __init__(self, release: str, path: Path) -> None:
        self.release = release
        self.path = path

    def command(self, preload: Path) -> list[str]:
        """The words that start CRIU with the root's own C library, and with the library `preload`."""
        loader, *options = loading(self.path)
        return [loader, *options, "--preload", str(preload), str(self.path / "usr/sbin/criu")]


def loading(root: Path) -> list[str]:
    """The words that start a program with the C library of an unpacked suite."""
    loader = _only(root, "lib*/ld-linux*.so.*")
    libraries = ":".join(
        str(path)
        for pattern in ("lib/*-linux-gnu*", "usr/lib/*-linux-gnu*")
        for path in root.glob(pattern)
    )
    return [str(loader), "--library-path", libraries]


def directory() -> Path:
    """Where the roots are kept."""
    chosen = os.environ.get("CRIULINT_ORACLE")
    if chosen:
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "criulint-oracle"


def prepare(release: str) -> Root:
    """The root of one of `SUITES`' releases, unpacked first if it is not there yet. RootError if it can't be had."""
    suite = SUITES[release]
    path = directory() / suite
    with _lock(suite):
        if not path.is_dir():
            _unpack("criu", suite, path, lambda packages: _expect(release, suite, packages))
    return Root(release, path)


def unpacked(package: str, suite: str) -> Path:
    """A package of a suite, with all that it depends on, unpacked. RootError if it can't be had."""
    path = directory() / f"{suite}-{package}"
    with _lock(path.name):
        if not path.is_dir():
            _unpack(package, suite, path, lambda packages: None)
    return path


def preload() -> Path:
    """The library made of ``preload.c``. RootError without a C compiler."""
    return _compile("preload.c", ".so", "-shared", "-fPIC", libraries=["-ldl"])


def subject() -> Path:
    """The program made of ``subject.c``; it needs no library, and so runs in each of the roots. RootError as above."""
    return _compile("subject.c", "", "-static")


def _compile(name: str, suffix: str, *flags: str, libraries: Sequence[str] = ()) -> Path:
    source = Path(__file__).with_name(name)
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise RootError("the oracle needs a C compiler: no cc found")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    made = directory() / f"{source.stem}-{digest}{suffix}"
    with _lock(source.stem):
        if not made.exists():
            unfinished = made.with_suffix(".new")
            warnings = ("-Wall", "-Wextra", "-Werror")
            _run(
                [compiler, *flags, "-O2", *warnings, "-o", str(unfinished), str(source), *libraries]
            )
            unfinished.replace(made)
    return made


@contextmanager
def _lock(name: str) -> Iterator[None]:
    """Only one process at a time sets `name` up."""
    directory().mkdir(parents=True, exist_ok=True)
    with (directory() / f".{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _expect(release: str, suite: str, packages: Sequence[Path]) -> None:
    """RootError if the CRIU among `packages` is another one."""
    found = _version(packages)
    if found != release:
        raise RootError(
            f"Debian {suite} has CRIU {found}, and the tests expect {release}: "
            f"make the schema of {found} and change SUITES in {Path(__file__).name}"
        )


def _unpack(package: str, suite: str, path: Path, check: Callable[[Sequence[Path]], None]) -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise RootError("the oracle needs apt-get and dpkg-deb of Debian")
    if not _KEYRING.exists():
        raise RootError(f"{_KEYRING} is missing: install the package debian-archive-keyring")
    with tempfile.TemporaryDirectory(prefix=f".{suite}-", dir=directory()) as temporary:
        apt = _Apt(Path(temporary), suite)
        packages = apt.download(package)
        check(packages)
        root = Path(temporary) / "root"
        root.mkdir()
        # Where /bin and its like are links into /usr, that is the work of a package's script, which does not run here.
        if not any(_holds(file, "./lib/") for file in packages):
            for name in ("bin", "sbin", "lib", "lib64"):
                (root / name).symlink_to(Path("usr") / name)
        for file in packages:
            _run(["dpkg-deb", "-x", str(file), str(root)])
        root.rename(path)


class _Apt:
    """apt-get with a state of its own, which knows nothing but one suite and its base."""

    def __init__(self, state: Path, suite: str) -> None:
        self._state = state
        self._suites = [suite, *([_BASES[suite]] if suite in _BASES else [])]
        for name in ("lists/partial", "archives/partial", "etc/apt.conf.d", "etc/preferences.d"):
            (state / name).mkdir(parents=True)
        (state / "status").touch()
        architecture = _run(["dpkg", "--print-architecture"]).strip()
        # The system's way to the network (proxies and the like), and none of its hooks.
        network = [
            line
            for line in _run(["apt-config", "dump"]).splitlines()
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

    def download(self, package: str) -> list[Path]:
        """The files of `package` and all that it depends on. RootError when no mirror of the system gives them."""
        mirrors = _mirrors()
        if not mirrors:
            raise RootError("the apt configuration of this machine names no mirror")
        failures = []
        for mirror in mirrors:
            source = "".join(
                f"deb [signed-by={_KEYRING}] {mirror} {suite} main\n" for suite in self._suites
            )
            (self._state / "etc/sources.list").write_text(source, encoding="utf-8")
            # Nothing of a suite with a base is automatic; its libraries may be of another source.
            (self._state / "etc/preferences.d/own.pref").write_text(
                f"Package: src:{package}\nPin: release a={self._suites[0]}\nPin-Priority: 990\n",
                encoding="utf-8",
            )
            try:
                self._run("update", "--error-on=any")
                self._run("install", "-y", "--download-only", package)
                return sorted((self._state / "archives").glob("*.deb"))
            except RootError as error:
                failures.append(str(error))
        raise RootError("; ".join(failures))

    def _run(self, *arguments: str) -> str:
        return _run(["apt-get", "-q", *arguments], APT_CONFIG=str(self._state / "apt.conf"))


def _mirrors() -> list[str]:
    """The archives in the system's apt configuration, those of its own suites first."""
    text = _run(
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


def _version(packages: Sequence[Path]) -> str:
    """The upstream version of the criu among `packages`."""
    package = next(path for path in packages if path.name.startswith("criu_"))
    return _run(["dpkg-deb", "-f", str(package), "Version"]).strip().rpartition("-")[0]


def _holds(package: Path, name: str) -> bool:
    return any(
        line.endswith(f" {name}") for line in _run(["dpkg-deb", "-c", str(package)]).splitlines()
    )


def _only(root: Path, pattern: str) -> Path:
    found = sorted(root.glob(pattern))
    if not found:
        raise RootError(f"{root} has no {pattern}: remove it, and it will be set up again")
    return found[0]


def _run(command: Sequence[str], **environment: str) -> str:
    """What a command prints. RootError, with its complaint, when it fails."""
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
        raise RootError(f"can't run {command[0]}: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        complaints = (error.stderr.strip() or error.stdout.strip()).splitlines() or ["no message"]
        # apt marks what went wrong with an E.
        complaint = next((line for line in complaints if line.startswith("E: ")), complaints[-1])
        raise RootError(f"{command[0]} failed: {complaint}") from error
    return done.stdout


def main() -> int:
    """Set all up; the exit status is 1 if something can't be had."""
    try:
        preload()
        subject()
        for release in SUITES:
            sys.stdout.write(f"CRIU {release}: {prepare(release).path}\n")
    except RootError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
